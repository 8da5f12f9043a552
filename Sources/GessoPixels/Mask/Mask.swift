/// The pixels that an edit may change: one byte for each, 0 keep, 255 edit, values in between partly.
///
/// Always in pixels of the upright image. In files and in the Images API the polarity differs (alpha 0 = edit, or
/// luminance); in this type 255 always means "edit here".
public struct Mask: Sendable, Equatable {
    /// The coverage as a `gray8` bitmap.
    public internal(set) var coverage: Bitmap

    /// A mask with a `gray8` bitmap as coverage. Throws `pixelFormatMismatch` for another format.
    public init(coverage: Bitmap) throws(GessoError) {
        guard coverage.format == .gray8 else {
            throw GessoError(
                .pixelFormatMismatch, stage: "mask",
                "A mask needs one 8-bit channel; this bitmap is \(coverage.format).",
                facts: ["found": "\(coverage.format)", "allowed": "gray8"])
        }
        self.coverage = coverage
    }

    public var size: Size { coverage.size }
}

extension Mask {
    /// The mask transformed like its image, from stored to upright pixels.
    public func oriented(_ orientation: Orientation) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.oriented(orientation))
    }

    /// The mask scaled like its image; `from` is the part of it to scale.
    ///
    /// The triangle filter never undershoots, so kept pixels away from the edge stay exactly 0.
    public func resized(
        to size: Size, from box: Box? = nil, filter: ResampleFilter = .triangle
    ) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.resized(to: size, from: box, filter: filter))
    }

    /// The part of the mask inside `rect`.
    public func cropped(to rect: Rect) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.cropped(to: rect))
    }

    /// The mask with pixels added around it, all with the coverage `new`: 255 to let the model fill them, 0 to keep
    /// them.
    public func padded(
        left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0, coverage new: UInt8
    ) throws(GessoError) -> Mask {
        try Mask(
            coverage: coverage.padded(
                left: left, top: top, right: right, bottom: bottom, fill: .color(Color(gray: new))))
    }
}
