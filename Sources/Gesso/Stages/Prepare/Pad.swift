public import GessoPixels

/// Adds pixels around the image, with alpha 0 and colors that a model can use, and selects them for editing.
///
/// Models look at the RGB under alpha 0, so it is chosen and never left undefined: see `Bitmap.PadFill`. The new area is
/// added to the frame's mask (coverage 255): padding an image and editing it is outpainting.
public struct Pad: Stage, Codable, Hashable {
    /// What is added on each side, before ``aspect``.
    public var insets: Pad.Insets
    /// The shape that is padded to with the fewest pixels; nil adds ``insets`` alone.
    public var aspect: Pad.AspectRatio?
    /// The fill of added pixels.
    public var fill: Bitmap.PadFill
    /// The alpha of new pixels, 0 transparent … 255 opaque.
    public var alpha: UInt8

    /// Pads by insets.
    public init(_ insets: Pad.Insets, fill: Bitmap.PadFill = .extendEdges, alpha: UInt8 = 0) {
        self.insets = insets
        self.fill = fill
        self.alpha = alpha
    }

    /// Pads to a shape.
    public init(to aspect: Pad.AspectRatio, fill: Bitmap.PadFill = .extendEdges, alpha: UInt8 = 0) {
        self.init(Pad.Insets(), fill: fill, alpha: alpha)
        self.aspect = aspect
    }

    public var detail: String { "\(aspect.map { "to \($0)" } ?? "\(insets)"), \(fill), alpha \(alpha)" }

    /// What is added to an image of that size.
    private func insets(for size: Size) -> Pad.Insets { aspect.map { insets.adding($0, to: size) } ?? insets }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        let insets = insets(for: shape.size)
        guard min(insets.left, insets.top, insets.right, insets.bottom) >= 0 else {
            throw GessoError(
                .invalidGeometry, stage: "pad",
                "Padding \(insets) has a negative side; use Crop to make the image smaller.",
                facts: ["found": "\(insets)"])
        }
        var shape = shape
        let (width, wide) = shape.size.width.addingReportingOverflow(insets.left &+ insets.right)
        let (height, high) = shape.size.height.addingReportingOverflow(insets.top &+ insets.bottom)
        let size = Size(width: width, height: height)
        if alpha < 255 { shape.format = shape.format.withAlpha }
        guard !wide, !high, Bitmap.byteCount(size: size, format: shape.format) != nil else {
            throw GessoError(
                .invalidGeometry, stage: "pad", "Padding \(insets) makes the image too large to exist.",
                facts: ["found": "\(insets)"])
        }
        shape.placement = shape.placement.padded(
            left: insets.left, top: insets.top, right: insets.right, bottom: insets.bottom)
        shape.size = size
        shape.hasMask = shape.hasMask || !insets.isZero
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        let shape = try plan(frame.shape)
        let insets = insets(for: frame.bitmap.size)
        guard !insets.isZero else { return }
        let mask: Mask = if let mask = frame.mask { mask } else { try Mask(size: frame.bitmap.size, filledWith: 0) }
        frame.bitmap = try frame.bitmap.padded(
            left: insets.left, top: insets.top, right: insets.right, bottom: insets.bottom, fill: fill, alpha: alpha)
        frame.mask = try mask.padded(
            left: insets.left, top: insets.top, right: insets.right, bottom: insets.bottom, coverage: 255)
        frame.placement = shape.placement
    }
}

extension Bitmap.PadFill: CustomStringConvertible {
    public var description: String {
        switch self {
        case .extendEdges: "extended edges"
        case .blurredMirror: "blurred mirror"
        case .mean: "mean color"
        case .color(let color): "color \(color.red),\(color.green),\(color.blue)"
        }
    }
}
