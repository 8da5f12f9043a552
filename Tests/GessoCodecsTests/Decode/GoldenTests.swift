import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Compares decoded files with pixels that other programs decoded from the same files.
@Suite struct GoldenTests {
    static let pngNames = Fixture.names("png").filter { !["meta", "apng"].contains($0) }
    static let jpegNames = Fixture.names("jpg").filter { !["meta", "jbig"].contains($0) }
    static let webpNames = Fixture.names("webp")

    @Test("Every kind of PNG gives the stored pixels", arguments: pngNames)
    func png(name: String) throws {
        let image = try ImageDecoder.decode(try Fixture.data("\(name).png"))
        #expect(image.bitmap == (try Fixture.pixels("\(name).pam")))
        #expect(image.warnings == (image.header.bitsPerChannel == 16 ? [.depthReduced(from: 16)] : []))
    }

    @Test("16-bit PNGs keep their depth on request", arguments: Fixture.names("deep.pam"))
    func deepPNG(name: String) throws {
        let image = try ImageDecoder.decode(
            try Fixture.data("\(name).png"), options: ImageDecoder.Options(preserve16Bit: true))
        #expect(image.bitmap == (try Fixture.pixels("\(name).deep.pam")))
    }

    @Test("Every kind of JPEG gives the pixels that djpeg decodes", arguments: jpegNames)
    func jpeg(name: String) throws {
        let image = try ImageDecoder.decode(try Fixture.data("\(name).jpg"))
        #expect(image.bitmap == (try Fixture.pixels("\(name).pam")))
        #expect(image.warnings.isEmpty)
    }

    @Test("Every kind of WebP gives the pixels that dwebp decodes", arguments: webpNames)
    func webp(name: String) throws {
        let image = try ImageDecoder.decode(try Fixture.data("\(name).webp"))
        #expect(image.bitmap == (try Fixture.pixels("\(name).pam")))
        let frames = image.header.frameCount
        #expect(image.warnings == (frames > 1 ? [.framesLeftOut(frames - 1)] : []))
    }

    @Test("With a small target, JPEG is decoded to at least twice the target on both sides", arguments: [2, 4, 8])
    func scaledJPEG(denominator: Int) throws {
        let target = Size(width: 244 / denominator / 2, height: 188 / denominator / 2)
        let image = try ImageDecoder.decode(
            try Fixture.data("jbig.jpg"), options: ImageDecoder.Options(targetSize: target))
        #expect(image.scaleDenominator == denominator)
        #expect(image.bitmap == (try Fixture.pixels("jbig.\(denominator).pam")))
        #expect(image.bitmap.width >= 2 * target.width && image.bitmap.height >= 2 * target.height)
        let wider = try ImageDecoder.decode(
            try Fixture.data("jbig.jpg"),
            options: ImageDecoder.Options(targetSize: Size(width: target.width + 1, height: target.height)))
        #expect(wider.scaleDenominator < denominator)
    }

    @Test("A WebP with alpha is not scaled by its decoder, which would not weigh color by alpha")
    func unscaledWebP() throws {
        let data = try Fixture.data("walpha.webp")
        let image = try ImageDecoder.decode(data, options: ImageDecoder.Options(targetSize: Size(width: 10, height: 7)))
        #expect(image.scaleDenominator == 1)
        #expect(image.bitmap == (try ImageDecoder.decode(data).bitmap))
    }

    @Test(
        "With a small target, WebP is decoded scaled, close to the mean of the full image",
        arguments: ["wlossy"])
    func scaledWebP(name: String) throws {
        let data = try Fixture.data("\(name).webp")
        let full = try ImageDecoder.decode(data)
        let image = try ImageDecoder.decode(data, options: ImageDecoder.Options(targetSize: Size(width: 10, height: 7)))
        #expect(image.scaleDenominator == 3)
        #expect(image.bitmap.size == Size(width: 21, height: 16))
        let means = [full, image].map { image in
            let samples = image.bitmap.samples
            return samples.reduce(0.0) { $0 + Double($1) } / Double(samples.count)
        }
        #expect(abs(means[0] - means[1]) < 2)
    }
}
