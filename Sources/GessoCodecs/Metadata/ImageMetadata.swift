public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Metadata that is carried from a file into another one made from it.
///
/// ``EncodedImage/init(_:as:profile:metadata:)`` writes it. Do not use it for uploads: it may be private.
public struct ImageMetadata: Sendable, Hashable {
    /// The EXIF block of the source, from its TIFF header on, without the thumbnail; nil if there is none.
    let exif: Data?
    /// The XMP packet (RDF in UTF-8); nil if there is none.
    let xmp: Data?
    /// The data sets of an IPTC block (IIM); nil if there is none.
    let iptc: Data?
    /// Comments, each as the source has it.
    let comments: [Data]
    /// What is kept although it may surprise.
    package let warnings: [ImageDecoder.Warning]
    /// The orientation to write: that of the pixels it is written with, `.up` for upright ones.
    public var orientation = Orientation.up

    /// No metadata.
    public static let none = ImageMetadata(exif: nil, xmp: nil)

    /// Whether there is nothing to write but an orientation.
    public var isEmpty: Bool { exif == nil && xmp == nil && iptc == nil && comments.isEmpty }

    /// The kinds of metadata that a file with this metadata has.
    public var kinds: ImageMetadata.Kinds {
        var kinds: ImageMetadata.Kinds = []
        if let exif {
            kinds.insert(.exif)
            if exif.withBytes({ EXIF($0)?.hasGPS ?? false }) { kinds.insert(.gps) }
        }
        if xmp != nil { kinds.insert(.xmp) }
        if iptc != nil { kinds.insert(.iptc) }
        if !comments.isEmpty { kinds.insert(.comment) }
        return kinds
    }

    init(exif: Data?, xmp: Data?, iptc: Data? = nil, comments: [Data] = [], warnings: [ImageDecoder.Warning] = []) {
        self.exif = exif
        self.xmp = xmp
        self.iptc = iptc
        self.comments = comments
        self.warnings = warnings
    }

    /// Reads the metadata of `file` that `policy` keeps.
    ///
    /// Leaves out blocks that cannot be read, and XMP packets longer than `limits.metadataByteCount`. With `stripAll` the file
    /// is not read at all.
    ///
    /// Synchronous: takes at most some milliseconds. In asynchronous code, use `ImageMetadata.read` in Gesso. Throws
    /// the errors of ``ImageHeader/init(probing:limits:)``.
    public init(
        of file: Data, policy: ImageMetadata.Policy = .stripPrivate, limits: ImageDecoder.Limits = .default
    ) throws(GessoError) {
        guard policy != .stripAll else {
            self = .none
            return
        }
        self = try file.withBytes { bytes throws(GessoError) in
            let facts = try HeaderParser(bytes, limits: limits, readsContent: false).facts
            guard policy != .keep else { return ImageMetadata(keepingAllOf: facts, try facts.packet(limits)) }
            return ImageMetadata(
                exif: facts.exif.flatMap { $0.withBytes { EXIFBlock.ownership(of: $0) } },
                xmp: try facts.packet(limits)?.sourceType)
        }
    }

    private init(keepingAllOf facts: ParsedHeader, _ packet: XMPPacket?) {
        let exif = facts.exif.flatMap { $0.withBytes { EXIFBlock.withoutThumbnail($0) } }
        self.init(
            exif: exif, xmp: packet?.adapted, iptc: facts.iptc, comments: facts.comments,
            warnings: exif.map { EXIFBlock.holdsPreview($0) } ?? false ? [.previewKept] : [])
    }

    /// The EXIF block for an image of that size, as stored, with its orientation, size and color space.
    func exif(for size: Size, isSRGB: Bool) -> Data? {
        guard let exif else {
            guard orientation != .up else { return nil }
            return EXIFBlock.stating(orientation)
        }
        return EXIFBlock.describing(exif, orientation: orientation, size: size, isSRGB: isSRGB)
            ?? EXIFBlock.stating(orientation)
    }
}

extension ImageMetadata {
    /// The metadata that a new file keeps from the file it was made from.
    ///
    /// With every policy, a color profile is embedded where the samples need one, and the orientation is that of the
    /// new pixels. Thumbnails and content credentials (C2PA) are removed, since they describe the old file only; so
    /// is PNG text other than comments.
    public enum Policy: String, Sendable, Codable, CaseIterable {
        /// Keeps the copyright notice and the artist from EXIF, and the digital source type from XMP, which says
        /// whether a model made the image. Removes location, camera, time and software.
        case stripPrivate
        /// Removes all metadata.
        case stripAll
        /// Keeps EXIF and the XMP packet, location and camera included, and IPTC and comments in JPEG and PNG. A preview inside
        /// a maker note stays, with a warning.
        case keep
    }
}
