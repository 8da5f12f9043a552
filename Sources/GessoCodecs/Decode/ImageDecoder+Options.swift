import CGessoCodecs
public import GessoPixels

extension ImageDecoder {
    /// How to decode a file.
    public struct Options: Sendable, Hashable {
        /// How much damage is accepted. Damage that is accepted is reported in ``ImageDecoder/Output/warnings``.
        public enum Level: String, Sendable, Codable, CaseIterable {
            /// Returns the rows that can be decoded, and the first row that cannot, see
            /// ``ImageDecoder/Output/firstInvalidRow``.
            case lenient
            /// Accepts what affects no pixel: bytes between the parts of a file, an end that is missing after complete
            /// pixels, damage behind the image. Missing or wrong pixel data is an error.
            case standard
            /// Any violation of the format that a codec notices is an error.
            case strict
        }

        /// The limits on the file; see ``ImageDecoder/Limits``.
        public var limits: ImageDecoder.Limits
        /// How much damage is accepted; see ``Level``.
        public var level: Level
        /// The size that the image will be scaled to, as stored (before orientation); nil decodes in full.
        ///
        /// JPEG, and WebP without alpha, are decoded to a smaller image where both its sides are at least twice the target's,
        /// which takes less time and memory. The decoder averages encoded values: do not set a target if the image is
        /// scaled in linear light or by a narrow filter.
        public var targetSize: Size?
        /// Whether files with more than 8 bits are decoded to 16-bit bitmaps; otherwise samples are rounded to 8 bits.
        public var preserve16Bit: Bool
        /// Whether a color profile that cannot be used is an error, `invalidProfile`; otherwise sRGB is assumed, with a
        /// warning in ``ImageDecoder/Output/warnings``.
        public var refusesBrokenProfile: Bool
        /// Whether the gAMA and cHRM chunks of a PNG define its color profile if it has no cICP, iCCP or sRGB chunk.
        ///
        /// Off by default, as in other server libraries: these chunks are often wrong.
        public var honorsGamma: Bool

        /// Options with these values; the defaults suit servers.
        public init(
            limits: ImageDecoder.Limits = .default, level: Level = .standard, targetSize: Size? = nil,
            preserve16Bit: Bool = false, refusesBrokenProfile: Bool = false, honorsGamma: Bool = false
        ) {
            self.limits = limits
            self.level = level
            self.targetSize = targetSize
            self.preserve16Bit = preserve16Bit
            self.refusesBrokenProfile = refusesBrokenProfile
            self.honorsGamma = honorsGamma
        }
    }
}

extension ImageDecoder.Options {
    /// The size, as stored, of the bitmap that a file with this header is decoded to; at least as large as the actual
    /// one.
    ///
    /// Equal to the file's size unless ``targetSize`` allows a smaller one.
    package func decodedSize(of header: ImageHeader) -> Size {
        // The first frame of an animation is decoded in full, because the header alone does not say whether it covers
        // the canvas.
        guard header.frameCount == 1 else { return header.size }
        return header.size.divided(
            by: scaleDenominator(of: header.size, format: header.format, hasAlpha: header.hasAlpha))
    }

    /// The largest denominator that the format's decoder supports and that keeps both sides at least twice the
    /// target's.
    ///
    /// 1 for images with alpha: libwebp averages colors without regard to it, which darkens edges.
    func scaleDenominator(of size: Size, format: ImageFormat, hasAlpha: Bool) -> Int {
        guard let targetSize, !targetSize.isEmpty, !hasAlpha else { return 1 }
        let denominators: [Int] =
            switch format {
            case .jpeg: [2, 4, 8]
            case .webp: Array(2...64)
            default: []
            }
        let fits = denominators.filter { denominator in
            size.width / denominator / 2 >= targetSize.width && size.height / denominator / 2 >= targetSize.height
        }
        return fits.max() ?? 1
    }
}

extension Size {
    /// The size divided by `denominator`, rounded up, as the codecs do.
    func divided(by denominator: Int) -> Size {
        Size(width: (width + denominator - 1) / denominator, height: (height + denominator - 1) / denominator)
    }
}

extension ImageDecoder.Options.Level {
    var codecLevel: gesso_decode_level {
        switch self {
        case .lenient: GESSO_LEVEL_LENIENT
        case .standard: GESSO_LEVEL_STANDARD
        case .strict: GESSO_LEVEL_STRICT
        }
    }
}
