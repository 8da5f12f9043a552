import CGessoKernels

/// Measures how an edit changed the pixels that it should have kept.
///
/// "Outside" means coverage 0 in the given mask; for a composite, give the feathered mask.
public struct EditAudit: Sendable, Codable, Hashable {
    /// The fraction of kept pixels that differ, 0…1.
    public var changedOutside: Double
    /// The number of kept pixels that differ.
    public var changedPixelsOutside: Int
    /// The mean difference of kept pixels, in levels of 0…255; of each pixel its channel with the largest difference
    /// counts.
    public var meanDrift: Double
    /// The 99th percentile of the differences.
    public var p99Drift: Double
    /// The largest difference of any kept pixel.
    public var maxDrift: Double
    /// The mean ΔE2000 between neighboring pixels across the mask's border, after the edit.
    public var seamDelta: Double
    /// The same before the edit, for comparison.
    public var seamDeltaBefore: Double
    /// The fraction of the image that the mask selects, 0…1.
    public var maskCoverage: Double

    /// The estimated shift and scale of the result relative to the upload; nil if not measured.
    public var alignment: EditAudit.Alignment?
    /// The gain applied to red, green and blue; nil if no correction was applied.
    public var toneGain: [Double]?
    /// The offset in levels applied to red, green and blue; nil if no correction was applied.
    public var toneOffset: [Double]?
    /// The hash of the kept samples in the original; nil if not computed.
    public var keptHashBefore: String?
    /// The hash of the kept samples in the result; nil if not computed.
    public var keptHashAfter: String?

    /// Whether no kept pixel differs.
    public var isUntouchedOutside: Bool { changedPixelsOutside == 0 }

    /// Compares two images of the same size outside the mask and along its border.
    ///
    /// Images of different formats are first converted to a common one, which is exact. Throws `invalidGeometry` for
    /// different sizes, and `maskSizeMismatch`.
    public static func measuring(before: Bitmap, after: Bitmap, mask: Mask) throws(GessoError) -> EditAudit {
        guard before.size == after.size else {
            throw GessoError(
                .invalidGeometry, stage: "audit",
                "The images are \(before.size) and \(after.size); only images of one size can be compared.",
                facts: ["before": "\(before.size)", "after": "\(after.size)"])
        }
        try mask.requireSize(before.size)
        let format = before.format.joined(with: after.format)
        let (old, new) = (try before.converted(to: format), try after.converted(to: format))
        var differences = DifferenceHistogram(format: format)
        try differences.add(before: old, after: new, mask: mask)
        let seam = try SeamDifference(mask: mask)
        return EditAudit(
            differences, seamDelta: seam.meanDelta(in: new), seamDeltaBefore: seam.meanDelta(in: old),
            maskCoverage: mask.coveredFraction)
    }
}

extension Bitmap.Format {
    /// The smallest format that holds both.
    func joined(with other: Bitmap.Format) -> Bitmap.Format {
        let rank: [Layout] = [.gray, .rgb, .rgba]
        let layout = rank.last { $0 == self.layout || $0 == other.layout } ?? .rgba
        return Bitmap.Format(layout: layout, bitsPerChannel: max(bitsPerChannel, other.bitsPerChannel))
    }
}

extension EditAudit {
    /// ``measuring(before:after:mask:)``, and for two files without further information the estimated alignment, the
    /// tone correction around the mask, and hashes outside the mask's bounding box.
    ///
    /// An alignment without confidence is reported and not used; what cannot be estimated stays nil. Costs one
    /// registration more. Throws the same errors.
    public static func examining(before: Bitmap, after: Bitmap, mask: Mask) throws(GessoError) -> EditAudit {
        var audit = try measuring(before: before, after: after, mask: mask)
        // Hashes are comparable only within one format.
        let format = before.format.joined(with: after.format)
        let (old, new) = (try before.converted(to: format), try after.converted(to: format))
        let found = try new.alignment(with: old, edited: mask)
        audit.alignment = found
        let tone = try new.toneMatch(
            with: old, alignment: found.isConfident ? found : .identity(on: old.size), edited: mask)
        (audit.toneGain, audit.toneOffset) = (tone?.gain, tone?.offset)
        let box = mask.boundingBox ?? Rect(x: 0, y: 0, width: 0, height: 0)
        (audit.keptHashBefore, audit.keptHashAfter) = (old.hash(outside: box), new.hash(outside: box))
        return audit
    }
}

extension Bitmap {
    /// A hash of all samples outside `area`, as 16 hexadecimal digits.
    ///
    /// Detects accidental changes, not deliberate ones. About as fast as reading memory.
    public func hash(outside area: Rect) -> String {
        var state = gesso_hash_t()
        gesso_hash_start(&state)
        let pixel = format.bytesPerPixel
        let inside = area.intersection(Rect(size))
        withRows { rows in
            for y in 0..<height {
                let row = rows.row(y)
                if y >= inside.y, y < inside.maxY {
                    gesso_hash_bytes(&state, row, inside.x * pixel)
                    gesso_hash_bytes(&state, row + inside.maxX * pixel, (width - inside.maxX) * pixel)
                } else {
                    gesso_hash_bytes(&state, row, width * pixel)
                }
            }
        }
        let digits = String(gesso_hash_value(&state), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
