import GessoPixels

/// The part of an image that an edit may touch: a mask cropped to its bounding box, so that memory and time of an edit follow
/// the size of the edit and not that of the image.
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

    /// The box of the area with a soft edge of `radius` pixels, clipped to the image.
    func reach(_ radius: Int) -> Rect { rect.expanded(by: radius).intersection(Rect(imageSize)) }

    /// The area with a soft edge that reaches `radius` pixels further, clipped to the image; made in bands of rows.
    func feathered(_ radius: Int) throws(GessoError) -> BoundedMask {
        guard radius > 0 else { return self }
        let reach = reach(radius)
        var coverage = try Bitmap(size: reach.size, format: .gray8)
        for rows in RowBands(of: reach.size, margin: radius) {
            // No pixel has influence beyond the radius.
            let band = Rect(
                x: rect.x - radius, y: reach.y + rows.lowerBound - radius, width: rect.width + 2 * radius,
                height: rows.count + 2 * radius)
            let soft = try part(band).feathered(radius: radius)
            let inner = Rect(x: reach.x - band.x, y: radius, width: reach.width, height: rows.count)
            try coverage.paste(soft.cropped(to: inner).coverage, x: 0, y: rows.lowerBound)
        }
        return BoundedMask(rect: reach, mask: try Mask(coverage: coverage), imageSize: imageSize)
    }

    /// What of the area lies in `box`; throws `maskEmpty` when nothing does.
    func cropped(to box: Rect) throws(GessoError) -> BoundedMask {
        let part = try part(box)
        guard let inner = part.boundingBox else { return try BoundedMask(part) }
        return BoundedMask(
            rect: Rect(x: box.x + inner.x, y: box.y + inner.y, width: inner.width, height: inner.height),
            mask: try part.cropped(to: inner), imageSize: imageSize)
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
        let inner = try mask.cropped(
            to: Rect(x: shared.x - rect.x, y: shared.y - rect.y, width: shared.width, height: shared.height))
        return try inner.padded(
            left: shared.x - wanted.x, top: shared.y - wanted.y, right: wanted.maxX - shared.maxX,
            bottom: wanted.maxY - shared.maxY, coverage: 0)
    }

    /// The mask on the whole image.
    func whole() throws(GessoError) -> Mask { try part(Rect(imageSize)) }
}
