import CReferenceDecoders
import Foundation
import GessoCodecs
import GessoPixels

/// Compares a decoded file with the codec's own library, used as in its manual (Fuzz/Sources/CReferenceDecoders).
enum ReferenceDecoder {
    /// The reason why the image should not have been returned, or nil.
    static func objection(to image: ImageDecoder.Output, of file: Data) -> String? {
        let channels = Int32(image.bitmap.format.channels)
        var verdict = file.withUnsafeBytes { buffer in
            let start = buffer.assumingMemoryBound(to: UInt8.self).baseAddress
            switch image.header.format {
            case .png: return reference_png(start, buffer.count, channels)
            case .jpeg: return reference_jpeg(start, buffer.count)
            default: return reference_webp(start, buffer.count, channels)
            }
        }
        defer { reference_free(&verdict) }
        guard verdict.accepted != 0 else {
            return withUnsafeBytes(of: verdict.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        let bitmap = image.bitmap
        guard verdict.width == bitmap.width, verdict.height == bitmap.height else { return "another size" }
        // CMYK has no single right result.
        guard let pixels = verdict.pixels else { return nil }
        let rowBytes = bitmap.width * bitmap.format.bytesPerPixel
        let differing = (0..<bitmap.height).first { y in
            bitmap.withRow(y) { row in
                row.withUnsafeBytes { bytes in
                    guard let start = bytes.baseAddress else { return true }
                    return memcmp(start, pixels + y * rowBytes, rowBytes) != 0
                }
            }
        }
        return differing.map { "row \($0) differs" }
    }
}
