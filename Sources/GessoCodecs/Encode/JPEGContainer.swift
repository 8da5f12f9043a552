import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Puts metadata into a JPEG of ours, behind its JFIF segment (EXIF 2.32, 4.7.2; XMP part 3, 1.1.3).
enum JPEGContainer {
    static func embed(exif: Data?, xmp: Data?, in file: Data) throws(GessoError) -> Data {
        guard exif != nil || xmp != nil else { return file }
        let start = file.withBytes { bytes in
            bytes.uint16(2) == 0xFFE0 ? 4 + (bytes.uint16(4) ?? 0) : 2
        }
        var out = Data(file.prefix(start))
        if let exif { out.append(try segment("EXIF", Data("Exif\0\0".utf8) + exif)) }
        if let xmp { out.append(try segment("XMP", Data("http://ns.adobe.com/xap/1.0/\0".utf8) + xmp)) }
        out.append(file.dropFirst(start))
        return out
    }

    /// APP1; the length counts itself.
    private static func segment(_ what: String, _ body: Data) throws(GessoError) -> Data {
        guard body.count <= 65_533 else { throw .metadataTooLong(what, body.count, allowed: 65_533, .jpeg) }
        let length = body.count + 2
        return Data([0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)]) + body
    }
}
