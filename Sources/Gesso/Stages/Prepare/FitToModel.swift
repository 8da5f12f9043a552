public import GessoPixels
public import ImagesAPI

/// Places the image on a canvas that a model accepts: scaled down if it must be, padded where the canvas is larger.
///
/// Padding is filled as `padding` says, opaque around opaque images, and not selected for editing. See
/// `CanvasFit` for how the canvas is chosen. A model that the profile table does not know is treated like the
/// newest one; the server decides.
public struct FitToModel: Stage, Codable, Hashable {
    /// The model whose canvases count.
    public var model: Model
    /// The fill of added pixels.
    public var padding: Bitmap.PadFill
    /// The longest side that is sent; a smaller one costs less and hides detail. Nil is all that the model allows.
    public var longEdge: Int?
    /// Whether an image smaller than the smallest canvas is enlarged to it instead of padded.
    public var enlarges: Bool

    /// Fits images to a model's canvases.
    public init(_ model: Model, padding: Bitmap.PadFill = .extendEdges, longEdge: Int? = 1536, enlarges: Bool = false) {
        self.model = model
        self.padding = padding
        self.longEdge = longEdge
        self.enlarges = enlarges
    }

    public var detail: String {
        model.rawValue + (longEdge.map { ", long edge \($0)" } ?? "") + ", padding \(padding)"
            + (enlarges ? ", enlarging" : "")
    }

    /// The canvas for an image of that size.
    func canvas(for imageSize: Size) throws(GessoError) -> CanvasFit {
        try CanvasFit(
            for: imageSize, sizes: ModelProfile.known(or: model).sizes, longEdge: longEdge, enlarges: enlarges)
    }

    /// The resize and the padding of an image of that size.
    func pipeline(for imageSize: Size) throws(GessoError) -> Pipeline {
        let plan = try canvas(for: imageSize)
        return Pipeline {
            if plan.scaled != imageSize { Resize(plan.scaled, fit: .fill) }
            if !plan.padding.isZero { VisiblePadding(insets: plan.padding, fill: padding) }
        }
    }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        try pipeline(for: shape.size).plan(shape)
    }

    public func scratchBytes(_ shape: Frame.Shape) -> Int {
        (try? pipeline(for: shape.size).scratchBytes(shape)) ?? 0
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        try pipeline(for: frame.bitmap.size).run(&frame)
    }
}

/// Padding that the model sees and that nobody asked to edit: opaque around opaque images, transparent around others,
/// whose edges would otherwise get a frame of the black that lies under their transparency.
private struct VisiblePadding: Stage {
    var insets: Pad.Insets
    var fill: Bitmap.PadFill

    private func alpha(for format: Bitmap.Format) -> UInt8 { format.hasAlpha ? 0 : 255 }

    func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var padded = try Pad(insets, fill: fill, alpha: alpha(for: shape.format)).plan(shape)
        padded.hasMask = shape.hasMask
        return padded
    }

    func run(_ frame: inout Frame) throws(GessoError) {
        let shape = try plan(frame.shape)
        frame.bitmap = try frame.bitmap.padded(
            left: insets.left, top: insets.top, right: insets.right, bottom: insets.bottom, fill: fill,
            alpha: alpha(for: frame.bitmap.format))
        frame.mask = try frame.mask?.padded(
            left: insets.left, top: insets.top, right: insets.right, bottom: insets.bottom, coverage: 0)
        frame.placement = shape.placement
    }
}
