import Testing

@testable import Gesso

@Suite("Geometry stages")
struct GeometryStageTests {
    @Test("a resize to the same size changes nothing", arguments: Placement.Fit.allCases, ResampleFilter.allCases)
    func identityResize(_ fit: Placement.Fit, _ filter: ResampleFilter) throws {
        let bitmap = try TestBitmaps.gradient(31, 17, .rgba8)
        let result = try Resize(bitmap.size, fit: fit, filter: filter).run(Frame(bitmap: bitmap))
        #expect(result.bitmap == bitmap)
        #expect(result.placement.isIdentity)
    }

    struct FitCase: Sendable, CustomTestStringConvertible {
        let fit: Placement.Fit
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
        #expect(try stage.plan(Frame.Shape(size: testCase.source, format: .rgb8)).size == testCase.result)
    }

    @Test(
        "orientation brings every stored form of an image to the same upright pixels", arguments: Orientation.allCases)
    func orientations(_ orientation: Orientation) throws {
        let upright = try TestBitmaps.gradient(19, 11)
        let stored = try upright.oriented(orientation.inverse)
        let frame = Frame(bitmap: stored, orientation: orientation)
        let result = try Orient().run(frame)
        #expect(result.bitmap == upright)
        #expect(result.placement.upright == upright.size)
    }

    @Test("padding then cropping gives the image back", arguments: [Bitmap.PadFill.extendEdges, .blurredMirror, .mean])
    func padAndCrop(_ fill: Bitmap.PadFill) throws {
        let bitmap = try TestBitmaps.gradient(19, 11)
        let result = try Pipeline {
            Pad(Pad.Insets(left: 5, top: 6, right: 7, bottom: 8), fill: fill, alpha: 255)
            Crop(Rect(x: 5, y: 6, width: 19, height: 11))
        }.run(Frame(bitmap: bitmap))
        #expect(result.bitmap == bitmap)
        #expect(result.placement.isIdentity)
    }

    @Test("padding selects the new area, and only that")
    func padSelects() throws {
        let frame = try Pad(Pad.Insets(left: 4, top: 0, right: 0, bottom: 0)).run(
            Frame(bitmap: try TestBitmaps.gradient(10, 6)))
        let mask = try #require(frame.mask)
        #expect(mask.boundingBox == Rect(x: 0, y: 0, width: 4, height: 6))
        #expect(TestBitmaps.pixel(frame.bitmap, 0, 0)[3] == 0)
        #expect(
            Array(TestBitmaps.pixel(frame.bitmap, 0, 0).prefix(3))
                == Array(TestBitmaps.pixel(frame.bitmap, 4, 0).prefix(3)))
    }

    @Test("a transparent image gets no opaque frame on the model's canvas")
    func transparentSurroundings() throws {
        let bitmap = try TestBitmaps.make(900, 905, .rgba8) { x, y, channel in
            abs(x - 450) + abs(y - 450) < 300 ? 200 : 0
        }
        let placed = try FitToModel(.gptImage26Sunburst).run(Frame(bitmap: bitmap)).bitmap
        #expect(placed.size == Size(width: 912, height: 912))
        #expect(TestBitmaps.pixel(placed, 0, 0)[3] == 0)
        #expect(TestBitmaps.pixel(placed, 911, 450)[3] == 0)
    }

    @Test("a part that misses the border by what arithmetic loses is taken, one that sticks out is not")
    func borders() throws {
        let bitmap = try TestBitmaps.gradient(40, 30)
        let nearly = Box(left: -1e-13, top: -1e-12, right: 40 + 1e-12, bottom: 30)
        #expect(try bitmap.resized(to: bitmap.size, from: nearly) == bitmap)
        #expect(throws: GessoError.self) {
            try bitmap.resized(to: bitmap.size, from: Box(left: -0.01, top: 0, right: 40, bottom: 30))
        }
    }

    @Test(
        "a mask follows its image onto every canvas",
        arguments: [Model.gptImage15, .gptImage26Sunburst, .gptImage1Mini])
    func maskOnCanvas(_ model: Model) throws {
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(1201, 907), as: .jpeg(quality: 80)).data
        for (x, y, width, height) in [(300, 270, 240, 210), (0, 0, 1, 1), (1200, 906, 1, 1), (7, 11, 1190, 880)] {
            let upload = try Editor.PreparedEdit(
                photo: photo, mask: .rectangle(Rect(x: x, y: y, width: width, height: height)),
                options: EditOptions(model: model)
            ).upload
            let mask = try Mask(alphaOf: ImageDecoder.decode(try #require(upload.parts.last).data).bitmap)
            #expect(mask.size == upload.canvas)
            #expect(mask.boundingBox != nil)
        }
    }

    @Test("refuse impossible geometry before any pixel is touched")
    func refusals() throws {
        let shape = Frame.Shape(size: Size(width: 10, height: 10), format: .rgb8)
        #expect(throws: GessoError.self) { try Crop(Rect(x: 5, y: 5, width: 6, height: 1)).plan(shape) }
        #expect(throws: GessoError.self) { try Crop(Rect(x: 5, y: 5, width: 0, height: 1)).plan(shape) }
        #expect(throws: GessoError.self) { try Resize(Size(width: 0, height: 0)).plan(shape) }
        #expect(throws: GessoError.self) { try Resize(Size(width: -1, height: 4)).plan(shape) }
        #expect(throws: GessoError.self) { try Pad(Pad.Insets(left: -1)).plan(shape) }
        #expect(throws: GessoError.self) { try Pad(Pad.Insets(left: .max)).plan(shape) }
    }
}
