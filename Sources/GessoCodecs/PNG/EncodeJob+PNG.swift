import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EncodeJob {
    func encodePNG(_ effort: ImageEncoding.PNGEffort, reduces: Bool) throws(GessoError) -> Data {
        let level: Int32 =
            switch effort {
            case .fast: 0
            case .default: 1
            case .small: 2
            }
        let file = try run(.png) { image, profile, profileCount, watch, output, report in
            // Gray with alpha, which has no bitmap format.
            let isGray = self.profile?.isGray == true && image.channels > 1
            if reduces && effort != .fast || isGray {
                gesso_png_encode_reduced(&image, level, profile, profileCount, &watch, &output, &report)
            } else {
                gesso_png_encode(&image, level, profile, profileCount, &watch, &output, &report)
            }
        }
        return try PNGContainer.embed(metadata, exif: exif(profile), in: file)
    }
}

/// Inserts metadata into an encoded PNG, after its IHDR chunk (PNG 3rd edition, 5.6).
enum PNGContainer {
    static func embed(_ metadata: ImageMetadata, exif: Data?, in file: Data) throws(GessoError) -> Data {
        guard exif != nil || !metadata.isEmpty, file.count > PNGChunks.headerLength else { return file }
        var out = Data(file.prefix(PNGChunks.headerLength))
        if let exif { out.append(try chunk("eXIf", exif)) }
        // Keyword, no compression, no language tag, no translated keyword.
        if let xmp = metadata.xmp {
            out.append(try chunk("iTXt", Data("XML:com.adobe.xmp\0\0\0\0\0".utf8) + xmp))
        }
        if let iptc = metadata.iptc { out.append(try chunk("tEXt", PNGText.rawProfile(iptc))) }
        for comment in metadata.comments {
            let (type, body) = PNGText.comment(comment)
            out.append(try chunk(type, body))
        }
        out.append(file.dropFirst(PNGChunks.headerLength))
        return out
    }

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
