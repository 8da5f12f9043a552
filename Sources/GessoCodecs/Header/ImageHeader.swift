public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a file states about its image, read without decoding pixels.
///
/// Encoded as JSON with the property names as keys.
public struct ImageHeader: Sendable, Hashable, Codable {
    /// How the file stores colors.
    public enum ColorModel: String, Sendable, Codable {
        /// Gray, with or without alpha.
        case gray
        /// RGB, with or without alpha; also YCbCr.
        case rgb
        /// CMYK or YCCK.
        case cmyk
        /// Indices into a palette.
        case palette
    }

    /// The kind of color profile.
    package enum ProfileKind: String, Sendable, Codable {
        /// No profile, which means sRGB.
        case none
        /// sRGB, or a profile that means the same.
        case sRGB
        /// Display P3, or a profile that means the same.
        case displayP3
        /// Any other profile.
        case other
    }

    /// The format, detected from the content.
    public let format: ImageFormat
    /// The size in pixels as stored, before orientation is applied.
    public let size: Size
    /// The transformation from stored to upright pixels; `.up` if the file states none.
    public let orientation: Orientation
    /// How the file stores colors.
    public let colorModel: ColorModel
    /// The number of samples per stored pixel: 1 for palettes; alpha counts, a transparent color does not.
    public let channels: Int
    /// The bits of a stored sample: 1, 2, 4, 8, 10, 12 or 16; for palettes the bits of an index.
    public let bitsPerChannel: Int
    /// Whether pixels can be transparent: the file has an alpha channel, transparent colors or an animation.
    public let hasAlpha: Bool
    /// The number of frames; 1 for still images. Only the first frame is decoded.
    public let frameCount: Int
    /// Whether the image is interlaced (PNG, GIF) or progressive (JPEG).
    public let isProgressive: Bool
    /// The kind of color profile.
    package let profileKind: ProfileKind
    /// The name in the color profile; nil if there is no profile.
    public let profileDescription: String?
    /// The kinds of metadata in the file.
    public let metadata: ImageMetadata.Kinds
    /// How the samples are coded, as far as the decoder's memory depends on it.
    package let coding: SampleCoding
    /// What the file's content credentials state, not verified; nil if there are none or they cannot be read.
    public let provenance: Provenance?
    /// What the file has besides the image that is decoded: frames, a gain map, a video, further images.
    public let warnings: [ImageDecoder.Warning]
    /// The length of the file in bytes.
    public let byteCount: Int

    /// Whether decoded samples are sRGB: there is no profile, it means sRGB, or the file is CMYK, which decoding converts.
    public var isSRGB: Bool { profileKind == .none || profileKind == .sRGB || colorModel == .cmyk }

    /// The size in pixels after orientation is applied.
    public var uprightSize: Size { orientation.upright(size) }

    /// Parses the header of a file and checks it against `limits`.
    ///
    /// Synchronous: takes some microseconds, and milliseconds if it inflates a color profile, reads content
    /// credentials or meets many chunks. In asynchronous code, use `ImageHeader.read` in Gesso. Allocates no more than
    /// the metadata limits allow.
    ///
    /// Throws `emptyInput`, `unsupportedFormat`, `truncated` or `corrupt` if there is no valid header, and
    /// `tooManyBytes`, `tooManyPixels`, `sideTooLong` or `limitExceeded` if it exceeds a limit. The pixel data is not
    /// checked.
    public init(probing data: Data, limits: ImageDecoder.Limits = .default) throws(GessoError) {
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
        warnings = (frameCount > 1 ? [.framesLeftOut(frameCount - 1)] : []) + facts.leftOut
        self.byteCount = byteCount
    }
}

/// How a file codes its samples, as far as the decoder's memory depends on it.
package struct SampleCoding: Sendable, Hashable, Codable {
    /// JPEG: the sampling factors of each component, horizontal and vertical (ITU-T T.81, A.1.1).
    package internal(set) var sampling: [Size] = []
    /// JPEG: whether the samples are in several scans (progressive, or a scan for each component). The decoder then
    /// holds the coefficients of the whole image.
    package internal(set) var hasSeveralScans = false
    /// WebP: whether the bitstream is VP8L, which is decoded to 32 bits per pixel.
    package internal(set) var isLossless = false
    /// WebP: whether the alpha of a lossy image is in a separate chunk (ALPH).
    package internal(set) var hasAlphaPlane = false
    /// WebP: the length in bytes of the bitstream of the image or its first frame.
    package internal(set) var bitstreamByteCount = 0
    /// HEIC and AVIF: the memory in bytes that decoding one tile takes.
    package internal(set) var decoderByteCount = 0
    /// The length in bytes of the color profile, inflated; 0 if there is none.
    package internal(set) var profileByteCount = 0
}
