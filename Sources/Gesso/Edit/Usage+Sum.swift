import ImagesAPI

extension Usage {
    /// The sum over several requests; nil when none of them told.
    static func sum(_ usages: [Usage?]) -> Usage? {
        let known = usages.compactMap { $0 }
        guard let first = known.first else { return nil }
        return known.dropFirst().reduce(first) { $0.adding($1) }
    }

    private func adding(_ other: Usage) -> Usage {
        Usage(
            inputTokens: inputTokens.adding(other.inputTokens), outputTokens: outputTokens.adding(other.outputTokens),
            totalTokens: totalTokens.adding(other.totalTokens),
            inputTokensDetails: Details.sum(inputTokensDetails, other.inputTokensDetails),
            outputTokensDetails: Details.sum(outputTokensDetails, other.outputTokensDetails))
    }
}

extension Usage.Details {
    /// A count that one side lacks makes the sum unknown, rather than too small.
    fileprivate static func sum(_ first: Self?, _ second: Self?) -> Self? {
        guard let first, let second else { return nil }
        func sum(_ one: Int?, _ other: Int?) -> Int? { one.flatMap { one in other.map { one.adding($0) } } }
        return Usage.Details(
            textTokens: sum(first.textTokens, second.textTokens),
            imageTokens: sum(first.imageTokens, second.imageTokens))
    }
}

extension Int {
    /// The sum, or the nearest number there is: a server may name any count.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
