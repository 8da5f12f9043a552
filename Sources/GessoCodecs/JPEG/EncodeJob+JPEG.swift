import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EncodeJob {
    func encodeJPEG(
        _ quality: Int, _ subsampling: ImageEncoding.ChromaSubsampling, _ progressive: Bool
    ) throws(GessoError) -> Data {
        try Self.require("quality", quality, in: 1...100)
        try require(!bitmap.format.hasAlpha, .jpeg, remedy: "flatten the image onto a color first")
        try require(bitmap.format.bitsPerChannel == 8, .jpeg, remedy: "convert it to 8 bits a channel first")
        let (horizontal, vertical): (Int32, Int32) =
            switch subsampling {
            case .none: (1, 1)
            case .horizontal: (2, 1)
            case .half: (2, 2)
            }
        let file = try run(.jpeg) { image, profile, profileCount, watch, output, report in
            gesso_jpeg_encode(
                &image, Int32(quality), horizontal, vertical, progressive ? 1 : 0, profile, profileCount, &watch,
                &output, &report)
        }
        return try JPEGContainer.embed(metadata, exif: exif(profile), in: file)
    }
}

/// Inserts metadata into an encoded JPEG, after its JFIF segment (EXIF 2.32, 4.7.2; XMP part 3, 1.1.3).
enum JPEGContainer {
    static func embed(_ metadata: ImageMetadata, exif: Data?, in file: Data) throws(GessoError) -> Data {
        guard exif != nil || !metadata.isEmpty else { return file }
        let start = try file.withBytes { bytes throws(GessoError) in
            var segments = JPEGSegments(bytes)
            guard let first = try segments.next(), first.marker == 0xE0 else { return 2 }
            return first.end
        }
        var out = Data(file.prefix(start))
        if let exif { out.append(try segment(0xE1, "EXIF", Data("Exif\0\0".utf8) + exif)) }
        if let xmp = metadata.xmp {
            out.append(try segment(0xE1, "XMP", Data("http://ns.adobe.com/xap/1.0/\0".utf8) + xmp))
        }
        if let iptc = metadata.iptc {
            out.append(try segment(0xED, "IPTC", Data("Photoshop 3.0\0".utf8) + IPTCBlock.resource(iptc)))
        }
        for comment in metadata.comments { out.append(try segment(0xFE, "comment", comment)) }
        out.append(file.dropFirst(start))
        return out
    }

    /// A marker segment; its length field includes the field itself.
    private static func segment(_ marker: UInt8, _ what: String, _ body: Data) throws(GessoError) -> Data {
        guard body.count <= 65_533 else { throw .metadataTooLong(what, body.count, allowed: 65_533, .jpeg) }
        let length = body.count + 2
        return Data([0xFF, marker, UInt8(length >> 8), UInt8(length & 255)]) + body
    }
}
