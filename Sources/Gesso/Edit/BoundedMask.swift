import GessoPixels

/// The part of an image that an edit may touch: a mask cut to what it covers, so that a small edit of a large
/// photograph costs what the edit is large.
struct BoundedMask: Sendable {
    /// Where the mask lies on the image.
    let rect: Rect
    /// The mask's part inside ``rect``.
    let mask: Mask
    /// The whole image's size.
    let imageSize: Size

    /// Throws `maskEmpty` for a mask that covers nothing.
    init(_ mask: Mask) throws(GessoError) {
        guard let box = mask.boundingBox else {
            throw GessoError(.maskEmpty, stage: "mask", "The mask selects nothing to edit; select something.")
        }
        rect = box
        self.mask = try mask.cropped(to: box)
        imageSize = mask.size
    }

    private init(rect: Rect, mask: Mask, imageSize: Size) {
        self.rect = rect
        self.mask = mask
        self.imageSize = imageSize
    }

    /// The box of the area with a soft edge of `radius` pixels, cut to the image.
    func reach(_ radius: Int) -> Rect { rect.expanded(by: radius).intersection(Rect(imageSize)) }

    /// The area with a soft edge that reaches `radius` pixels further, cut to the image.
    func feathered(_ radius: Int) throws(GessoError) -> BoundedMask {
        guard radius > 0 else { return self }
        let expanded = rect.expanded(by: radius)
        let wide = try mask.padded(left: radius, top: radius, right: radius, bottom: radius, coverage: 0)
        return try BoundedMask(rect: expanded, mask: wide.feathered(radius: radius), imageSize: imageSize).cut()
    }

    /// What of the area lies in `box`; throws `maskEmpty` when nothing does.
    func cut(to box: Rect) throws(GessoError) -> BoundedMask {
        let part = try part(box)
        guard let inner = part.boundingBox else { return try BoundedMask(part) }
        return BoundedMask(
            rect: Rect(x: box.x + inner.x, y: box.y + inner.y, width: inner.width, height: inner.height),
            mask: try part.cropped(to: inner), imageSize: imageSize)
    }

    /// The area without what lies outside of the image.
    private func cut() throws(GessoError) -> BoundedMask {
        let inside = rect.intersection(Rect(imageSize))
        let part = Rect(x: inside.x - rect.x, y: inside.y - rect.y, width: inside.width, height: inside.height)
        return BoundedMask(rect: inside, mask: try mask.cropped(to: part), imageSize: imageSize)
    }

    /// The mask on the whole canvas of `placement`; 0 around it.
    func onCanvas(_ placement: Placement) throws(GessoError) -> Mask {
        let canvas = placement.canvas
        let near = placement.onCanvas(Point(x: Double(rect.x) - 1, y: Double(rect.y) - 1))
        let far = placement.onCanvas(Point(x: Double(rect.maxX) + 1, y: Double(rect.maxY) + 1))
        let target = Rect(enclosing: Box(left: near.x, top: near.y, right: far.x, bottom: far.y))
            .intersection(placement.content)
        guard !target.isEmpty else { return try Mask(size: canvas, filledWith: 0) }
        // Back from whole canvas pixels, so that the mask lies where the image does, to the fraction.
        let first = placement.onUpright(Point(x: Double(target.x), y: Double(target.y)))
        let last = placement.onUpright(Point(x: Double(target.maxX), y: Double(target.maxY)))
        let source = Box(left: first.x, top: first.y, right: last.x, bottom: last.y)
        let outer = Rect(enclosing: source)
        let resized = try part(outer).resized(
            to: target.size,
            from: Box(
                left: source.left - Double(outer.x), top: source.top - Double(outer.y),
                right: source.right - Double(outer.x), bottom: source.bottom - Double(outer.y)))
        return try resized.padded(
            left: target.x, top: target.y, right: canvas.width - target.maxX, bottom: canvas.height - target.maxY,
            coverage: 0)
    }

    /// The coverage in any rectangle of the image; 0 outside of ``rect``.
    func part(_ wanted: Rect) throws(GessoError) -> Mask {
        let shared = rect.intersection(wanted)
        guard !shared.isEmpty else { return try Mask(size: wanted.size, filledWith: 0) }
        let cut = try mask.cropped(
            to: Rect(x: shared.x - rect.x, y: shared.y - rect.y, width: shared.width, height: shared.height))
        return try cut.padded(
            left: shared.x - wanted.x, top: shared.y - wanted.y, right: wanted.maxX - shared.maxX,
            bottom: wanted.maxY - shared.maxY, coverage: 0)
    }

    /// The mask on the whole image.
    func whole() throws(GessoError) -> Mask { try part(Rect(imageSize)) }
}
