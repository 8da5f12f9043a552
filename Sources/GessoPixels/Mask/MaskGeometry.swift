extension Mask {
    /// The mask turned as its picture is: stored to upright.
    public func oriented(_ orientation: Orientation) throws(GessoError) -> Mask {
        try Mask(coverage: coverage.oriented(orientation))
    }

    /// The mask scaled as its picture is; `from` is the part of it that becomes the whole.
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
