/// The tokens that a request was billed for.
public struct Usage: Sendable, Hashable, Codable {
    /// Tokens of prompt and images.
    public var inputTokens: Int
    /// Tokens of the result.
    public var outputTokens: Int
    /// Input and output together.
    public var totalTokens: Int
    /// The kinds of input tokens, if the server said it.
    public var inputTokensDetails: Details?
    /// The kinds of output tokens, if the server said it.
    public var outputTokensDetails: Details?

    /// Tokens by modality.
    public struct Details: Sendable, Hashable, Codable {
        /// Tokens of text.
        public var textTokens: Int?
        /// Tokens of images.
        public var imageTokens: Int?

        /// Counts by kind.
        public init(textTokens: Int? = nil, imageTokens: Int? = nil) {
            self.textTokens = textTokens
            self.imageTokens = imageTokens
        }

        enum CodingKeys: String, CodingKey {
            case textTokens = "text_tokens"
            case imageTokens = "image_tokens"
        }
    }

    /// A usage, e.g. for tests.
    public init(
        inputTokens: Int, outputTokens: Int, totalTokens: Int, inputTokensDetails: Details? = nil,
        outputTokensDetails: Details? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.totalTokens = totalTokens
        self.inputTokensDetails = inputTokensDetails
        self.outputTokensDetails = outputTokensDetails
    }

    enum CodingKeys: String, CodingKey {
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case totalTokens = "total_tokens"
        case inputTokensDetails = "input_tokens_details"
        case outputTokensDetails = "output_tokens_details"
    }
}

extension Usage {
    /// The counts in a `usage` object. Unknown keys are ignored, missing counts are computed if possible, and negative
    /// counts count as missing.
    init?(_ value: JSONValue?) {
        guard let members = value?.objectValue else { return nil }
        let input = members["input_tokens"]?.tokenCount
        let output = members["output_tokens"]?.tokenCount
        let total = members["total_tokens"]?.tokenCount
        guard input != nil || output != nil || total != nil else { return nil }
        let (sum, isTooLarge) = (input ?? 0).addingReportingOverflow(output ?? 0)
        self.init(
            inputTokens: input ?? 0, outputTokens: output ?? 0, totalTokens: total ?? (isTooLarge ? .max : sum),
            inputTokensDetails: Details(members["input_tokens_details"]),
            outputTokensDetails: Details(members["output_tokens_details"]))
    }
}

extension Usage.Details {
    init?(_ value: JSONValue?) {
        guard let members = value?.objectValue else { return nil }
        self.init(textTokens: members["text_tokens"]?.tokenCount, imageTokens: members["image_tokens"]?.tokenCount)
    }
}

extension JSONValue {
    /// A count of tokens; a negative one counts as missing, since it would lower what has been spent.
    fileprivate var tokenCount: Int? { integerValue.flatMap { $0 < 0 ? nil : $0 } }
}

extension Usage {
    /// The sum over several requests or images; nil for none.
    ///
    /// A detail that one of them lacks is nil in the sum, since the sum would be too small. Sums that overflow are the
    /// largest number.
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
    /// The sum, or the nearest integer on overflow: a server may send any count.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
