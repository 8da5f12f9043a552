/// What an audit may find at most; nil sets no bound.
public struct AuditThresholds: Sendable, Hashable, Codable {
    /// Kept pixels that differ, in number.
    public var changedPixels: Int?
    /// Mean, 99th percentile and largest difference of kept pixels, in levels of 0…255.
    public var meanDrift: Double?
    public var p99Drift: Double?
    public var maxDrift: Double?
    /// ΔE2000 across the mask's border beyond what was there before.
    public var addedSeam: Double?

    /// No bounds.
    public init() {}

    /// Nothing outside the mask may differ: what a composited edit promises.
    public static var untouched: AuditThresholds {
        var thresholds = AuditThresholds()
        thresholds.changedPixels = 0
        return thresholds
    }
}

extension EditAudit {
    /// What exceeds the thresholds, one sentence each; empty when all is well.
    public func violations(of thresholds: AuditThresholds) -> [String] {
        var found: [String] = []
        if let limit = thresholds.changedPixels, changedPixelsOutside > limit {
            found.append("\(changedPixelsOutside) pixels outside the mask differ, \(limit) may")
        }
        let drifts = [
            ("mean drift", meanDrift, thresholds.meanDrift),
            ("99th percentile of drift", p99Drift, thresholds.p99Drift),
            ("largest drift", maxDrift, thresholds.maxDrift),
            ("seam's added ΔE2000", max(0, seamDelta - seamDeltaBefore), thresholds.addedSeam),
        ]
        for (name, value, limit) in drifts {
            if let limit, value > limit { found.append("the \(name) is \(value), \(limit) is allowed") }
        }
        if let before = keptHashBefore, let after = keptHashAfter, before != after, thresholds.changedPixels == 0 {
            found.append("the kept part's hash changed from \(before) to \(after)")
        }
        return found
    }
}
