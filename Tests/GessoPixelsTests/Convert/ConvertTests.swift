import GessoPixels
import Testing

@Suite("Format conversion")
struct ConvertTests {
    @Test("8 bits to 16 and back is exact, 16 to 8 rounds to nearest")
    func depth() throws {
        let ramp = try TestImages.make(Size(width: 256, height: 1), .gray8) { x, _, _ in UInt8(x) }
        let wide = try ramp.converted(to: .gray16)
        #expect(wide.samples == (0...255).map { $0 * 257 })
        #expect(try wide.converted(to: .gray8) == ramp)
        var all = try Bitmap(size: Size(width: 65536, height: 1), format: .gray16)
        try all.withMutableBytes { (bytes) throws(GessoError) in
            for v in 0..<65536 { bytes.storeBytes(of: UInt16(v), toByteOffset: 2 * v, as: UInt16.self) }
        }
        let narrow = try all.converted(to: .gray8)
        #expect((0..<65536).allSatisfy { narrow.sample($0, 0) == Int((Double($0) / 257).rounded()) })
    }

    @Test("Gray converts to RGB and RGBA with the same values", arguments: [8, 16])
    func layouts(bits: Int) throws {
        let gray = try TestImages.noise(Size(width: 21, height: 3), bits == 8 ? .gray8 : .gray16, seed: 6)
        let rgb = try gray.converted(to: bits == 8 ? .rgb8 : .rgb16)
        let rgba = try gray.addingAlpha()
        let full = bits == 8 ? 255 : 65535
        for x in 0..<21 {
            #expect((0..<3).allSatisfy { rgb.sample(x, 1, $0) == gray.sample(x, 1) })
            #expect((0..<3).allSatisfy { rgba.sample(x, 1, $0) == gray.sample(x, 1) } && rgba.sample(x, 1, 3) == full)
        }
        #expect(try rgb.addingAlpha() == rgba)
        #expect(try rgba.converted(to: rgb.format) == rgb)
    }

    @Test("Conversions that would lose alpha or color are refused")
    func refusals() throws {
        let clear = try Bitmap(size: Size(width: 2, height: 2), format: .rgba8)
        #expect(throws: GessoError.self) { try clear.converted(to: .rgb8) }
        #expect(throws: GessoError.self) { try clear.flattened(onto: .white).converted(to: .gray8) }
    }

    @Test("Flattening rounds every combination of alpha and color to the nearest level")
    func flatten() throws {
        let all = try TestImages.make(Size(width: 256, height: 256), .rgba8) { x, y, c in c == 3 ? UInt8(y) : UInt8(x) }
        let flat = try all.flattened(onto: Color(red: 0, green: 100, blue: 255))
        for (c, background) in [0.0, 100, 255].enumerated() {
            for y in stride(from: 0, to: 256, by: 5) {
                for x in 0..<256 {
                    let exact = (Double(x) * Double(y) + background * Double(255 - y)) / 255
                    #expect(flat.sample(x, y, c) == Int(exact.rounded()))
                }
            }
        }
    }

    @Test(
        "A mask becomes alpha with the API's polarity, and color is kept",
        arguments: [Bitmap.Format.rgb8, .rgba8, .rgb16, .rgba16])
    func applyMask(format: Bitmap.Format) throws {
        let image = try TestImages.noise(Size(width: 12, height: 5), format, seed: 7)
        let mask = try Mask(coverage: TestImages.make(image.size, .gray8) { x, y, _ in UInt8(x * 20 + y) })
        let result = try image.applyingAlpha(mask)
        let unit = format.bitsPerChannel == 8 ? 1 : 257
        for x in 0..<12 {
            #expect(result.sample(x, 2, 3) == (255 - (x * 20 + 2)) * unit)
            #expect((0..<3).allSatisfy { result.sample(x, 2, $0) == image.sample(x, 2, $0) })
        }
        #expect(try Mask(alphaOf: result) == mask)
    }
}
