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
        var chunks: [(type: String, parts: [Data])] = []
        if let exif { chunks.append(("eXIf", [exif])) }
        // Keyword, no compression, no language tag, no translated keyword.
        if let xmp = metadata.xmp { chunks.append(("iTXt", [Data("XML:com.adobe.xmp\0\0\0\0\0".utf8), xmp])) }
        if let iptc = metadata.iptc { chunks.append(("tEXt", [PNGText.rawProfile(iptc)])) }
        for comment in metadata.comments {
            let (type, body) = PNGText.comment(comment)
            chunks.append((type, [body]))
        }
        // Metadata may be megabytes: each is copied once, into its place.
        let added = chunks.reduce(0) { sum, chunk in chunk.parts.reduce(sum + 12) { $0 + $1.count } }
        var out = Data(capacity: file.count + added)
        out.append(file.prefix(PNGChunks.headerLength))
        for (type, parts) in chunks { try append(type, parts, to: &out) }
        out.append(file.dropFirst(PNGChunks.headerLength))
        return out
    }

    private static func append(_ type: String, _ parts: [Data], to out: inout Data) throws(GessoError) {
        let count = parts.reduce(0) { $0 + $1.count }
        guard count <= 0x7FFF_FFFF else { throw .metadataTooLong(type, count, allowed: 0x7FFF_FFFF, .png) }
        out.append(big(UInt32(count)))
        out.append(contentsOf: type.utf8)
        for part in parts { out.append(part) }
        let checksum = out.suffix(4 + count).withUnsafeBytes { bytes in
            gesso_crc32(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
        }
        out.append(big(checksum))
    }

    private static func big(_ value: UInt32) -> Data {
        Data([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) })
    }
}
