import Foundation
import Testing

@testable import Gesso

/// Words of the chain that crop, rotate, flip and trim.
@Suite("The geometry of an image chain")
struct ImageGeometryTests {
    private func size(_ image: Image) async throws -> String { "\(try await image.frame().bitmap.size)" }

    private func png(_ bitmap: Bitmap) throws -> Image { Image(try ImageEncoder.encode(bitmap, as: .png).data) }

    @Test("takes one side, both or a factor")
    func sizes() async throws {
        let image = try png(TestBitmaps.gradient(300, 200))
        #expect(try await size(image.resized(width: 150)) == "150x100")
        #expect(try await size(image.resized(height: 50)) == "75x50")
        #expect(try await size(image.resized(width: 90, height: 90)) == "90x60")
        #expect(try await size(image.resized(by: 0.5)) == "150x100")
        #expect(try await size(image.resized(by: 1.5)) == "450x300")
        #expect(try await size(image.resized(width: 600, enlarges: false)) == "300x200")
        for stage in [Resize(by: 0), Resize(by: -1), Resize(by: .nan), Resize(by: 1e300), Resize(), Resize(width: -5)] {
            await #expect(throws: GessoError.self) { try await image.applying { stage }.frame() }
        }
    }

    @Test("keeps the part that gravity names", arguments: Placement.Gravity.allCases)
    func gravity(_ gravity: Placement.Gravity) async throws {
        // Nine fields of 20 × 20 pixels in three rows, each of one gray; cropped to one of them.
        let bitmap = try TestBitmaps.make(60, 60, .gray8) { x, y, _ in UInt8(20 * (x / 20 + 3 * (y / 20)) + 10) }
        guard gravity != .attention else { return }
        let square = try await png(bitmap).applying { Crop(Rect(x: 0, y: 0, width: 60, height: 60)) }.frame().bitmap
        #expect(square == bitmap)
        for (size, columns) in [(Size(width: 20, height: 60), true), (Size(width: 60, height: 20), false)] {
            let cut = try await png(bitmap).resized(size, fit: .cover, gravity: gravity).frame().bitmap
            let anchor = try #require(gravity.anchor)
            let expected = Int(2 * (columns ? anchor.x : anchor.y))
            let samples = (0..<3).map { index -> Int in
                let pixel =
                    columns ? TestBitmaps.pixel(cut, 10, 20 * index + 10) : TestBitmaps.pixel(cut, 20 * index + 10, 10)
                return (Int(pixel[0]) - 10) / 20
            }
            #expect(samples == (0..<3).map { columns ? expected + 3 * $0 : 3 * expected + $0 })
        }
    }

    @Test("pads to the side that gravity leaves, with the background")
    func contain() async throws {
        let image = try png(TestBitmaps.make(20, 10) { _, _, _ in 50 })
        let teal = Color(red: 0, green: 128, blue: 128)
        let padded = try await image.resized(
            Size(width: 20, height: 30), fit: .contain, gravity: .north, background: teal
        ).frame().bitmap
        #expect(padded.format == .rgb8)
        #expect(TestBitmaps.pixel(padded, 5, 5) == [50, 50, 50] && TestBitmaps.pixel(padded, 5, 29) == [0, 128, 128])
        let clear = try await image.resized(Size(width: 20, height: 30), fit: .contain).frame().bitmap
        #expect(TestBitmaps.pixel(clear, 0, 0) == [0, 0, 0, 0] && TestBitmaps.pixel(clear, 5, 15)[3] == 255)
    }

    @Test("puts the mask's box into the crop, and the edited region into an edit's thumbnail")
    func attention() throws {
        var frame = Frame(bitmap: try TestBitmaps.make(300, 100) { x, _, _ in UInt8(x * 255 / 300) })
        frame.mask = try Mask.rectangle(Rect(x: 220, y: 10, width: 20, height: 20), size: frame.bitmap.size)
        let resize = Resize(Size(width: 100, height: 100), fit: .cover, gravity: .attention)
        #expect(abs(try resize.run(frame).placement.offsetX + 180) < 1e-9)
        frame.focus = Rect(x: 40, y: 0, width: 40, height: 100)
        #expect(abs(try resize.run(frame).placement.offsetX + 10) < 1e-9)
    }

    @Test(
        "shrinks while decoding to the same crop as from all pixels", arguments: [Placement.Gravity.attention, .east])
    func shrinkOnLoad(_ gravity: Placement.Gravity) async throws {
        let bitmap = try TestBitmaps.make(800, 400) { x, y, channel in
            abs(x - 650) < 40 && abs(y - 200) < 60 ? UInt8(x * 37 % 200) : UInt8(90 + (x + y) / 30 + 3 * channel)
        }
        let file = try ImageEncoder.encode(bitmap, as: .jpeg(quality: 95)).data
        let small = try await Image(file).rotated(90).resized(
            Size(width: 40, height: 40), fit: .cover, gravity: gravity
        ).frame()
        let whole = try await Image(file).applying {
            Rotate(90); Crop(Rect(x: 0, y: 0, width: 400, height: 800))
            Resize(Size(width: 40, height: 40), fit: .cover, gravity: gravity)
        }.frame()
        #expect(abs(small.placement.offsetX - whole.placement.offsetX) < 2)
        #expect(abs(small.placement.offsetY - whole.placement.offsetY) < 2)
    }

    @Test("rotates and flips as the eight orientations do")
    func turns() async throws {
        let bitmap = try TestBitmaps.gradient(7, 5)
        let image = try png(bitmap)
        #expect(try await image.rotated(90).frame().bitmap == bitmap.oriented(.right))
        #expect(try await image.rotated(-90).frame().bitmap == bitmap.oriented(.left))
        #expect(try await image.rotated(180).frame().bitmap == bitmap.oriented(.down))
        #expect(try await image.rotated(720).frame().bitmap == bitmap)
        #expect(try await image.mirrored().frame().bitmap == bitmap.oriented(.upMirrored))
        #expect(
            try await image.flipped().rotated(90).frame().bitmap
                == bitmap.oriented(.downMirrored).oriented(.right))
        for degrees in [45, 1, -91] {
            let error = await #expect(throws: GessoError.self) { try await image.rotated(degrees).frame() }
            #expect(error?.code == .invalidParameter)
        }
    }

    @Test("trims before it resizes, and refuses to grow beyond what was planned")
    func trim() async throws {
        let bitmap = try TestBitmaps.make(200, 100) { x, y, _ in x >= 50 && x < 90 && y >= 30 && y < 50 ? 10 : 250 }
        let image = try png(bitmap)
        #expect(try await size(image.trimmed()) == "40x20")
        #expect(try await size(image.trimmed().resized(width: 20)) == "20x10")
        let strip = try png(TestBitmaps.make(4_000, 4) { x, _, _ in x == 2_000 ? 10 : 250 })
        // Also where the trim is in a pipeline of its own.
        for trimmed in [strip.trimmed(), strip.applying { Pipeline { Trim() } }] {
            let error = await #expect(throws: GessoError.self) {
                try await trimmed.resized(Size(width: 4_000, height: 4_000)).frame()
            }
            #expect(error?.code == .limitExceeded)
        }
    }

    @Test("sharpens only what was made much smaller")
    func sharpen() async throws {
        let image = try png(TestBitmaps.make(64, 64) { x, _, _ in x < 32 ? 60 : 190 })
        let plain = try await image.resized(width: 16).frame().bitmap
        #expect(try await image.resized(width: 16).sharpened().frame().bitmap != plain)
        #expect(
            try await image.resized(width: 48).sharpened().frame().bitmap == image.resized(width: 48).frame().bitmap)
    }

    @Test("makes placeholders from the decode of the outputs")
    func placeholder() async throws {
        let image = try png(TestBitmaps.smooth(400, 300))
        let alone = try await image.placeholder()
        let (images, beside) = try await image.renditionsAndPlaceholder([.thumbnail(64, as: .webp)])
        #expect(alone == beside && images.count == 1)
        #expect(alone.inline.hasPrefix("data:image/webp;base64,") && alone.inline.utf8.count < 600)
        #expect(alone.blurHash.utf8.count == 28 && alone.thumbHash.utf8.count < 40)
    }

    @Test("stores its stages as JSON, and reads resizes that were stored before gravity was")
    func stored() throws {
        let pipeline = Pipeline {
            Rotate(90)
            Flip(.vertical)
            Trim(threshold: 4)
            Resize(by: 0.25)
            Resize(Size(width: 8, height: 8), fit: .cover, gravity: .attention, background: .black)
            Sharpen(amount: 1)
        }
        let copy = try JSONDecoder().decode(Pipeline.self, from: JSONEncoder().encode(pipeline))
        #expect("\(copy.stages)" == "\(pipeline.stages)")
        let old = #"{"size":{"width":9,"height":7},"fit":"cover","filter":"box","light":"encoded","enlarges":false}"#
        let resize = try JSONDecoder().decode(Resize.self, from: Data(old.utf8))
        #expect(resize == Resize(Size(width: 9, height: 7), fit: .cover, filter: .box, enlarges: false))
    }
}
