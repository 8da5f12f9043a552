import GessoPixels

/// A returned canvas with what is known of it: how it lies, how its levels differ, what it changed that it should not.
struct ResultPatch {
    let returned: Bitmap
    let placement: Placement
    let alignment: EditAudit.Alignment
    let tone: ToneMatch?
    let rawAudit: EditAudit

    init(_ returned: Bitmap, sent: Bitmap, area: BoundedMask, preparation: Preparation) throws(GessoError) {
        let options = preparation.options
        let mask = try area.onCanvas(preparation.placement)
        // What was transparent when it was sent may come back as anything.
        let unseen = sent.format.hasAlpha ? try Mask(alphaOf: sent) : nil
        let onCanvas = returned.size == sent.size ? returned : try returned.resized(to: sent.size)
        var alignment = EditAudit.Alignment.identity(on: sent.size)
        if options.registers {
            alignment = try onCanvas.alignment(
                with: sent, edited: unseen.map { (unseen) throws(GessoError) in try mask.union(unseen) } ?? mask)
        }
        // What is not known is not moved; what is known not to have moved is not resampled.
        let isUsed = alignment.isConfident && alignment.largestMotion(on: sent.size) > 0.05
        self.returned = returned
        self.placement = preparation.placement
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

    /// The returned pixels for a rectangle of the original, in sRGB, moved and matched.
    func pixels(for rect: Rect) throws(GessoError) -> Bitmap {
        let place = placement.box(of: rect, in: placement.canvas)
        let source = motion.moved(place).scaled(from: placement.canvas, to: returned.size)
        var patch = try returned.sampled(source, size: rect.size)
        if patch.format.layout == .gray { patch = try patch.converted(to: .rgb8) }
        try tone?.apply(to: &patch, placed: place)
        return patch
    }
}
