extension Usage {
    /// What several pictures cost together; nil when nothing is known of any. Counts too large to be added stay at the
    /// largest there is.
    init?(sumOf usages: [Usage]) {
        guard let first = usages.first else { return nil }
        self = usages.dropFirst().reduce(first) { sum, usage in
            Usage(
                inputTokens: sum.inputTokens.addingClamped(usage.inputTokens),
                outputTokens: sum.outputTokens.addingClamped(usage.outputTokens),
                totalTokens: sum.totalTokens.addingClamped(usage.totalTokens),
                inputTokensDetails: Details(sum.inputTokensDetails, usage.inputTokensDetails),
                outputTokensDetails: Details(sum.outputTokensDetails, usage.outputTokensDetails))
        }
    }
}

extension Usage.Details {
    fileprivate init?(_ one: Self?, _ other: Self?) {
        guard let one, let other else {
            guard let known = one ?? other else { return nil }
            self = known
            return
        }
        func sum(_ tokens: KeyPath<Self, Int?>) -> Int? {
            guard let first = one[keyPath: tokens], let second = other[keyPath: tokens] else {
                return one[keyPath: tokens] ?? other[keyPath: tokens]
            }
            return first.addingClamped(second)
        }
        self.init(textTokens: sum(\.textTokens), imageTokens: sum(\.imageTokens))
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
