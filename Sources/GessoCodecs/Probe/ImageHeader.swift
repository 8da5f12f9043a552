public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a file says about its image, read without decoding a pixel.
///
/// Reading costs microseconds and no more memory than the color profile; every offset is checked.
public struct ImageHeader: Sendable, Hashable, Codable {
    /// How the file stores color.
    public enum ColorModel: String, Sendable, Codable {
        case gray
        case rgb
        case cmyk
        case palette
    }

    /// The color profile in a word.
    public enum ProfileKind: String, Sendable, Codable {
        /// None given: sRGB is meant.
        case none
        /// sRGB, or a profile that means the same.
        case sRGB
        case displayP3
        case other
    }

    /// The type, by content.
    public let format: ImageFormat
    /// The size as stored, before orientation.
    public let size: Size
    /// How the stored pixels must be turned.
    public let orientation: Orientation
    public let colorModel: ColorModel
    /// Samples of a pixel as stored: 1 for palettes, alpha counted, transparent colors not.
    public let channels: Int
    /// 1, 2, 4, 8, 12 or 16; the bits of an index for palettes.
    public let bitsPerChannel: Int
    /// Whether any pixel may be transparent: an alpha channel, transparent colors, or an animation.
    public let hasAlpha: Bool
    /// 1 for stills. Only the first frame is ever decoded.
    public let frameCount: Int
    /// Interlaced (PNG, GIF) or progressive (JPEG).
    public let isProgressive: Bool
    public let profileKind: ProfileKind
    /// The profile's own name; nil when there is none.
    public let profileDescription: String?
    public let metadata: ImageMetadata.Kinds
    /// How the samples are coded, as far as memory depends on it; see ``DecodeOptions/memory(for:)``.
    package let coding: SampleCoding
    /// What the file's content credentials say, read and not verified; nil when it has none that can be read.
    public let provenance: Provenance?
    /// The length of the file.
    public let byteCount: Int

    /// The size of the image when it stands upright.
    public var uprightSize: Size { orientation.upright(size) }

    /// Reads the header and holds it against `limits`.
    ///
    /// Synchronous: some microseconds for most files, and milliseconds where a color profile is inflated, content
    /// credentials are read or chunks are many. Servers call it off Swift's cooperative threads, as `ImageHeader.read` in
    /// Gesso does.
    ///
    /// Throws `emptyInput`, `unsupportedFormat`, `truncated` or `corrupt` when there is no readable header;
    /// `tooManyBytes`, `tooManyPixels`, `sideTooLong` or `limitExceeded` when it asks for too much.
    /// A sound header says nothing about the pixels behind it.
    public init(probing data: Data, limits: DecodeLimits = .default) throws(GessoError) {
        self = try data.withBytes { bytes throws(GessoError) in try HeaderParser(bytes, limits: limits).header }
    }

    init(_ facts: ParsedHeader, byteCount: Int) {
        format = facts.format
        size = facts.size
        orientation = facts.orientation
        colorModel = facts.colorModel
        channels = facts.channels
        bitsPerChannel = facts.bitsPerChannel
        hasAlpha = facts.hasAlpha
        frameCount = facts.frameCount
        isProgressive = facts.isProgressive
        profileKind = facts.profile.map(\.kind) ?? .none
        profileDescription = facts.profile?.description
        metadata = facts.metadata
        var coding = facts.coding
        coding.profileByteCount = facts.profile?.icc.count ?? 0
        if facts.format == .webp, let payload = facts.framePayload { coding.bitstreamByteCount = payload.count }
        self.coding = coding
        provenance = facts.provenance
        self.byteCount = byteCount
    }
}
