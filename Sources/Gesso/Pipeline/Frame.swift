public import GessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What flows through stages: pixels, where they lie on the original, what may be edited, and how samples are encoded.
public struct Frame: Sendable {
    /// The pixels, straight alpha, encoded by ``profile``.
    public var bitmap: Bitmap
    /// The profile of the samples; nil is sRGB.
    public var profile: ColorProfile?
    /// How to orient the stored pixels upright; ``Orient`` does it and leaves `.up` here.
    public var orientation: Orientation
    /// The way from the original to ``bitmap``.
    public var placement: Placement
    /// What may be edited, in the pixels of ``bitmap``.
    public var mask: Mask?
    /// What was passed over, changed or left out on the way from the file to these pixels.
    public var warnings: [ImageDecoder.Warning] = []
    /// What a crop by attention keeps in sight, in the pixels of ``bitmap``; nil leaves it to the mask or to the pixels.
    var focus: Rect?

    /// A frame of pixels at hand; without a `placement` they are the original.
    public init(
        bitmap: Bitmap, profile: ColorProfile? = nil, orientation: Orientation = .up, placement: Placement? = nil,
        mask: Mask? = nil
    ) {
        self.bitmap = bitmap
        self.profile = profile
        self.orientation = orientation
        self.placement = placement ?? Placement(of: bitmap.size)
        self.mask = mask
    }

    /// The frame of a decoded image, still as stored.
    public init(_ decoded: ImageDecoder.Output) {
        self.init(
            bitmap: decoded.bitmap, profile: decoded.profile, orientation: decoded.header.orientation,
            placement: Frame.placement(of: decoded))
        warnings = decoded.warnings
    }

    /// Decodes a file into a frame, as stored; the stages do the rest.
    ///
    /// Throws what `ImageDecoder` throws.
    public init(decoding data: Data, options: ImageDecoder.Options = ImageDecoder.Options()) throws(GessoError) {
        try self.init(decoding: data, header: nil, options: options)
    }

    /// The same, for a file whose header is known.
    init(decoding data: Data, header: ImageHeader?, options: ImageDecoder.Options) throws(GessoError) {
        self.init(try PixelWork.decode(data, header: header, options: options))
    }

    /// A JPEG decoded at 1/2, 1/4 or 1/8 has exactly that scale; its last pixel may reach beyond the image.
    private static func placement(of decoded: ImageDecoder.Output) -> Placement {
        let whole = Placement(of: decoded.header.size)
        guard decoded.bitmap.size != decoded.header.size else { return whole }
        guard decoded.header.format == .jpeg else { return whole.resized(to: decoded.bitmap.size) }
        let factor = Double(decoded.scaleDenominator)
        return whole.resized(
            to: decoded.bitmap.size,
            from: Box(
                left: 0, top: 0, right: Double(decoded.bitmap.width) * factor,
                bottom: Double(decoded.bitmap.height) * factor))
    }

    /// What a plan needs to know of this frame.
    public var shape: Frame.Shape {
        Frame.Shape(
            size: bitmap.size, format: bitmap.format, isSRGB: profile?.isSRGB ?? true, orientation: orientation,
            placement: placement, hasMask: mask != nil)
    }
}
