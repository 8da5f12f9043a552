public import GessoPixels

/// Resamples the image to fit a size, one of five ways (see `Placement.Fit`), or by a factor.
///
/// Alpha-weighted, so that transparent pixels never bleed their color.
public struct Resize: Stage, SkippingStage, Codable, Hashable {
    /// The size to fit, in pixels; a side of 0 follows from the other one and the image's aspect ratio.
    public var size: Size
    /// The factor of both sides in place of a size; nil takes ``size``.
    public var scale: Double?
    /// How the image fits the size.
    public var fit: Placement.Fit
    /// The resampling filter.
    public var filter: ResampleFilter
    /// Whether linear light is averaged, so that fine bright and dark detail keeps its brightness, and not encoded values.
    public var inLinearLight: Bool
    /// Whether an image that is smaller than `size` may be enlarged.
    public var enlarges: Bool
    /// Which part `cover` keeps, and where `contain` puts the image.
    public var gravity: Placement.Gravity
    /// What `contain` fills the rest with, in sRGB: transparent black adds an alpha channel; a color with alpha 255 does not,
    /// and an image in another profile is converted to sRGB then.
    public var background: Color

    /// Resizes to fit a size.
    public init(
        _ size: Size, fit: Placement.Fit = .inside, filter: ResampleFilter = .lanczos3,
        inLinearLight: Bool = false, enlarges: Bool = true, gravity: Placement.Gravity = .center,
        background: Color = .clear
    ) {
        self.size = size
        self.fit = fit
        self.filter = filter
        self.inLinearLight = inLinearLight
        self.enlarges = enlarges
        self.gravity = gravity
        self.background = background
    }

    /// Resizes to a width or a height, and the other side as the aspect ratio demands; with both, to fit inside.
    public init(width: Int? = nil, height: Int? = nil, enlarges: Bool = true) {
        self.init(Size(width: width ?? 0, height: height ?? 0), enlarges: enlarges)
    }

    /// Resizes both sides by a factor: 0.5 is half of each.
    public init(by scale: Double) {
        self.init(Size(width: 0, height: 0))
        self.scale = scale
    }

    // As stored pipelines name them.
    private enum CodingKeys: String, CodingKey {
        case size, scale, fit, filter, space = "light", enlarges, gravity, background
    }

    /// Decodes a stored stage; members of later releases that are missing have their defaults.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try container.decode(Size.self, forKey: .size), fit: try container.decode(Placement.Fit.self, forKey: .fit),
            filter: try container.decode(ResampleFilter.self, forKey: .filter),
            inLinearLight: try container.decode(ResampleFilter.Space.self, forKey: .space) == .linear,
            enlarges: try container.decode(Bool.self, forKey: .enlarges),
            gravity: try container.decodeIfPresent(Placement.Gravity.self, forKey: .gravity) ?? .center,
            background: try container.decodeIfPresent(Color.self, forKey: .background) ?? .clear)
        scale = try container.decodeIfPresent(Double.self, forKey: .scale)
    }

    /// Encodes the stage as stored pipelines have it.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(size, forKey: .size)
        try container.encodeIfPresent(scale, forKey: .scale)
        try container.encode(fit, forKey: .fit)
        try container.encode(filter, forKey: .filter)
        try container.encode(space, forKey: .space)
        try container.encode(enlarges, forKey: .enlarges)
        try container.encode(gravity, forKey: .gravity)
        try container.encode(background, forKey: .background)
    }

    /// The values that are averaged.
    var space: ResampleFilter.Space { inLinearLight ? .linear : .encoded }

    /// The target, the filter and the light, as a plan shows them.
    public var detail: String {
        let target =
            scale.map { "\($0) ×" }
            ?? (size.width == 0 ? "x\(size.height)" : size.height == 0 ? "\(size.width)x" : "\(fit.rawValue) \(size)")
        return "\(target), \(filter.rawValue)" + (space == .linear ? ", linear" : "")
            + (gravity == .center ? "" : ", \(gravity.rawValue)")
    }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        try shaped(shape, try steps(for: shape.size))
    }

    /// What is done to an image of that size. Throws `invalidGeometry` where the result could not exist.
    func steps(for imageSize: Size, anchor: Point? = nil) throws(GessoError) -> Steps {
        let steps = Steps(of: self, for: imageSize, anchor: anchor)
        let isMeant =
            scale.map { $0 > 0 && $0.isFinite } ?? (size.width >= 0 && size.height >= 0 && size.longEdge > 0)
        guard isMeant, Bitmap.byteCount(size: steps.frame, format: .rgba8) != nil else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "Cannot resize to \(scale.map { "\($0) times the size" } ?? "\(size)"); both sides must be at least 1, and "
                    + "the image must fit in memory.",
                facts: ["found": scale.map { "\($0)" } ?? "\(size)"])
        }
        return steps
    }

    /// The shape after these steps.
    func shaped(_ shape: Frame.Shape, _ steps: Steps) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.placement = shape.placement.resized(to: steps.scaled, from: steps.source)
        shape.size = steps.scaled
        let padding = steps.padding
        guard !padding.isZero else { return shape }
        if background.alpha < 255 {
            shape.format = shape.format.withAlpha
        } else {
            shape = try ConvertToSRGB().plan(shape)
            let isGray = background.red == background.green && background.green == background.blue
            if shape.format.layout == .gray, !isGray { shape.format = .rgb8 }
        }
        shape.placement = shape.placement.padded(
            left: padding.left, top: padding.top, right: padding.right, bottom: padding.bottom)
        shape.size = steps.frame
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
        let steps = try steps(for: frame.bitmap.size, anchor: try anchor(in: frame, of: frame.bitmap.size))
        let shape = try shaped(frame.shape, steps)
        try run(&frame, taking: steps.source, steps)
        frame.placement = shape.placement
    }

    /// Where the crop of an image of that size lies because of what the frame shows; nil where ``gravity`` alone tells.
    func anchor(in frame: Frame, of imageSize: Size) throws(GessoError) -> Point? {
        guard gravity == .attention, fit == .cover else { return nil }
        let target = Steps(of: self, for: imageSize).frame
        let size = frame.bitmap.size
        let focus: Point
        if let box = frame.focus ?? frame.mask?.boundingBox {
            focus = Point(
                x: (Double(box.x) + Double(box.width) / 2) / Double(size.width),
                y: (Double(box.y) + Double(box.height) / 2) / Double(size.height))
        } else {
            let kept = fit.sourceBox(for: imageSize, in: target)
            focus = try frame.bitmap.focusPoint(
                cropWidth: kept.width / Double(imageSize.width), cropHeight: kept.height / Double(imageSize.height))
        }
        return fit.anchor(for: focus, of: imageSize, in: target)
    }

    /// Scales the part of the frame in `box` and pads it, as `steps` say; leaves the placement as it was. The image covers
    /// `extent` of the frame, or all of it.
    func run(_ frame: inout Frame, taking box: Box, of extent: Box? = nil, _ steps: Steps) throws(GessoError) {
        frame.bitmap = try frame.bitmap.resized(
            to: steps.scaled, from: box, covering: extent, filter: filter, space: space)
        frame.mask = try frame.mask?.resized(to: steps.scaled, from: box)
        let padding = steps.padding
        guard !padding.isZero else { return }
        if background.alpha == 255 { try ConvertToSRGB().run(&frame) }
        frame.bitmap = try frame.bitmap.padded(
            left: padding.left, top: padding.top, right: padding.right, bottom: padding.bottom,
            fill: .color(background), alpha: background.alpha)
        frame.mask = try frame.mask?.padded(
            left: padding.left, top: padding.top, right: padding.right, bottom: padding.bottom, coverage: 0)
    }

    /// What a resize does to an image of one size: takes a part, scales it, pads it.
    struct Steps {
        /// The size to fit, with both sides.
        let frame: Size
        let source: Box
        let scaled: Size
        let padding: Pad.Insets

        init(of stage: Resize, for imageSize: Size, anchor: Point? = nil) {
            let size = stage.size
            var fit = stage.fit
            if let scale = stage.scale {
                frame = Size(
                    width: Placement.Fit.side(imageSize.width, scale),
                    height: Placement.Fit.side(imageSize.height, scale))
                fit = .fill
            } else if size.width == 0 {
                let scale = Double(size.height) / Double(max(1, imageSize.height))
                frame = Size(width: Placement.Fit.side(imageSize.width, scale), height: size.height)
                fit = .fill
            } else if size.height == 0 {
                let scale = Double(size.width) / Double(max(1, imageSize.width))
                frame = Size(width: size.width, height: Placement.Fit.side(imageSize.height, scale))
                fit = .fill
            } else {
                frame = size
            }
            let anchor = anchor ?? stage.gravity.anchor ?? Point(x: 0.5, y: 0.5)
            source = fit.sourceBox(for: imageSize, in: frame, anchor: anchor)
            scaled = fit.target(for: imageSize, in: frame, enlarging: stage.enlarges)
            padding = fit == .contain ? Pad.Insets(centering: scaled, in: frame, anchor: anchor) : Pad.Insets()
        }
    }
}
