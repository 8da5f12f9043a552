import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Synchronization
import Testing

/// The number of times that the running decoder has checked its watch, and the check at which it is stopped.
private let looks = Atomic(0)
private let lastLook = Atomic(-1)

@Suite("The watch of the WebP decoder", .serialized)
struct WebPTimeTests {
    private static func decode(_ file: Data, strict: Bool, stopsAt look: Int) -> (gesso_codec_status, looks: Int) {
        looks.store(0, ordering: .relaxed)
        lastLook.store(look, ordering: .relaxed)
        guard let header = try? ImageHeader(probing: file) else { return (GESSO_CODEC_MISUSE, 0) }
        let (width, height) = (header.size.width, header.size.height)
        var pixels = [UInt8](repeating: 0, count: width * height * 4)
        var stated = gesso_codec_header(width: UInt32(width), height: UInt32(height), channels: 4)
        var watch = gesso_codec_watch(
            cpu_nanoseconds: 0,
            is_cancelled: {
                let look = looks.wrappingAdd(1, ordering: .relaxed).oldValue
                return look == lastLook.load(ordering: .relaxed) ? 1 : 0
            })
        var report = gesso_codec_report()
        pixels.withUnsafeMutableBufferPointer { buffer in
            file.withUnsafeBytes { bytes in
                let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
                var image = gesso_codec_image(
                    pixels: buffer.baseAddress, bytes_per_row: width * 4, width: UInt32(width), height: UInt32(height),
                    channels: 4, bits: 8, capacity: buffer.count)
                gesso_webp_decode(
                    start, bytes.count, &stated, strict ? GESSO_LEVEL_STRICT : GESSO_LEVEL_LENIENT, &image, &watch,
                    &report)
            }
        }
        return (report.status, looks.load(ordering: .relaxed))
    }

    /// Files of less than 64 KiB.
    private static let small: [(name: String, side: Int, encoding: ImageEncoding)] = [
        ("lossy", 64, .webp), ("lossless", 64, .webpLossless), ("large and lossy", 2_048, .webp),
        ("large and lossless", 2_048, .webpLossless),
    ]

    @Test("is also checked for small files, before and after decoding", arguments: small.indices, [true, false])
    func smallFiles(index: Int, strict: Bool) throws {
        let (name, side, encoding) = Self.small[index]
        let bitmap = try Bitmap(size: Size(width: side, height: side), format: .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: encoding).data
        try #require(file.count <= 65_536)
        let whole = Self.decode(file, strict: strict, stopsAt: -1)
        #expect(whole.0 == GESSO_CODEC_OK, "\(name)")
        // A large lossy file is decoded in pieces, each of bounded length.
        #expect(whole.looks >= (side > 1_024 && name.hasSuffix("lossy") ? 3 : 1), "\(name): \(file.count) bytes")
        for look in Set([0, whole.looks / 2, whole.looks - 1]) {
            let cut = Self.decode(file, strict: strict, stopsAt: look)
            #expect(cut.0 == GESSO_CODEC_CANCELLED && cut.looks == look + 1, "\(name), look \(look)")
        }
    }
}
