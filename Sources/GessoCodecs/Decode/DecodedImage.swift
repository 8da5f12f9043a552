public import GessoPixels

/// How to decode.
public struct DecodeOptions: Sendable, Hashable {
    /// What to do with a color profile that cannot be used.
    public enum BrokenProfile: String, Sendable, Codable {
        /// Throw `invalidProfile`.
        case refuse
        /// Take the image for sRGB and say so in ``DecodedImage/warnings``.
        case assumeSRGB
    }

    public var limits: DecodeLimits
    /// Whether the first doubt about the data is an error. Lenient decoding hands out what could be read,
    /// with the first row that is not to be trusted.
    public var strict: Bool
    /// The size (as stored, before orientation) that the image will be scaled to: lets JPEG and WebP decode to a
    /// smaller image at less cost, at least twice as large on both sides. nil decodes in full.
    public var targetSize: Size?
    /// Whether 16-bit files give 16-bit bitmaps instead of being rounded to 8.
    public var preserve16Bit: Bool
    public var brokenProfile: BrokenProfile
    /// Whether a PNG's gAMA and cHRM chunks count as its color profile where nothing better (cICP, iCCP, sRGB) is given.
    /// Off, as in the other server libraries: these chunks are more often wrong than right.
    public var honorsGamma: Bool

    public init(
        limits: DecodeLimits = .default, strict: Bool = true, targetSize: Size? = nil, preserve16Bit: Bool = false,
        brokenProfile: BrokenProfile = .assumeSRGB, honorsGamma: Bool = false
    ) {
        self.limits = limits
        self.strict = strict
        self.targetSize = targetSize
        self.preserve16Bit = preserve16Bit
        self.brokenProfile = brokenProfile
        self.honorsGamma = honorsGamma
    }
}

/// An image that was decoded, with what its file said about it.
public struct DecodedImage: Sendable {
    /// The pixels as stored: not turned, in the colors of ``profile``, straight alpha.
    public let bitmap: Bitmap
    public let header: ImageHeader
    /// What the samples mean; nil for sRGB.
    public let profile: ColorProfile?
    /// What the codec said without refusing the file; empty for sound files.
    public let warnings: [String]
    /// By how much the decoder scaled the image down: 1 for not at all.
    public let scaleDenominator: Int
    /// Lenient decoding only: the first row that is not as the file meant it.
    public let firstInvalidRow: Int?
}
