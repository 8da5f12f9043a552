extension Usage {
    /// What several requests or images took together; nil for none.
    ///
    /// A detail that one of them does not tell is unknown in the sum, rather than too small. Counts too large to be added
    /// stay at the largest there is.
    public init?(sumOf usages: [Usage]) {
        guard let first = usages.first else { return nil }
        self = usages.dropFirst().reduce(first) { sum, usage in
            Usage(
                inputTokens: sum.inputTokens.adding(usage.inputTokens),
                outputTokens: sum.outputTokens.adding(usage.outputTokens),
                totalTokens: sum.totalTokens.adding(usage.totalTokens),
                inputTokensDetails: Details(sum.inputTokensDetails, usage.inputTokensDetails),
                outputTokensDetails: Details(sum.outputTokensDetails, usage.outputTokensDetails))
        }
    }
}

extension Usage.Details {
    fileprivate init?(_ one: Self?, _ other: Self?) {
        guard let one, let other else { return nil }
        func sum(_ tokens: KeyPath<Self, Int?>) -> Int? {
            one[keyPath: tokens].flatMap { count in other[keyPath: tokens].map { count.adding($0) } }
        }
        self.init(textTokens: sum(\.textTokens), imageTokens: sum(\.imageTokens))
    }
}

extension Int {
    /// The sum, or the nearest number there is: a server may name any count.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
