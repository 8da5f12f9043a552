public import GessoPixels

/// Resamples the image to fit a size, one of five ways (see `Fit`).
///
/// Alpha-weighted, so that transparent pixels never bleed their color. `contain` centers the image and fills the
/// rest with transparent black.
public struct Resize: Stage, SkippingStage, Codable, Hashable {
    /// The size to fit, in pixels.
    public var size: Size
    /// How the image fits the size.
    public var fit: Placement.Fit
    /// The resampling filter.
    public var filter: ResampleFilter
    /// Whether encoded values or linear light are averaged.
    public var space: ResampleFilter.Space
    /// Whether an image that is smaller than `size` may be enlarged.
    public var enlarges: Bool

    /// Resizes to fit a size.
    public init(
        _ size: Size, fit: Placement.Fit = .inside, filter: ResampleFilter = .lanczos3,
        space: ResampleFilter.Space = .encoded,
        enlarges: Bool = true
    ) {
        self.size = size
        self.fit = fit
        self.filter = filter
        self.space = space
        self.enlarges = enlarges
    }

    // As stored pipelines name them.
    private enum CodingKeys: String, CodingKey { case size, fit, filter, space = "light", enlarges }

    public var detail: String { "\(fit.rawValue) \(size), \(filter.rawValue)" + (space == .linear ? ", linear" : "") }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard Bitmap.byteCount(size: size, format: .rgba8) != nil else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "Cannot resize to \(size); both sides must be at least 1, and the image must fit in memory.",
                facts: ["found": "\(size)"])
        }
        let steps = Steps(of: self, for: shape.size)
        var shape = shape
        shape.placement = shape.placement.resized(to: steps.scaled, from: steps.source)
        shape.size = steps.scaled
        if !steps.padding.isZero {
            let padding = steps.padding
            shape.placement = shape.placement.padded(
                left: padding.left, top: padding.top, right: padding.right, bottom: padding.bottom)
            shape.size = size
            shape.format = shape.format.withAlpha
        }
        return shape
    }

    /// Rows in between, and the weights of the taps.
    public func scratchBytes(_ shape: Frame.Shape) -> Int {
        let steps = Steps(of: self, for: shape.size)
        let padded =
            steps.padding.isZero ? 0 : Bitmap.byteCount(size: steps.scaled, format: shape.format) ?? Int.max / 4
        return padded.saturatingAdding(
            Bitmap.resizingScratchBytes(from: shape.size, to: steps.scaled, format: shape.format, filter, space))
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        let shape = try plan(frame.shape)
        let steps = Steps(of: self, for: frame.bitmap.size)
        try run(&frame, taking: steps.source, steps)
        frame.placement = shape.placement
    }

    /// Scales the part of the frame in `box` and pads it, as `steps` say; leaves the placement as it was.
    func run(_ frame: inout Frame, taking box: Box, _ steps: Steps) throws(GessoError) {
        frame.bitmap = try frame.bitmap.resized(to: steps.scaled, from: box, filter: filter, space: space)
        frame.mask = try frame.mask?.resized(to: steps.scaled, from: box)
        if !steps.padding.isZero {
            let padding = steps.padding
            frame.bitmap = try frame.bitmap.padded(
                left: padding.left, top: padding.top, right: padding.right, bottom: padding.bottom,
                fill: .color(.clear), alpha: 0)
            frame.mask = try frame.mask?.padded(
                left: padding.left, top: padding.top, right: padding.right, bottom: padding.bottom, coverage: 0)
        }
    }

    /// What a resize does to an image of one size: takes a part, scales it, pads it.
    struct Steps {
        let source: Box
        let scaled: Size
        let padding: Pad.Insets

        init(of stage: Resize, for imageSize: Size) {
            source = stage.fit.sourceBox(for: imageSize, in: stage.size)
            scaled = stage.fit.target(for: imageSize, in: stage.size, enlarging: stage.enlarges)
            padding = stage.fit == .contain ? Pad.Insets(centering: scaled, in: stage.size) : Pad.Insets()
        }
    }
}
