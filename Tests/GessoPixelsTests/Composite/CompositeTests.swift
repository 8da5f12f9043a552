import Foundation
import GessoPixels
import Testing

@Suite("Composite")
struct CompositeTests {
    @Test(
        "Weight 0 keeps the original's bits, weight 255 takes the patch", arguments: allFormats,
        [Bitmap.Format.rgb8, .rgba8])
    func ends(format: Bitmap.Format, patchFormat: Bitmap.Format) throws {
        let size = Size(width: 30, height: 20)
        let original = try TestImages.noise(size, format, seed: 8)
        let patch = try TestImages.noise(size, .rgb8, seed: 9).converted(to: patchFormat)
        let weight = try Mask.rectangle(Rect(x: 5, y: 5, width: 10, height: 10), size: size)
        let result = try original.replacing(with: patch, where: weight)
        let wide = try original.converted(to: result.format)
        let unit = format.bitsPerChannel == 8 ? 1 : 257
        for y in 0..<20 {
            for x in 0..<30 {
                let inside = (5..<15).contains(x) && (5..<15).contains(y)
                for c in 0..<3 {
                    #expect(result.sample(x, y, c) == (inside ? patch.sample(x, y, c) * unit : wide.sample(x, y, c)))
                }
            }
        }
    }

    @Test(
        "Partial weights blend in linear light, within 0.62 levels of the formula in floating point",
        arguments: [
            (Bitmap.Format.rgba8, Bitmap.Format.rgba8), (.rgb8, .rgb8), (.rgb8, .rgba8), (.gray8, .gray8),
            (.rgba8, .rgb8),
            (.rgba16, .rgba16), (.rgb16, .rgb8), (.rgb16, .rgba16), (.gray16, .gray16),
        ] as [(Bitmap.Format, Bitmap.Format)])
    func blend(format: Bitmap.Format, patchFormat: Bitmap.Format) throws {
        func linear(_ v: Double) -> Double { v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4) }
        func encoded(_ v: Double) -> Double { v <= 0.0031308 ? v * 12.92 : 1.055 * pow(v, 1 / 2.4) - 0.055 }
        let size = Size(width: 256, height: 128)
        let original = try TestImages.noise(size, format, seed: 10)
        let patch = try TestImages.noise(size, patchFormat, seed: 11)
        let weight = try Mask(coverage: TestImages.make(size, .gray8) { x, _, _ in UInt8(x) })
        let result = try original.replacing(with: patch, where: weight)
        let most = format.bitsPerChannel == 8 ? 255.0 : 65535
        let patchMost = patchFormat.bitsPerChannel == 8 ? 255.0 : 65535
        // The patch's alpha counts; a target without alpha is opaque.
        func alpha(_ image: Bitmap, _ x: Int, _ y: Int, _ most: Double) -> Double {
            image.format.hasAlpha ? Double(image.sample(x, y, 3)) / most : 1
        }
        for y in stride(from: 0, to: 128, by: 7) {
            for x in 1..<255 {
                let w = Double(x) / 255
                let own = alpha(original, x, y, most)
                let other = alpha(patch, x, y, patchMost)
                let kept = format.hasAlpha ? own * (1 - w) : 1 - w * other
                let whole = kept + other * w
                if format.hasAlpha {
                    #expect(abs(Double(result.sample(x, y, 3)) - whole * most) <= 0.501)
                }
                for c in 0..<min(3, format.channels) where whole > 0 {
                    let light =
                        (linear(Double(original.sample(x, y, c)) / most) * kept
                            + linear(Double(patch.sample(x, y, c)) / patchMost) * other * w) / whole
                    let error = abs(Double(result.sample(x, y, c)) - encoded(light) * most)
                    #expect((error <= (most == 255 ? 0.62 : 1)) == true, "\(error) at \(x), \(y)")
                }
            }
        }
    }

    @Test("A color composited over itself is unchanged at every weight", arguments: allFormats)
    func sameColor(format: Bitmap.Format) throws {
        let size = Size(width: 256, height: 255)
        let ramp = try TestImages.make(size, .rgba8) { x, _, c in c == 3 ? 255 : UInt8(x) }
        let image = try format.layout == .rgba ? ramp.converted(to: format) : grayRamp(size).converted(to: format)
        let weight = try Mask(coverage: TestImages.make(size, .gray8) { _, y, _ in UInt8(y) })
        #expect(try image.replacing(with: image, where: weight) == image)
    }

    private func grayRamp(_ size: Size) throws -> Bitmap { try TestImages.make(size, .gray8) { x, _, _ in UInt8(x) } }

    @Test("A patch of another size or of greater depth is refused")
    func refusals() throws {
        let original = try Bitmap(size: Size(width: 4, height: 4), format: .rgb8)
        let weight = try Mask(size: original.size, filledWith: 255)
        let small = try Bitmap(size: Size(width: 3, height: 4), format: .rgb8)
        let deep = try Bitmap(size: original.size, format: .rgb16)
        #expect(throws: GessoError.self) { try original.replacing(with: small, where: weight) }
        #expect(throws: GessoError.self) { try original.replacing(with: deep, where: weight) }
    }
}
