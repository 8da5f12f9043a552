import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Puts a colour profile into a WebP file: VP8X, ICCP, then the picture's own chunks (RFC 9649, 2.7).
enum WebPContainer {
    static func embed(_ icc: Data, in file: Data, size: Size) throws(GessoError) -> Data {
        let parts = try file.withBytes { bytes throws(GessoError) in try pictureChunks(bytes) }
        let padded = icc.count + icc.count % 2
        let riff = 4 + 18 + 8 + padded + parts.chunks.count
        guard riff <= 0xFFFF_FFF6 else {
            throw GessoError(.encodingFailed, stage: "encode", "The WebP file would exceed 4 GiB; choose PNG.")
        }
        var out = Data(capacity: riff + 8)
        out.append(contentsOf: Array("RIFF".utf8) + little(riff, 4) + Array("WEBPVP8X".utf8) + little(10, 4))
        out.append(contentsOf: [0x20 | (parts.hasAlpha ? 0x10 : 0), 0, 0, 0])
        out.append(contentsOf: little(size.width - 1, 3) + little(size.height - 1, 3))
        out.append(contentsOf: Array("ICCP".utf8) + little(icc.count, 4))
        out.append(icc)
        if icc.count % 2 == 1 { out.append(0) }
        out.append(parts.chunks)
        return out
    }

    /// What follows the file header, and VP8X where libwebp wrote one.
    private static func pictureChunks(_ file: Bytes) throws(GessoError) -> (chunks: Data, hasAlpha: Bool) {
        let isExtended = file.tag(12) == "VP8X"
        let body = file.suffix(from: isExtended ? 30 : 12)
        let bits = file.uint32(21, littleEndian: true) ?? 0
        let hasAlpha = isExtended || file.tag(12) == "VP8L" && bits >> 28 & 1 == 1
        guard body.count > 8 else {
            throw GessoError(.encodingFailed, stage: "encode", "libwebp made an empty file; report this as a fault.")
        }
        return (body.data(), hasAlpha)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
