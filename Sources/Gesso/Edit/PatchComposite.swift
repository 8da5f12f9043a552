import GessoCodecs
import GessoPixels

/// The original with the returned pixels laid over its edited part, and the proof of what that left alone.
struct PatchComposite {
    let frame: Frame
    let audit: EditAudit
    let touched: BoundedMask

    /// Works in place on the original's pixels: only the edited part exists twice.
    init(
        _ patch: ResultPatch, over original: consuming Frame, area: BoundedMask, options: EditOptions
    ) throws(GessoError) {
        var frame = original
        if frame.bitmap.format.layout == .gray {
            // A gray profile cannot describe the edit's colors.
            frame.bitmap = try frame.bitmap.converted(from: frame.profile, to: nil)
            frame.bitmap = try frame.bitmap.converted(to: frame.bitmap.format.bitsPerChannel == 8 ? .rgb8 : .rgb16)
            frame.profile = nil
        }
        let touched = try area.feathered(options.feather)
        let rect = touched.rect
        let before = try frame.bitmap.cropped(to: rect)
        let hashBefore = frame.bitmap.hash(outside: rect)
        let edit = Frame(bitmap: try patch.pixels(for: rect))
        let after = try Composite(over: before, profile: frame.profile, mask: touched.mask).run(edit).bitmap
        try frame.bitmap.paste(after, x: rect.x, y: rect.y)

        var audit = try EditAudit.measuring(before: before, after: after, mask: touched.mask)
        let kept = Double(frame.bitmap.width * frame.bitmap.height) - Double(rect.width * rect.height)
        audit.widen(by: kept, mask: Double(rect.width * rect.height))
        audit.alignment = patch.alignment
        audit.toneGain = patch.tone?.gain
        audit.toneOffset = patch.tone?.offset
        audit.keptHashBefore = hashBefore
        audit.keptHashAfter = frame.bitmap.hash(outside: rect)
        self.frame = frame
        self.audit = audit
        self.touched = touched
    }
}

extension EditAudit {
    /// Counts pixels that were not compared because the hashes vouch for them: `kept` of them around `measured`.
    fileprivate mutating func widen(by kept: Double, mask measured: Double) {
        let keptInside = measured * (1 - maskCoverage)
        let total = keptInside + kept
        if total > 0 {
            changedOutside = Double(changedPixelsOutside) / total
            meanDrift *= keptInside / total
        }
        maskCoverage *= measured / (measured + kept)
    }
}
