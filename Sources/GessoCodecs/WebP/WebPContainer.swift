import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Adds a color profile and metadata to an encoded WebP file: VP8X, ICCP, the image's chunks, EXIF, XMP (RFC 9649,
/// 2.7).
enum WebPContainer {
    static func embed(icc: Data?, exif: Data?, xmp: Data?, in file: Data, size: Size) throws(GessoError) -> Data {
        guard icc != nil || exif != nil || xmp != nil else { return file }
        let parts = try file.withBytes { bytes throws(GessoError) in try imageChunks(bytes) }
        let before = icc.map { chunk("ICCP", $0) } ?? Data()
        let after = (exif.map { chunk("EXIF", $0) } ?? Data()) + (xmp.map { chunk("XMP ", $0) } ?? Data())
        let riff = 4 + 18 + before.count + parts.chunks.count + after.count
        guard riff <= 0xFFFF_FFF6 else {
            throw GessoError(.encodingFailed, stage: "encode", "The WebP file would exceed 4 GiB; choose PNG.")
        }
        var out = Data(capacity: riff + 8)
        out.append(contentsOf: Array("RIFF".utf8) + little(riff, 4) + Array("WEBPVP8X".utf8) + little(10, 4))
        let flags: [UInt8] = [
            icc == nil ? 0 : 0x20, parts.hasAlpha ? 0x10 : 0, parts.isAnimated ? 0x02 : 0, exif == nil ? 0 : 0x08,
            xmp == nil ? 0 : 0x04,
        ]
        out.append(contentsOf: [flags.reduce(0, |), 0, 0, 0])
        out.append(contentsOf: little(size.width - 1, 3) + little(size.height - 1, 3))
        out.append(before)
        out.append(parts.chunks)
        out.append(after)
        return out
    }

    private static func chunk(_ name: String, _ body: Data) -> Data {
        var chunk = Data(name.utf8) + little(body.count, 4) + body
        if body.count % 2 == 1 { chunk.append(0) }
        return chunk
    }

    /// The chunks after the file header, and after VP8X if libwebp wrote one.
    private static func imageChunks(_ file: Bytes) throws(GessoError) -> (
        chunks: Data, hasAlpha: Bool, isAnimated: Bool
    ) {
        var reader = WebPChunks(file, from: WebPChunks.start)
        let first = reader.next()
        // libwebp writes VP8X only for images with alpha and for animations.
        let isExtended = first?.tag == FourCC.VP8X
        let flags = isExtended ? first?.body?.uint8(0) ?? 0 : 0
        let body = file.suffix(from: isExtended ? reader.position : WebPChunks.start)
        let bits = first?.body?.uint32(1, littleEndian: true) ?? 0
        let hasAlpha = flags & 0x10 != 0 || first?.tag == FourCC.VP8L && bits >> 28 & 1 == 1
        guard body.count > 8 else {
            throw GessoError(.encodingFailed, stage: "encode", "libwebp wrote an empty file; please report this.")
        }
        return (body.data(), hasAlpha, flags & 0x02 != 0)
    }

    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
