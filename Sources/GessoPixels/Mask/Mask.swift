/// Which pixels an edit may touch: one byte a pixel, 0 keep, 255 edit, in between a share.
///
/// Always in the upright image's pixels. Polarity exists only at the border: files and the Images API say it
/// with alpha (0 = edit) or luminance; in here 255 always means "edit here".
public struct Mask: Sendable, Equatable {
    /// The coverage as a `gray8` bitmap.
    public internal(set) var coverage: Bitmap

    /// Takes a `gray8` bitmap as coverage; another format throws `pixelFormatMismatch`.
    public init(coverage: Bitmap) throws(GessoError) {
        guard coverage.format == .gray8 else {
            throw GessoError(
                .pixelFormatMismatch, stage: "mask", "A mask is one 8-bit channel, this bitmap is \(coverage.format).",
                facts: ["found": "\(coverage.format)", "allowed": "gray8"])
        }
        self.coverage = coverage
    }

    public var size: Size { coverage.size }
}

extension Mask {
    /// The mask turned as its image is: stored to upright.
    public func oriented(_ orientation: Orientation) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.oriented(orientation))
    }

    /// The mask scaled as its image is; `from` is the part of it that becomes the whole.
    ///
    /// The triangle filter never undershoots, so kept pixels far from the edge stay exactly 0.
    public func resized(
        to size: Size, from box: Box? = nil, filter: ResampleFilter = .triangle
    ) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.resized(to: size, from: box, filter: filter))
    }

    /// The part of the mask inside `rect`.
    public func cropped(to rect: Rect) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.cropped(to: rect))
    }

    /// The mask with new pixels around it, all of one coverage: 255 to have the model paint them, 0 to keep them.
    public func padded(
        left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0, coverage new: UInt8
    ) throws(GessoError) -> Mask {
        try Mask(
            coverage: coverage.padded(
                left: left, top: top, right: right, bottom: bottom, fill: .color(Color(gray: new))))
    }
}
