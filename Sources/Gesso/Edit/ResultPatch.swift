import GessoPixels

/// A result on its canvas with what was measured: its alignment with the upload, the difference in levels, and what the model
/// changed outside the mask.
struct ResultPatch {
    let returned: Bitmap
    let placement: Placement
    let alignment: EditAudit.Alignment
    let tone: ToneMatch?
    let rawAudit: EditAudit

    init(
        _ returned: Bitmap, sent: Bitmap, area: BoundedMask, placement: Placement, options: EditOptions
    ) throws(GessoError) {
        let mask = try area.onCanvas(placement)
        // The model may return anything for pixels that were transparent in the upload.
        let unseen = sent.format.hasAlpha ? try Mask(alphaOf: sent) : nil
        let onCanvas = returned.size == sent.size ? returned : try returned.resized(to: sent.size)
        var alignment = EditAudit.Alignment.identity(on: sent.size)
        if options.registers {
            alignment = try onCanvas.alignment(
                with: sent, edited: unseen.map { (unseen) throws(GessoError) in try mask.union(unseen) } ?? mask)
        }
        // An uncertain alignment is not used; a negligible one would only cost sharpness.
        let isUsed = alignment.isConfident && alignment.largestMotion(on: sent.size) > 0.05
        self.returned = returned
        self.placement = placement
        self.alignment = alignment
        motion = isUsed ? alignment : .identity(on: sent.size)
        tone =
            options.matchesTone
            ? try returned.toneMatch(with: sent, alignment: motion, edited: mask, ignored: unseen) : nil
        var audit = try EditAudit.measuring(before: sent, after: onCanvas, mask: mask)
        audit.alignment = alignment
        rawAudit = audit
    }

    private let motion: EditAudit.Alignment

    /// The given rows of the returned pixels for a rectangle of the original, in sRGB, moved and matched; the first row is a
    /// multiple of 16.
    func pixels(for rect: Rect, rows: Range<Int>) throws(GessoError) -> Bitmap {
        let place = placement.box(of: rect, in: placement.canvas)
        let source = motion.moved(place).scaled(from: placement.canvas, to: returned.size)
        var patch = try returned.sampled(source, size: rect.size, rows: rows)
        if patch.format.layout == .gray { patch = try patch.converted(to: .rgb8) }
        try tone?.apply(to: &patch, firstRow: rows.lowerBound, of: rect.height, placed: place)
        return patch
    }
}
