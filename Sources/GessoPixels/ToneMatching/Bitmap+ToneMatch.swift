extension Bitmap {
    /// The part of this image in `box`, resampled to `size`, with the edge pixels continued beyond the border.
    ///
    /// Unlike `resized(to:from:filter:space:)`, accepts a box that extends beyond the image by a few pixels, as
    /// registration may produce.
    package func sampled(_ box: Box, size target: Size, filter: ResampleFilter = .lanczos3) throws(GessoError) -> Bitmap
    {
        try sampled(box, size: target, filter: filter, rows: 0..<max(0, target.height))
    }

    /// The given rows of ``sampled(_:size:filter:)``, the same pixels as of the whole; the first row is a multiple of 16.
    package func sampled(
        _ box: Box, size target: Size, filter: ResampleFilter = .lanczos3, rows: Range<Int>
    ) throws(GessoError) -> Bitmap {
        let outside = max(-box.left, -box.top, box.right - Double(width), box.bottom - Double(height))
        guard outside > 0 else { return try resized(to: target, from: box, filter: filter, rows: rows) }
        guard outside < Double(size.longEdge) else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "A box extends \(outside) pixels beyond an image of \(size); at most \(size.longEdge) are supported.",
                facts: ["found": "\(outside)", "allowed": "\(size.longEdge)"])
        }
        let border = Int(outside.rounded(.up))
        let shift = Double(border)
        let wide = try padded(left: border, top: border, right: border, bottom: border, fill: .extendEdges, alpha: 255)
        return try wide.resized(
            to: target,
            from: Box(
                left: box.left + shift, top: box.top + shift, right: box.right + shift, bottom: box.bottom + shift),
            filter: filter, rows: rows)
    }

    /// The tone correction that matches this image to `reference` around an edit; nil if too few pixels are kept.
    ///
    /// Both show one canvas, this one moved by `alignment`. Compares a ring of `reach` pixels around `edited`, without
    /// the first two pixels and without what `ignored` selects, in 8-bit RGB.
    package func toneMatch(
        with reference: Bitmap, alignment: EditAudit.Alignment, edited: Mask, ignored: Mask? = nil, reach: Int = 96
    ) throws(GessoError) -> ToneMatch? {
        try edited.requireSize(reference.size)
        guard let box = edited.boundingBox else { return nil }
        let area = Rect(
            x: box.x - reach, y: box.y - reach, width: box.width + 2 * reach, height: box.height + 2 * reach
        ).intersection(Rect(reference.size))
        let wanted = try reference.cropped(to: area).opaqueRGB()
        let scaleX = Double(width) / Double(reference.width)
        let scaleY = Double(height) / Double(reference.height)
        let moved = alignment.moved(Box(area))
        let place = Box(
            left: moved.left * scaleX, top: moved.top * scaleY, right: moved.right * scaleX,
            bottom: moved.bottom * scaleY)
        let found = try sampled(place, size: area.size, filter: .triangle).opaqueRGB()
        var avoid = try edited.cropped(to: area).dilated(by: 2)
        if let ignored { avoid = try avoid.union(ignored.cropped(to: area)) }
        let keep = try avoid.inverted()
        return try ToneMatch(wanted: wanted, found: found, keep: keep, area: area)
    }

    private func opaqueRGB() throws(GessoError) -> Bitmap {
        try (format.hasAlpha ? flattened(onto: .black) : self).converted(to: .rgb8)
    }
}
