import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Puts metadata into a PNG of ours, behind its header (PNG 3rd edition, 5.6).
enum PNGContainer {
    static func embed(exif: Data?, xmp: Data?, in file: Data) throws(GessoError) -> Data {
        guard exif != nil || xmp != nil, file.count > headerEnd else { return file }
        var out = Data(file.prefix(headerEnd))
        if let exif { out.append(try chunk("eXIf", exif)) }
        // Keyword, not deflated, no language, no translated keyword.
        if let xmp { out.append(try chunk("iTXt", Data("XML:com.adobe.xmp\0\0\0\0\0".utf8) + xmp)) }
        out.append(file.dropFirst(headerEnd))
        return out
    }

    /// Signature and IHDR.
    private static let headerEnd = 33

    private static func chunk(_ type: String, _ body: Data) throws(GessoError) -> Data {
        guard body.count <= 0x7FFF_FFFF else { throw .metadataTooLong(type, body.count, allowed: 0x7FFF_FFFF, .png) }
        let covered = Data(type.utf8) + body
        let checksum = covered.withUnsafeBytes { bytes in
            gesso_crc32(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        return big(UInt32(body.count)) + covered + big(checksum)
    }

    private static func big(_ value: UInt32) -> Data {
        Data([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) })
    }
}

extension GessoError {
    static func metadataTooLong(_ what: String, _ found: Int, allowed: Int, _ format: ImageFormat) -> GessoError {
        GessoError(
            .tooManyBytes, stage: "encode",
            "The \(what) block has \(found) bytes, a \(format) takes \(allowed); keep less metadata, or choose PNG or WebP.",
            facts: ["found": "\(found)", "allowed": "\(allowed)", "what": what, "format": format.rawValue])
    }
}
