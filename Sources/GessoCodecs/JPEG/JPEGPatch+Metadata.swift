package import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension JPEGPatch {
    /// A patched file with metadata of the original, whose header is given; the pixels stay as stored.
    package static func writing(
        _ metadata: ImageMetadata, into file: EncodedImage, of original: ImageHeader
    ) throws(GessoError) -> EncodedImage {
        guard !metadata.isEmpty else { return file }
        var metadata = metadata
        metadata.orientation = original.orientation
        let isSRGB = original.profileKind == .none || original.profileKind == .sRGB
        let exif = metadata.exif(for: file.size, isSRGB: isSRGB)
        let bare = try withoutEXIF(file.data)
        var image = EncodedImage(
            data: try JPEGContainer.embed(metadata, exif: exif, in: bare), format: .jpeg, size: file.size)
        image.warnings = file.warnings + metadata.warnings
        return image
    }

    /// The file without the EXIF segment that states its orientation.
    private static func withoutEXIF(_ file: Data) throws(GessoError) -> Data {
        try file.withBytes { bytes throws(GessoError) in
            var segments = JPEGSegments(bytes)
            while let segment = try segments.next(), segment.marker != JPEGSegments.scan {
                guard segment.marker == 0xE1, segment.body.matches("Exif\0\0", at: 0) else { continue }
                return bytes.slice(0, segment.offset).map { $0.data() + bytes.suffix(from: segment.end).data() } ?? file
            }
            return file
        }
    }
}
