/// The tokens that a request was billed for.
public struct Usage: Sendable, Hashable {
    /// Tokens of prompt and images.
    public var inputTokens: Int
    /// Tokens of the result.
    public var outputTokens: Int
    /// Input and output together.
    public var totalTokens: Int
    /// The input tokens that are text, if the server said it; as the next three.
    public var inputTextTokens: Int?
    /// The input tokens that are images.
    public var inputImageTokens: Int?
    /// The output tokens that are text.
    public var outputTextTokens: Int?
    /// The output tokens that are images.
    public var outputImageTokens: Int?

    /// A usage, e.g. for tests.
    public init(
        inputTokens: Int, outputTokens: Int, totalTokens: Int, inputTextTokens: Int? = nil,
        inputImageTokens: Int? = nil, outputTextTokens: Int? = nil, outputImageTokens: Int? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.totalTokens = totalTokens
        self.inputTextTokens = inputTextTokens
        self.inputImageTokens = inputImageTokens
        self.outputTextTokens = outputTextTokens
        self.outputImageTokens = outputImageTokens
    }
}

// In the API's own form.
extension Usage: Codable {
    private struct Details: Codable {
        var textTokens: Int?
        var imageTokens: Int?

        enum CodingKeys: String, CodingKey {
            case textTokens = "text_tokens"
            case imageTokens = "image_tokens"
        }

        init?(_ textTokens: Int?, _ imageTokens: Int?) {
            guard textTokens != nil || imageTokens != nil else { return nil }
            (self.textTokens, self.imageTokens) = (textTokens, imageTokens)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case inputTokens = "input_tokens"
        case outputTokens = "output_tokens"
        case totalTokens = "total_tokens"
        case inputTokensDetails = "input_tokens_details"
        case outputTokensDetails = "output_tokens_details"
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let input = try container.decodeIfPresent(Details.self, forKey: .inputTokensDetails)
        let output = try container.decodeIfPresent(Details.self, forKey: .outputTokensDetails)
        self.init(
            inputTokens: try container.decode(Int.self, forKey: .inputTokens),
            outputTokens: try container.decode(Int.self, forKey: .outputTokens),
            totalTokens: try container.decode(Int.self, forKey: .totalTokens),
            inputTextTokens: input?.textTokens, inputImageTokens: input?.imageTokens,
            outputTextTokens: output?.textTokens, outputImageTokens: output?.imageTokens)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(inputTokens, forKey: .inputTokens)
        try container.encode(outputTokens, forKey: .outputTokens)
        try container.encode(totalTokens, forKey: .totalTokens)
        try container.encodeIfPresent(Details(inputTextTokens, inputImageTokens), forKey: .inputTokensDetails)
        try container.encodeIfPresent(Details(outputTextTokens, outputImageTokens), forKey: .outputTokensDetails)
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
        let (inputs, outputs) = (members["input_tokens_details"], members["output_tokens_details"])
        self.init(
            inputTokens: input ?? 0, outputTokens: output ?? 0, totalTokens: total ?? (isTooLarge ? .max : sum),
            inputTextTokens: inputs?["text_tokens"]?.tokenCount, inputImageTokens: inputs?["image_tokens"]?.tokenCount,
            outputTextTokens: outputs?["text_tokens"]?.tokenCount,
            outputImageTokens: outputs?["image_tokens"]?.tokenCount)
    }

    /// The sum over several requests or images; nil for none.
    ///
    /// A kind of tokens that one of them lacks is nil in the sum, since the sum would be too small. Sums that overflow are
    /// the largest number.
    public init?(sumOf usages: [Usage]) {
        guard let first = usages.first else { return nil }
        func sum(_ tokens: KeyPath<Usage, Int?>) -> Int? {
            usages.dropFirst().reduce(first[keyPath: tokens]) { sum, usage in
                sum.flatMap { sum in usage[keyPath: tokens].map { sum.adding($0) } }
            }
        }
        self.init(
            inputTokens: usages.dropFirst().reduce(first.inputTokens) { $0.adding($1.inputTokens) },
            outputTokens: usages.dropFirst().reduce(first.outputTokens) { $0.adding($1.outputTokens) },
            totalTokens: usages.dropFirst().reduce(first.totalTokens) { $0.adding($1.totalTokens) },
            inputTextTokens: sum(\.inputTextTokens), inputImageTokens: sum(\.inputImageTokens),
            outputTextTokens: sum(\.outputTextTokens), outputImageTokens: sum(\.outputImageTokens))
    }
}

extension JSONValue {
    /// A count of tokens; a negative one counts as missing, since it would lower what has been spent.
    fileprivate var tokenCount: Int? { integerValue.flatMap { $0 < 0 ? nil : $0 } }
}

extension Int {
    /// The sum, or the nearest integer on overflow: a server may send any count.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
