public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Metadata on the way from one file into another that is made from it.
///
/// Hand it to ``ImageEncoder``; without it nothing is written. Never give it to what is uploaded.
public struct ImageMetadata: Sendable, Hashable {
    /// An EXIF block from its TIFF header on, as the source has it but for the thumbnail; nil for none.
    let exif: Data?
    /// An XMP packet (RDF in UTF-8); nil for none.
    let xmp: Data?
    /// How the pixels lie that it will be written beside: upright, unless they were left as stored.
    public var orientation = Orientation.up

    /// Nothing.
    public static let none = ImageMetadata(exif: nil, xmp: nil)

    public var isEmpty: Bool { exif == nil && xmp == nil }

    /// The kinds that a file will have by it.
    public var kinds: ImageMetadata.Kinds {
        var kinds: ImageMetadata.Kinds = []
        if let exif {
            kinds.insert(.exif)
            if exif.withBytes({ EXIF($0)?.hasGPS ?? false }) { kinds.insert(.gps) }
        }
        if xmp != nil { kinds.insert(.xmp) }
        return kinds
    }

    init(exif: Data?, xmp: Data?) {
        self.exif = exif
        self.xmp = xmp
    }

    /// Takes from `file` what `policy` lets through. Blocks that cannot be read are left out, and XMP packets longer than
    /// `limits.metadataByteCount`.
    ///
    /// Synchronous and CPU-bound, some milliseconds at most: servers call it off Swift's cooperative threads, as
    /// `ImageMetadata.read` in Gesso does. Throws what ``ImageHeader/init(probing:limits:)`` throws, and `limitExceeded`
    /// for a deflated XMP packet that is longer.
    public init(
        of file: Data, policy: ImageMetadata.Policy = .stripPrivate, limits: DecodeLimits = .default
    ) throws(GessoError) {
        self = try file.withBytes { bytes throws(GessoError) in
            let facts = try HeaderParser(bytes, limits: limits).facts
            return switch policy {
            case .stripAll: .none
            case .stripPrivate:
                ImageMetadata(
                    exif: facts.exif.flatMap(EXIFBlock.ownership), xmp: try facts.xmp?.packet(limits)?.sourceType)
            case .keep:
                ImageMetadata(
                    exif: facts.exif.flatMap(EXIFBlock.withoutThumbnail), xmp: try facts.xmp?.packet(limits)?.adapted)
            }
        }
    }

    /// The EXIF block for an image of `size` as stored: its orientation, size and color space are the image's.
    func exif(for size: Size, isSRGB: Bool) -> Data? {
        guard let exif else {
            guard orientation != .up else { return nil }
            return EXIFBlock.stating(orientation)
        }
        return EXIFBlock.describing(exif, orientation: orientation, size: size, isSRGB: isSRGB)
            ?? EXIFBlock.stating(orientation)
    }
}
