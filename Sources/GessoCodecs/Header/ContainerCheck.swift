package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Walks an image file to its end: container structure and checksums, no pixels.
///
/// A file that passes was received whole. PNG has a checksum for each chunk; the others have none, so that only missing
/// bytes and a broken structure show. Bytes after the image's end are ignored.
package enum ContainerCheck {
    /// Throws `truncated` with the offset where bytes are missing, or `corrupt` with that of the damage. Takes about as long
    /// as reading the file once. Formats other than PNG, JPEG, WebP, GIF, HEIC and AVIF are not walked.
    package static func requireComplete(_ data: Data) throws(GessoError) {
        try data.withBytes { bytes throws(GessoError) in
            switch ImageFormat(sniffing: bytes) {
            case .png: try png(bytes)
            case .jpeg: try jpeg(bytes)
            case .webp: try webp(bytes)
            case .gif: try gif(bytes)
            case .some(let format) where format == .heic || format == .avif: try heif(bytes, format)
            default: break
            }
        }
    }

    private static func png(_ bytes: Bytes) throws(GessoError) {
        var reader = PNGChunks(bytes)
        var hasPixels = false
        while let chunk = reader.next() {
            guard chunk.checked != nil else { throw incomplete(.png, bytes) }
            guard chunk.isIntact else {
                throw damaged(.png, "the checksum of its \(FourCC.name(chunk.type)) chunk is wrong", at: chunk.offset)
            }
            hasPixels = hasPixels || chunk.type == FourCC.IDAT
            guard chunk.type == FourCC.IEND else { continue }
            guard hasPixels else { throw damaged(.png, "it ends without pixels", at: chunk.offset) }
            return
        }
        throw incomplete(.png, bytes)
    }

    private static func jpeg(_ bytes: Bytes) throws(GessoError) {
        var position = 2
        var hasScan = false
        // Everything between markers is skipped, the entropy-coded data of scans included (ITU-T T.81, B.1.1.5).
        while let marker = nextMarker(bytes, &position) {
            switch marker {
            case 0x01, 0xD0...0xD8: continue
            case 0xD9:
                guard hasScan else { throw damaged(.jpeg, "it ends without a scan", at: position - 2) }
                return
            default:
                guard let length = bytes.uint16(position), bytes.has(position, max(2, length)) else {
                    throw incomplete(.jpeg, bytes)
                }
                position += max(2, length)
                hasScan = hasScan || marker == JPEGSegments.scan
            }
        }
        throw incomplete(.jpeg, bytes)
    }

    /// The next marker, with `position` after it; nil if there is none.
    private static func nextMarker(_ bytes: Bytes, _ position: inout Int) -> UInt8? {
        guard let base = bytes.buffer.baseAddress else { return nil }
        while position < bytes.count, let found = memchr(base + position, 0xFF, bytes.count - position) {
            position = base.distance(to: UnsafeRawPointer(found)) + 1
            while bytes.uint8(position) == 0xFF { position += 1 }
            guard let code = bytes.uint8(position) else { return nil }
            position += 1
            if code != 0 { return code }
        }
        return nil
    }

    private static func webp(_ bytes: Bytes) throws(GessoError) {
        guard let length = bytes.uint32(4, littleEndian: true) else { throw incomplete(.webp, bytes) }
        // Some writers leave out the padding after the last chunk.
        let end = min(8 + length, bytes.count)
        guard let file = bytes.slice(0, end), 8 + length <= bytes.count + 1 else { throw incomplete(.webp, bytes) }
        var reader = WebPChunks(file, from: WebPChunks.start)
        var hasPixels = false
        while reader.hasMore {
            guard let chunk = reader.next(), chunk.body != nil else { throw incomplete(.webp, bytes) }
            hasPixels = hasPixels || [FourCC.VP8, FourCC.VP8L, FourCC.ANMF].contains(chunk.tag)
        }
        guard hasPixels else { throw damaged(.webp, "it ends without pixels", at: end) }
    }

    private static func gif(_ bytes: Bytes) throws(GessoError) {
        guard let flags = bytes.uint8(10) else { throw incomplete(.gif, bytes) }
        var position = GIFHeaderParser.paletteRange(flags, at: 13).upperBound
        var hasPixels = false
        while let introducer = bytes.uint8(position) {
            switch introducer {
            case 0x3B:
                guard hasPixels else { throw damaged(.gif, "it ends without pixels", at: position) }
                return
            case 0x21: position = GIFHeaderParser.endOfBlocks(bytes, position + 2)
            case 0x2C:
                guard let flags = bytes.uint8(position + 9) else { throw incomplete(.gif, bytes) }
                let palette = GIFHeaderParser.paletteRange(flags, at: position + 10)
                position = GIFHeaderParser.endOfBlocks(bytes, palette.upperBound + 1)
                hasPixels = true
            default: throw damaged(.gif, "a block of unknown kind", at: position)
            }
        }
        throw incomplete(.gif, bytes)
    }

    static func incomplete(_ format: ImageFormat, _ bytes: Bytes) -> GessoError {
        GessoError(
            .truncated, stage: "response", "the \(format) ends at byte \(bytes.count), before its image does",
            facts: ["offset": "\(bytes.count)", "format": format.rawValue])
    }

    static func damaged(_ format: ImageFormat, _ what: String, at offset: Int) -> GessoError {
        GessoError(
            .corrupt, stage: "response", "the \(format) is damaged at byte \(offset): \(what)",
            facts: ["offset": "\(offset)", "format": format.rawValue])
    }
}
