import Gesso
import Testing

/// A stage by name, with what it starts from.
struct StageCase: Sendable, CustomTestStringConvertible {
    let stage: any Stage
    var testDescription: String { "\(stage.name) \(stage.detail)" }

    static let all: [StageCase] =
        [
            Orient(), ConvertToSRGB(), AddAlpha(), Flatten(onto: .white), Crop(Rect(x: 3, y: 2, width: 20, height: 11)),
            Pad(Pad.Insets(left: 1, top: 2, right: 3, bottom: 4), fill: .extendEdges),
            Pad(Pad.Insets(left: 8, top: 0, right: 0, bottom: 5), fill: .blurredMirror, alpha: 255),
            Pad(Pad.Insets(left: 2, top: 2, right: 2, bottom: 2), fill: .mean),
            Outpaint(Pad.Insets(left: 5, top: 0, right: 6, bottom: 7), fill: .blurredMirror),
            ApplyMask(.rectangle(Rect(x: 4, y: 4, width: 9, height: 5))),
            SetMask(.ellipse(in: Rect(x: 4, y: 4, width: 9, height: 5))),
            Thumbnail(16), Thumbnail(Size(width: 16, height: 9), covers: true), PrepareForEncoding(.jpeg(quality: 80)),
            PrepareForEncoding(.png), Rotate(90), Rotate(180), Rotate(-90), Flip(.horizontal), Flip(.vertical),
            Sharpen(minimumReduction: 0.1), Resize(width: 20), Resize(height: 9), Resize(by: 0.4), Resize(by: 2),
            Resize(Size(width: 30, height: 30), fit: .contain, gravity: .southwest, background: .black),
            Resize(Size(width: 30, height: 30), fit: .contain, background: Color(red: 9, green: 8, blue: 7)),
            Resize(Size(width: 30, height: 30), fit: .cover, gravity: .attention),
            FitToModel(.gptImage26Sunburst), FitToModel(.gptImage15, padding: .blurredMirror),
        ].map(StageCase.init)
        + Placement.Fit.allCases.flatMap { fit in
            [true, false].map { StageCase(stage: Resize(Size(width: 25, height: 40), fit: fit, enlarges: $0)) }
        }
}

@Suite("Every stage")
struct StageShapeTests {
    @Test("gives exactly the shape that it planned", arguments: StageCase.all, [Bitmap.Format.gray8, .rgb8, .rgba8])
    func planAgreesWithRun(_ testCase: StageCase, _ format: Bitmap.Format) throws {
        var frame = Frame(bitmap: try TestBitmaps.gradient(37, 23, format))
        if testCase.stage is Orient { frame.orientation = .right }
        var planned = try testCase.stage.plan(frame.shape)
        let result = try testCase.stage.run(frame)
        // Where people look is known only with pixels; the plan takes the middle.
        if (testCase.stage as? Resize)?.gravity == .attention { planned.placement = result.shape.placement }
        #expect(result.shape == planned)
        #expect(result.placement.canvas == result.bitmap.size)
        if let mask = result.mask { #expect(mask.size == result.bitmap.size) }
    }

    @Test("keeps a plain image plain and an opaque one opaque", arguments: StageCase.all)
    func constantStaysConstant(_ testCase: StageCase) throws {
        let frame = Frame(
            bitmap: try TestBitmaps.make(37, 23, .rgba8) { _, _, channel in [12, 200, 99, 255][channel] })
        let result = try testCase.stage.run(frame).bitmap
        // A background of its own color is what was asked for.
        if let resize = testCase.stage as? Resize, resize.fit == .contain, resize.background.alpha > 0 { return }
        for y in 0..<result.height {
            for x in 0..<result.width {
                let pixel = TestBitmaps.pixel(result, x, y)
                // Transparent additions and cut-outs are what these stages are for: only what is opaque is judged.
                guard pixel.count < 4 || pixel[3] == 255 else { continue }
                try #require(Array(pixel.prefix(3)) == [12, 200, 99], "at \(x), \(y)")
            }
        }
    }

    @Test("runs inside a pipeline as it runs alone", arguments: StageCase.all)
    func pipelineIsNoDifferent(_ testCase: StageCase) throws {
        let frame = Frame(bitmap: try TestBitmaps.gradient(37, 23))
        let alone = try testCase.stage.run(frame)
        let inside = try Pipeline([Pipeline([testCase.stage])]).run(frame)
        #expect(alone.bitmap == inside.bitmap)
        #expect(alone.placement == inside.placement)
    }
}
