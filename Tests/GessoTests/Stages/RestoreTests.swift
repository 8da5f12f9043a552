import Gesso
import Testing

@Suite("Restore and composite")
struct RestoreTests {
    @Test("bring an image back unchanged when nothing was scaled", arguments: Orientation.allCases)
    func roundTripAtScaleOne(_ orientation: Orientation) throws {
        let upright = try TestBitmaps.gradient(700, 900)
        let frame = Frame(bitmap: try upright.oriented(orientation.inverse), orientation: orientation)
        let sent = try Pipeline {
            Orient(); FitToModel(.gptImage26Sunburst)
        }.run(frame)
        #expect(sent.bitmap.size == Size(width: 736, height: 912) || sent.bitmap.size.width % 16 == 0)
        let back = try Restore(sent.placement).run(Frame(bitmap: sent.bitmap))
        #expect(back.bitmap == upright)
    }

    @Test(
        "restore what random chains of orientations, crops and borders left of an image, pixel for pixel",
        arguments: 0..<60
    )
    func randomChains(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let stored = try TestBitmaps.gradient(
            Int.random(in: 45...90, using: &random), Int.random(in: 45...90, using: &random))
        let orientation = Orientation.allCases.randomElement(using: &random) ?? .up
        let upright = try stored.oriented(orientation)
        var frame = try Orient().run(Frame(bitmap: stored, orientation: orientation))
        // What a crop removes is lost, also when a border is added in its place.
        var left = Rect(upright.size)
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            let size = frame.bitmap.size
            if Bool.random(using: &random), size.shortEdge > 8 {
                let (x, y) = (Int.random(in: 0...4, using: &random), Int.random(in: 0...4, using: &random))
                frame = try Crop(
                    Rect(
                        x: x, y: y, width: size.width - x - Int.random(in: 0...3, using: &random),
                        height: size.height - y - Int.random(in: 0...3, using: &random))
                ).run(frame)
                left = left.intersection(frame.placement.visible)
            } else {
                let sides = (0..<4).map { _ in Int.random(in: 0...9, using: &random) }
                frame = try Pad(
                    Pad.Insets(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3]), fill: .mean,
                    alpha: 255
                ).run(frame)
            }
        }
        #expect(!left.isEmpty && frame.placement.visible.contains(left))
        let back = try Restore(frame.placement).run(Frame(bitmap: frame.bitmap)).bitmap
        #expect(back.size == upright.size)
        #expect(try back.cropped(to: left).converted(to: .rgb8) == upright.cropped(to: left))
    }

    @Test(
        "put a result of any size onto the original canvas",
        arguments: [
            Size(width: 1024, height: 1024), Size(width: 1536, height: 1024), Size(width: 333, height: 777),
        ])
    func anySize(_ returned: Size) throws {
        let upright = try TestBitmaps.smooth(640, 480)
        let sent = try FitToModel(.gptImage15).run(Frame(bitmap: upright))
        let result = try sent.bitmap.resized(to: returned)
        let back = try Restore(sent.placement).run(Frame(bitmap: result)).bitmap
        #expect(back.size == upright.size)
        // A smooth image survives resampling to within a few levels, so a shift of pixels would show.
        for (x, y) in [(10, 10), (320, 240), (600, 400), (630, 20)] {
            for (a, b) in zip(TestBitmaps.pixel(back, x, y), TestBitmaps.pixel(upright, x, y)) {
                #expect(abs(Int(a) - Int(b)) <= 4, "at \(x), \(y)")
            }
        }
    }

    @Test(
        "leave every pixel outside mask and feather as it was", arguments: [0, 1, 5, 12],
        [Bitmap.Format.gray8, .rgb8, .rgba8])
    func outsideIsUntouched(_ feather: Int, _ format: Bitmap.Format) throws {
        let original = try TestBitmaps.gradient(90, 70, format)
        let area = Rect(x: 30, y: 25, width: 21, height: 14)
        let mask = try Mask.ellipse(in: area, size: original.size)
        let patch = try TestBitmaps.make(90, 70) { _, _, _ in 128 }
        let result = try Composite(over: original, mask: mask, feather: feather).run(Frame(bitmap: patch)).bitmap
        let reach = Rect(
            x: area.x - feather, y: area.y - feather, width: area.width + 2 * feather, height: area.height + 2 * feather
        )
        // A gray original takes on color with a colored patch; its values stay.
        let before = format == .gray8 ? try original.converted(to: .rgb8) : original
        var changedInside = 0
        for y in 0..<70 {
            for x in 0..<90 {
                let same = TestBitmaps.pixel(result, x, y) == TestBitmaps.pixel(before, x, y)
                if reach.contains(Rect(x: x, y: y, width: 1, height: 1)) {
                    changedInside += same ? 0 : 1
                } else {
                    try #require(same, "at \(x), \(y)")
                }
            }
        }
        #expect(changedInside > 100)
        #expect(TestBitmaps.pixel(result, 40, 32).first == 128)
    }
}
