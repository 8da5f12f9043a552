public import GessoPixels

extension ImageDecoder {
    /// How to decode a file.
    public struct Options: Sendable, Hashable {
        /// The limits on the file; see ``ImageDecoder/Limits``.
        public var limits: ImageDecoder.Limits
        /// Whether any damage is an error. Lenient decoding returns the rows that could be decoded, and the first row that
        /// could not, see ``ImageDecoder/Output/firstInvalidRow``.
        public var strict: Bool
        /// The size that the image will be scaled to, as stored (before orientation); nil decodes in full.
        ///
        /// JPEG and WebP are decoded to a smaller image where both its sides are at least twice the target's, which takes
        /// less time and memory.
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
            limits: ImageDecoder.Limits = .default, strict: Bool = true, targetSize: Size? = nil,
            preserve16Bit: Bool = false, refusesBrokenProfile: Bool = false, honorsGamma: Bool = false
        ) {
            self.limits = limits
            self.strict = strict
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
        return header.size.divided(by: scaleDenominator(of: header.size, format: header.format))
    }

    /// The largest denominator that the format's decoder supports and that keeps both sides at least twice the
    /// target's.
    func scaleDenominator(of size: Size, format: ImageFormat) -> Int {
        guard let targetSize, !targetSize.isEmpty else { return 1 }
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
