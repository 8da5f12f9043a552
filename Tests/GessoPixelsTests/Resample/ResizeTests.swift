import GessoPixels
import Testing

let eightBitFormats: [Bitmap.Format] = [.gray8, .rgb8, .rgba8]
let allFormats: [Bitmap.Format] = [.gray8, .rgb8, .rgba8, .gray16, .rgb16, .rgba16]

@Suite("Resizing")
struct ResizeTests {
    @Test("Resizing to the same size returns the same pixels", arguments: allFormats, ResampleFilter.allCases)
    func identity(format: Bitmap.Format, filter: ResampleFilter) throws {
        let image = try TestImages.noise(Size(width: 13, height: 7), format, seed: 1)
        #expect(try image.resized(to: image.size, filter: filter) == image)
    }

    @Test("A constant image stays constant", arguments: ResampleFilter.allCases, ResampleFilter.Space.allCases)
    func constant(filter: ResampleFilter, space: ResampleFilter.Space) throws {
        let images: [(Bitmap.Format, [UInt8])] = [
            (.gray8, [77]), (.rgb8, [1, 128, 254]), (.rgba8, [3, 200, 255, 255]),
        ]
        for (format, samples) in images {
            let image = try TestImages.constant(Size(width: 31, height: 17), format, samples)
            for target in [Size(width: 5, height: 3), Size(width: 64, height: 40), Size(width: 1, height: 1)] {
                let result = try image.resized(to: target, filter: filter, inLinearLight: space == .linear)
                #expect(result == (try TestImages.constant(target, format, samples)))
            }
        }
    }

    @Test("An opaque image stays opaque", arguments: ResampleFilter.allCases)
    func opaque(filter: ResampleFilter) throws {
        let image = try TestImages.noise(Size(width: 40, height: 30), .rgb8, seed: 2).addingAlpha()
        for target in [Size(width: 9, height: 11), Size(width: 71, height: 90)] {
            #expect(try image.resized(to: target, filter: filter).isOpaque)
        }
    }

    @Test("A black and white checkerboard halves to 188 in linear light and 128 encoded")
    func linearLight() throws {
        let board = try TestImages.make(Size(width: 64, height: 64), .gray8) { x, y, _ in (x + y) & 1 == 0 ? 0 : 255 }
        let half = Size(width: 32, height: 32)
        let linear = try board.resized(to: half, filter: .box, inLinearLight: true)
        let encoded = try board.resized(to: half, filter: .box)
        #expect(linear.samples.allSatisfy { $0 == 187 || $0 == 188 })
        #expect(encoded.samples.allSatisfy { $0 == 127 || $0 == 128 })
    }

    @Test("Color under alpha 0 does not bleed", arguments: ResampleFilter.allCases)
    func noHalo(filter: ResampleFilter) throws {
        let image = try TestImages.make(Size(width: 48, height: 48), .rgba8) { x, _, c in
            x < 24 ? [200, 100, 50, 255][c] : [0, 255, 255, 0][c]
        }
        for target in [Size(width: 17, height: 17), Size(width: 100, height: 90)] {
            let result = try image.resized(to: target, filter: filter)
            for y in 0..<target.height {
                for x in 0..<target.width where result.sample(x, y, 3) > 0 {
                    let color = (0..<3).map { result.sample(x, y, $0) }
                    // Where alpha overshoots 255, color does too, as it would over black; the hue is unchanged.
                    if result.sample(x, y, 3) < 255 {
                        #expect(zip(color, [200, 100, 50]).allSatisfy { abs($0 - $1) <= 1 })
                    } else {
                        #expect(abs(color[0] - 2 * color[1]) <= 2 && abs(color[1] - 2 * color[2]) <= 2)
                    }
                }
            }
        }
    }

    // Pillow's test suite has this case as an expected failure: its premultiplied samples have 8 bits.
    @Test("All 256 levels are preserved under every alpha", arguments: ResampleFilter.allCases)
    func levelsSurvive(filter: ResampleFilter) throws {
        let ramp = try TestImages.make(Size(width: 256, height: 16), .rgba8) { x, y, c in
            c == 3 ? UInt8(255 - y * 16) : UInt8(x)
        }
        let result = try ramp.resized(to: Size(width: 512, height: 32), filter: filter)
        for y in 0..<32 { #expect(Set((0..<512).map { result.sample($0, y) }).count == 256) }
    }

    @Test("An empty size, a part outside the image and a side that is too long are refused")
    func refusals() throws {
        let image = try Bitmap(size: Size(width: 4, height: 4), format: .gray8)
        #expect(throws: GessoError.self) { try image.resized(to: Size(width: 0, height: 2)) }
        #expect(throws: GessoError.self) { try image.resized(to: Size(width: 2, height: 1 << 40)) }
        for box in [
            Box(left: -1, top: 0, right: 4, bottom: 4), Box(left: 0, top: 0, right: 4.5, bottom: 4),
            Box(left: 2, top: 0, right: 2, bottom: 4), Box(left: .nan, top: 0, right: 4, bottom: 4),
        ] {
            #expect(throws: GessoError.self) { try image.resized(to: Size(width: 2, height: 2), from: box) }
        }
    }

    @Test(
        "A first or last pixel that the image covers in part counts as much as it is covered",
        arguments: eightBitFormats)
    func coveredInPart(format: Bitmap.Format) throws {
        let image = try TestImages.make(Size(width: 5, height: 3), format) { x, y, channel in
            channel == 3 ? 255 : UInt8(20 + 40 * x + 15 * y)
        }
        // The mean of columns 0.25 to 4.5 and of rows 0 to 2.75.
        let extent = Box(left: 0.25, top: 0, right: 4.5, bottom: 2.75)
        let one = Size(width: 1, height: 1)
        let mean = try image.resized(to: one, from: extent, covering: extent, filter: .box)
        let across = (0.75 * 0 + 1 + 2 + 3 + 0.5 * 4) / 4.25
        let down = (0 + 1 + 0.75 * 2) / 2.75
        #expect(abs(Double(mean.sample(0, 0)) - (20 + 40 * across + 15 * down)) <= 1)
        // Without it, both count in full.
        let plain = try image.resized(to: one, filter: .box)
        #expect(abs(plain.sample(0, 0) - (20 + 40 * 2 + 15)) <= 1)
    }
}
