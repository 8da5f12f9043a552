import Gesso
import Testing

@Suite("Geometry stages")
struct GeometryStageTests {
    @Test("a resize to the same size changes nothing", arguments: Fit.allCases, ResampleFilter.allCases)
    func identityResize(_ fit: Fit, _ filter: ResampleFilter) throws {
        let bitmap = try Pictures.gradient(31, 17, .rgba8)
        let result = try Resize(bitmap.size, fit: fit, filter: filter).run(Frame(bitmap: bitmap))
        #expect(result.bitmap == bitmap)
        #expect(result.placement.isIdentity)
    }

    struct FitCase: Sendable, CustomTestStringConvertible {
        let fit: Fit
        let enlarges: Bool
        let source: Size
        let result: Size
        var testDescription: String { "\(fit) of \(source), enlarging \(enlarges), is \(result)" }
    }

    // Worked out by hand for a box of 100x50.
    static let fits = [
        FitCase(
            fit: .inside, enlarges: true, source: Size(width: 400, height: 100), result: Size(width: 100, height: 25)),
        FitCase(fit: .inside, enlarges: true, source: Size(width: 20, height: 20), result: Size(width: 50, height: 50)),
        FitCase(
            fit: .inside, enlarges: false, source: Size(width: 20, height: 20), result: Size(width: 20, height: 20)),
        FitCase(
            fit: .outside, enlarges: true, source: Size(width: 400, height: 100), result: Size(width: 200, height: 50)),
        FitCase(
            fit: .cover, enlarges: true, source: Size(width: 400, height: 100), result: Size(width: 100, height: 50)),
        FitCase(fit: .cover, enlarges: false, source: Size(width: 20, height: 20), result: Size(width: 20, height: 10)),
        FitCase(
            fit: .contain, enlarges: true, source: Size(width: 20, height: 20), result: Size(width: 100, height: 50)),
        FitCase(
            fit: .contain, enlarges: false, source: Size(width: 20, height: 20), result: Size(width: 100, height: 50)),
        FitCase(fit: .fill, enlarges: true, source: Size(width: 20, height: 20), result: Size(width: 100, height: 50)),
    ]

    @Test("each fit has its size", arguments: fits)
    func fitSizes(_ testCase: FitCase) throws {
        let stage = Resize(Size(width: 100, height: 50), fit: testCase.fit, enlarges: testCase.enlarges)
        #expect(try stage.plan(FrameShape(size: testCase.source, format: .rgb8)).size == testCase.result)
    }

    @Test(
        "orientation brings every stored form of a picture to the same upright pixels", arguments: Orientation.allCases)
    func orientations(_ orientation: Orientation) throws {
        let upright = try Pictures.gradient(19, 11)
        let stored = try upright.oriented(orientation.inverse)
        let frame = Frame(bitmap: stored, orientation: orientation)
        let result = try Orient().run(frame)
        #expect(result.bitmap == upright)
        #expect(result.placement.upright == upright.size)
    }

    @Test("padding then cropping gives the picture back", arguments: [PadFill.extendEdges, .blurredMirror, .mean])
    func padAndCrop(_ fill: PadFill) throws {
        let bitmap = try Pictures.gradient(19, 11)
        let result = try Pipeline {
            Pad(Insets(left: 5, top: 6, right: 7, bottom: 8), fill: fill, alpha: 255)
            Crop(Rect(x: 5, y: 6, width: 19, height: 11))
        }.run(Frame(bitmap: bitmap))
        #expect(result.bitmap == bitmap)
        #expect(result.placement.isIdentity)
    }

    @Test("padding selects the new area, and only that")
    func padSelects() throws {
        let frame = try Pad(Insets(left: 4, top: 0, right: 0, bottom: 0)).run(
            Frame(bitmap: try Pictures.gradient(10, 6)))
        let mask = try #require(frame.mask)
        #expect(mask.boundingBox == Rect(x: 0, y: 0, width: 4, height: 6))
        #expect(Pictures.pixel(frame.bitmap, 0, 0)[3] == 0)
        #expect(
            Array(Pictures.pixel(frame.bitmap, 0, 0).prefix(3)) == Array(Pictures.pixel(frame.bitmap, 4, 0).prefix(3)))
    }

    @Test("refuse impossible geometry before any pixel is touched")
    func refusals() throws {
        let shape = FrameShape(size: Size(width: 10, height: 10), format: .rgb8)
        #expect(throws: GessoError.self) { try Crop(Rect(x: 5, y: 5, width: 6, height: 1)).plan(shape) }
        #expect(throws: GessoError.self) { try Crop(Rect(x: 5, y: 5, width: 0, height: 1)).plan(shape) }
        #expect(throws: GessoError.self) { try Resize(Size(width: 0, height: 4)).plan(shape) }
        #expect(throws: GessoError.self) { try Pad(Insets(left: -1)).plan(shape) }
        #expect(throws: GessoError.self) { try Pad(Insets(left: .max)).plan(shape) }
    }
}
