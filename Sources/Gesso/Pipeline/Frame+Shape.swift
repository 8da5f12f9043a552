public import GessoCodecs
public import GessoPixels

extension Frame {
    /// A frame without its pixels: all that ``Stage/plan(_:)`` may look at.
    public struct Shape: Sendable, Hashable, Codable {
        /// The size in pixels, as stored.
        public var size: Size
        /// Channels and their depth.
        public var format: Bitmap.Format
        /// Whether the samples are sRGB-encoded.
        public var isSRGB: Bool
        /// The orientation that is still to be applied.
        public var orientation: Orientation
        /// The map from the original to these pixels.
        public var placement: Placement
        /// Whether the frame has a mask.
        public var hasMask: Bool

        /// A shape; without a `placement` it is that of an original of this size.
        public init(
            size: Size, format: Bitmap.Format, isSRGB: Bool = true, orientation: Orientation = .up,
            placement: Placement? = nil, hasMask: Bool = false
        ) {
            self.size = size
            self.format = format
            self.isSRGB = isSRGB
            self.orientation = orientation
            self.placement = placement ?? Placement(of: size)
            self.hasMask = hasMask
        }

        /// The shape that decoding a file with this header gives, without decoding it.
        public init(_ header: ImageHeader) {
            self.init(
                size: header.size, format: header.decodedFormat, isSRGB: header.isSRGB, orientation: header.orientation)
        }

        /// The bytes that the frame's pixels and mask take.
        public var byteCount: Int {
            let pixels = Bitmap.byteCount(size: size, format: format) ?? Int.max / 4
            let mask = hasMask ? (Bitmap.byteCount(size: size, format: .gray8) ?? Int.max / 4) : 0
            return pixels + mask
        }
    }
}

extension ImageHeader {
    /// The pixel format that decoding to 8 bits gives.
    var decodedFormat: Bitmap.Format {
        if hasAlpha { return .rgba8 }
        return colorModel == .gray ? .gray8 : .rgb8
    }
}
