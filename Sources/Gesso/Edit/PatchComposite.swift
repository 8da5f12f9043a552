import GessoCodecs
import GessoPixels

/// The original with the returned pixels composited over its edited part, and the proof that everything else is unchanged.
struct PatchComposite {
    let frame: Frame
    let audit: EditAudit
    let touched: BoundedMask

    /// Works in place on the original's pixels and in bands of rows, so that an edit of the whole image takes hardly more
    /// memory than the image.
    init(
        _ patch: ResultPatch, over original: consuming Frame, area: BoundedMask, options: EditOptions
    ) throws(GessoError) {
        var frame = original
        if frame.bitmap.format.layout == .gray || frame.profile?.isGray == true {
            // A gray profile cannot describe the edit's colors.
            frame.bitmap = try frame.bitmap.converted(from: frame.profile, to: nil)
            if frame.bitmap.format.layout == .gray {
                frame.bitmap = try frame.bitmap.converted(to: frame.bitmap.format.bitsPerChannel == 8 ? .rgb8 : .rgb16)
            }
            if frame.profile != nil {
                frame.warnings.append(
                    .profileLeftOut("it is for gray and the edit is in color; the pixels were converted to sRGB"))
            }
            frame.profile = nil
        }
        let touched = try area.feathered(options.feather)
        let rect = touched.rect
        let hashBefore = frame.bitmap.hash(outside: rect)
        let seam = try SeamDifference(mask: touched.mask)
        let seamBefore = seam.meanDelta(in: frame.bitmap, left: rect.x, top: rect.y)
        var differences = DifferenceHistogram(format: frame.bitmap.format)
        for rows in RowBands(of: rect.size) {
            let mask = try touched.mask.cropped(
                to: Rect(x: 0, y: rows.lowerBound, width: rect.width, height: rows.count))
            let before = try frame.bitmap.cropped(
                to: Rect(x: rect.x, y: rect.y + rows.lowerBound, width: rect.width, height: rows.count))
            let edit = Frame(bitmap: try patch.pixels(for: rect, rows: rows))
            let after = try Composite(over: before, profile: frame.profile, mask: mask).run(edit).bitmap
            try differences.add(before: before, after: after, mask: mask)
            try frame.bitmap.paste(after, x: rect.x, y: rect.y + rows.lowerBound)
        }

        var audit = EditAudit(
            differences, seamDelta: seam.meanDelta(in: frame.bitmap, left: rect.x, top: rect.y),
            seamDeltaBefore: seamBefore, maskCoverage: touched.mask.coveredFraction)
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

/// Bands of rows that are worked on one after the other: some megapixels each, and multiples of 16 rows but for the last.
struct RowBands: Sequence {
    private let height: Int
    private let step: Int

    /// `margin` is how many rows above and below a band are needed to compute it.
    init(of size: Size, margin: Int = 0) {
        height = size.height
        step = RowBands.rowCount(width: size.width, margin: margin)
    }

    /// The most rows of a band of that width.
    static func rowCount(width: Int, margin: Int = 0) -> Int {
        (Swift.max(pixels / Swift.max(width, 1), 4 * margin, 16) + 15) / 16 * 16
    }

    private static let pixels = 1 << 21

    func makeIterator() -> AnyIterator<Range<Int>> {
        var next = 0
        return AnyIterator {
            guard next < height else { return nil }
            defer { next = Swift.min(height, next + step) }
            return next..<Swift.min(height, next + step)
        }
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
