import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite struct RoundTripTests {
    @Test(
        "PNG preserves the pixels of every layout, depth and effort",
        arguments: [Bitmap.Format.gray8, .rgb8, .rgba8, .gray16, .rgb16, .rgba16], ImageEncoding.PNGEffort.allCases)
    func png(format: Bitmap.Format, effort: ImageEncoding.PNGEffort) throws {
        for size in [Size(width: 1, height: 1), Size(width: 67, height: 41), Size(width: 1, height: 9)] {
            let bitmap = try Bitmap.textured(size, format)
            let file = try ImageEncoder.encode(bitmap, as: .png(effort: effort))
            let back = try ImageDecoder.decode(file.data, options: ImageDecoder.Options(preserve16Bit: true))
            #expect(back.bitmap == bitmap)
            #expect(back.profile == nil)
            #expect(back.header.size == size)
        }
    }

    @Test(
        "Lossless WebP preserves the pixels, also under alpha 0", arguments: [Bitmap.Format.rgb8, .rgba8], 0...3)
    func webpLossless(format: Bitmap.Format, effort: Int) throws {
        let bitmap = try Bitmap.textured(Size(width: 61, height: 34), format)
        let file = try ImageEncoder.encode(bitmap, as: .webpLossless(effort: effort))
        #expect(try ImageDecoder.decode(file.data).bitmap == bitmap)
    }

    @Test(
        "A profile is preserved in every format",
        arguments: [ImageEncoding.png, .jpeg, .webp, .webpLossless])
    func profile(encoding: ImageEncoding) throws {
        let bitmap = try Bitmap.textured(Size(width: 40, height: 30), .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: encoding, profile: .displayP3)
        let back = try ImageDecoder.decode(file.data)
        #expect(back.profile == .displayP3)
        #expect(back.header.profileKind == .displayP3)
        #expect(back.header.profileDescription == "Display P3")
        #expect(back.header.metadata == [.icc])
        let tagged = try ImageEncoder.encode(bitmap, as: encoding, profile: .sRGB)
        #expect(try ImageDecoder.decode(tagged.data).profile == nil)
    }

    @Test("Encoding alpha to JPEG is refused with advice")
    func jpegAlpha() throws {
        let bitmap = try Bitmap.textured(Size(width: 8, height: 8), .rgba8)
        let error = #expect(throws: GessoError.self) { try ImageEncoder.encode(bitmap, as: .jpeg) }
        #expect(error?.code == .pixelFormatMismatch)
        #expect(error?.message.contains("flatten") == true)
    }
}
