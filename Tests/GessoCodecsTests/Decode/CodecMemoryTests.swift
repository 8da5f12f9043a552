import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite("The memory of codecs, computed from the header")
struct CodecMemoryTests {
    private static func noise(_ size: Size, _ format: Bitmap.Format) throws -> Bitmap {
        var bitmap = try Bitmap(size: size, format: format)
        var state: UInt32 = 1
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for offset in 0..<bytes.byteCount {
                state = state &* 1_664_525 &+ 1_013_904_223
                bytes.storeBytes(of: UInt8(truncatingIfNeeded: state >> 24), toByteOffset: offset, as: UInt8.self)
            }
        }
        return bitmap
    }

    private static let size = Size(width: 1_000, height: 800)

    private static func file(_ encoding: ImageEncoding, _ format: Bitmap.Format = .rgb8) throws -> Data {
        try ImageEncoder.encode(noise(size, format), as: encoding).data
    }

    @Test("includes the coefficients of a progressive JPEG, also if it is decoded to a smaller size")
    func progressive() throws {
        let pixels = Self.size.width * Self.size.height
        let baseline = try ImageHeader(probing: Self.file(.jpeg()))
        let progressive = try ImageHeader(probing: Self.file(.jpeg(progressive: true)))
        #expect(!baseline.coding.hasSeveralScans)
        #expect(progressive.coding.hasSeveralScans)
        for target in [nil, Size(width: 50, height: 40)] {
            let options = ImageDecoder.Options(targetSize: target)
            #expect(options.memory(for: baseline).working < 1 << 20)
            // Two bytes for each sample, and 1.5 samples for each pixel at 4:2:0.
            #expect(options.memory(for: progressive).working >= 3 * pixels)
            #expect(options.memory(for: progressive).working < 4 * pixels + 1 << 20)
        }
    }

    @Test("includes all pixels of a lossless WebP in 32 bits, also if it is decoded to a smaller size")
    func losslessWebP() throws {
        let pixels = Self.size.width * Self.size.height
        let lossless = try ImageHeader(probing: Self.file(.webpLossless))
        let lossy = try ImageHeader(probing: Self.file(.webp))
        let alpha = try ImageHeader(probing: Self.file(.webp, .rgba8))
        let small = ImageDecoder.Options(targetSize: Size(width: 20, height: 16))
        #expect(small.memory(for: lossless).working >= 4 * pixels)
        #expect(small.memory(for: lossless).kept < pixels / 10)
        #expect(small.memory(for: alpha).working >= 6 * pixels)
        #expect(small.memory(for: lossy).working < 1 << 20)
    }

    @Test(
        "above the limit is refused before anything is allocated, with both numbers in the error",
        arguments: [ImageEncoding.webpLossless, .jpeg(progressive: true)])
    func limit(_ encoding: ImageEncoding) throws {
        let file = try Self.file(encoding)
        var options = ImageDecoder.Options()
        let needed = try options.memory(for: ImageHeader(probing: file)).working
        options.limits.workingByteCount = needed
        #expect(try ImageDecoder.decode(file, options: options).bitmap.size == Self.size)
        options.limits.workingByteCount = needed - 1
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file, options: options) }
        #expect(error?.code == .limitExceeded)
        #expect(error?.facts["found"] == "\(needed)")
        #expect(error?.facts["allowed"] == "\(needed - 1)")
    }

    @Test("of a VP8L header of 7000 × 7000 pixels is 32 bits per pixel")
    func hugeHeader() throws {
        let (width, height) = (7_000, 7_000)
        let bits = UInt32(width - 1) | UInt32(height - 1) << 14
        let body: [UInt8] =
            [0x2F] + (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) } + [0, 0, 0, 0, 0, 0, 0]
        let file = Array("RIFF".utf8) + [24, 0, 0, 0] + Array("WEBPVP8L".utf8) + [12, 0, 0, 0] + body
        let header = try ImageHeader(probing: Data(file))
        #expect(header.size == Size(width: width, height: height))
        #expect(ImageDecoder.Options().memory(for: header).peak >= 7 * width * height)
    }

    @Test("does not trap for impossible sizes", arguments: [Int.max, Int.max / 4, 1 << 40])
    func huge(_ side: Int) {
        for encoding: ImageEncoding in [
            .png, .png(effort: .small, reduces: true), .jpeg, .webp, .webpLossless(effort: 9),
        ] {
            for size in [Size(width: side, height: 1), Size(width: 1, height: side), Size(width: side, height: side)] {
                for format in [Bitmap.Format.gray8, .rgb8, .rgba16] {
                    #expect(encoding.workingByteCount(for: size, format: format) > 1 << 32)
                }
            }
        }
    }
}
