/// The tokens that a request was billed for; a count that the server does not state is nil, never 0.
public struct Usage: Sendable, Hashable {
    /// Tokens of prompt and images.
    public var inputTokens: Int?
    /// Tokens of the result.
    public var outputTokens: Int?
    /// Input and output together.
    public var totalTokens: Int?
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
        inputTokens: Int? = nil, outputTokens: Int? = nil, totalTokens: Int? = nil, inputTextTokens: Int? = nil,
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
            inputTokens: try container.decodeIfPresent(Int.self, forKey: .inputTokens),
            outputTokens: try container.decodeIfPresent(Int.self, forKey: .outputTokens),
            totalTokens: try container.decodeIfPresent(Int.self, forKey: .totalTokens),
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
    /// The counts in a `usage` object, under the names of either API (`input_tokens` or `prompt_tokens`) or of Gemini's.
    ///
    /// Unknown keys are ignored, and a missing count is computed from the two others. Negative counts and 0 count as missing:
    /// no image is made of nothing, and some servers send 0 instead of counting. Nil without counts.
    init?(_ value: JSONValue?) {
        guard let members = value?.objectValue else { return nil }
        func count(_ names: String...) -> Int? {
            names.lazy.compactMap { members[$0]?.tokenCount }.first { $0 > 0 }
        }
        func kind(_ name: String, of places: String...) -> Int? {
            places.lazy.compactMap { members[$0]?[name]?.tokenCount }.first
        }
        var input = count("input_tokens", "prompt_tokens", "promptTokenCount")
        var output = count("output_tokens", "completion_tokens", "candidatesTokenCount")
        var total = count("total_tokens", "totalTokenCount")
        guard input != nil || output != nil || total != nil else { return nil }
        if let input, let output, total == nil { total = input.adding(output) }
        if let total, let output, input == nil, output < total { input = total - output }
        if let total, let input, output == nil, input < total { output = total - input }
        self.init(
            inputTokens: input, outputTokens: output, totalTokens: total,
            inputTextTokens: kind("text_tokens", of: "input_tokens_details", "prompt_tokens_details"),
            inputImageTokens: kind("image_tokens", of: "input_tokens_details", "prompt_tokens_details"),
            outputTextTokens: kind("text_tokens", of: "output_tokens_details", "completion_tokens_details"),
            outputImageTokens: kind("image_tokens", of: "output_tokens_details", "completion_tokens_details"))
    }

    /// The counts of a response; those of its image tool where it was made by the Responses API, whose other counts are
    /// of the model that called the tool.
    init?(ofResponse value: JSONValue) {
        if let tool = Usage(value["tool_usage"]?["image_gen"]) {
            self = tool
        } else if let usage = Usage(value["usage"]) ?? Usage(value["usageMetadata"]),
            value["object"]?.stringValue != "response"
        {
            self = usage
        } else {
            return nil
        }
    }

    /// The sum over several requests or images; nil for none.
    ///
    /// A count that one of them lacks is nil in the sum, since the sum would be too small. Sums that overflow are
    /// the largest number.
    public init?(sumOf usages: [Usage]) {
        guard let first = usages.first else { return nil }
        func sum(_ tokens: KeyPath<Usage, Int?>) -> Int? {
            usages.dropFirst().reduce(first[keyPath: tokens]) { sum, usage in
                sum.flatMap { sum in usage[keyPath: tokens].map { sum.adding($0) } }
            }
        }
        self.init(
            inputTokens: sum(\.inputTokens), outputTokens: sum(\.outputTokens), totalTokens: sum(\.totalTokens),
            inputTextTokens: sum(\.inputTextTokens), inputImageTokens: sum(\.inputImageTokens),
            outputTextTokens: sum(\.outputTextTokens), outputImageTokens: sum(\.outputImageTokens))
    }
}

extension JSONValue {
    /// A count of tokens; a negative one counts as missing, since it would lower what has been spent.
    fileprivate var tokenCount: Int? { (integerValue ?? stringValue.flatMap { Int($0) }).flatMap { $0 < 0 ? nil : $0 } }
}

extension Int {
    /// The sum, or the nearest integer on overflow: a server may send any count.
    fileprivate func adding(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
