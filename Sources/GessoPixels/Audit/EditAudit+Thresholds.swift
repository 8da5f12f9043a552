extension EditAudit {
    /// Upper bounds for an audit; nil sets no bound.
    package struct Thresholds: Sendable, Hashable, Codable {
        /// The number of kept pixels that differ.
        package var changedPixels: Int?
        /// The mean difference of kept pixels, in levels of 0…255.
        package var meanDrift: Double?
        /// The 99th percentile of the differences, in levels.
        package var p99Drift: Double?
        /// The largest difference, in levels.
        package var maxDrift: Double?
        /// The increase of ΔE2000 across the mask's border.
        package var addedSeam: Double?

        /// No bounds.
        package init() {}

        /// No pixel outside the mask may differ, as in a composited edit.
        package static var untouched: EditAudit.Thresholds {
            var thresholds = EditAudit.Thresholds()
            thresholds.changedPixels = 0
            return thresholds
        }
    }
}

extension EditAudit {
    /// One sentence for each bound that is exceeded.
    package func violations(of thresholds: EditAudit.Thresholds) -> [String] {
        var found: [String] = []
        if let limit = thresholds.changedPixels, changedPixelsOutside > limit {
            found.append("\(changedPixelsOutside) pixels outside the mask differ, \(limit) are allowed")
        }
        let drifts = [
            ("mean drift", meanDrift, thresholds.meanDrift),
            ("99th percentile of drift", p99Drift, thresholds.p99Drift),
            ("largest drift", maxDrift, thresholds.maxDrift),
            ("ΔE2000 added at the seam", max(0, seamDelta - seamDeltaBefore), thresholds.addedSeam),
        ]
        for (name, value, limit) in drifts {
            if let limit, value > limit { found.append("the \(name) is \(value), \(limit) is allowed") }
        }
        if let before = keptHashBefore, let after = keptHashAfter, before != after, thresholds.changedPixels == 0 {
            found.append("the hash of the kept pixels changed from \(before) to \(after)")
        }
        return found
    }
}
