/// What a request is likely to cost, as far as the published facts allow; nil stands for "unknown", never for nothing.
public struct CostEstimate: Sendable, Hashable, Codable {
    /// Image tokens of all pictures asked for, partials included; a range where quality or size are left to the model.
    public var outputTokens: ClosedRange<Int>?
    /// Text tokens of the prompt: a rough range of one token for 2 to 6 bytes.
    public var promptTokens: ClosedRange<Int>
    /// US dollars for the above, input pictures not included.
    public var dollars: ClosedRange<Double>?
    /// The day the prices were read.
    public var priceDate: String?
    /// What the figure rests on and what it leaves out.
    public var notes: [String]
}

extension CreateRequest {
    /// What this request is likely to cost, worked out offline.
    public func estimate(partialImages: Int = 0, catalog: ModelCatalog = .current) -> CostEstimate {
        CostEstimate(model: model, fields: commonFields, partialImages: partialImages, inputs: 0, catalog: catalog)
    }
}

extension EditRequest {
    /// What this request is likely to cost, worked out offline; what input pictures cost is not published.
    public func estimate(partialImages: Int = 0, catalog: ModelCatalog = .current) -> CostEstimate {
        CostEstimate(
            model: model, fields: commonFields, partialImages: partialImages,
            inputs: max(images.count, references.count), catalog: catalog)
    }
}

extension CostEstimate {
    init(
        model: Model, fields: RequestChecker.Fields, partialImages: Int, inputs: Int, catalog: ModelCatalog
    ) {
        let bytes = fields.prompt.utf8.count
        promptTokens = max(1, bytes / 6)...max(1, bytes / 2 + 1)
        notes = []
        guard let profile = catalog.profile(for: model) else {
            notes.append("The model is not in the table of known models.")
            return
        }
        priceDate = profile.prices?.date
        outputTokens = Self.tokens(profile, fields, partialImages: min(max(partialImages, 0), 3))
        if outputTokens == nil {
            notes.append("How many tokens a picture takes is not published for \(profile.model); see usage.")
        }
        if inputs > 0 { notes.append("What input pictures cost is not published; they come on top.") }
        if fields.outputFormat == .svg { notes.append("The author of an svg is billed apart, at its own price.") }
        guard let prices = profile.prices else {
            notes.append("No prices are known for \(profile.model).")
            return
        }
        notes.append("Prices of \(prices.date), \(prices.source).")
        guard let tokens = outputTokens, inputs == 0 else { return }
        func price(_ output: Int, _ prompt: Int) -> Double {
            (Double(output) * prices.imageOutput + Double(prompt) * prices.textInput) / 1_000_000
        }
        dollars = price(tokens.lowerBound, promptTokens.lowerBound)...price(tokens.upperBound, promptTokens.upperBound)
    }

    private static func tokens(
        _ profile: ModelProfile, _ fields: RequestChecker.Fields, partialImages: Int
    ) -> ClosedRange<Int>? {
        let qualities = fields.quality.flatMap { $0 == .auto ? nil : [$0] } ?? profile.qualities.filter { $0 != .auto }
        let sizes =
            fields.size.flatMap { $0 == .auto ? nil : [$0] }
            ?? [.square1024, .landscape1536x1024, .portrait1024x1536]
        let counts = qualities.flatMap { quality in
            sizes.map { size in
                size.width.flatMap { width in
                    size.height.flatMap { profile.outputTokens.count(quality: quality, width: width, height: $0) }
                }
            }
        }
        // One unknown among the possible makes the whole unknown.
        let known = counts.compactMap { $0 }
        guard known.count == counts.count, let low = known.min(), let high = known.max() else { return nil }
        let pictures = min(max(fields.n ?? 1, 1), profile.maxOutputImages)
        // Fewer partials than asked for may come, at 100 tokens each.
        return low * pictures...(high + 100 * partialImages) * pictures
    }
}

extension Usage {
    /// What these tokens cost in US dollars at a model's standard prices, or nil where no prices are known.
    ///
    /// text in · T + image in · I + image out · O, as OpenAI's guide describes; cached prices do not apply to direct calls.
    public func dollars(model: Model, catalog: ModelCatalog = .current) -> Double? {
        guard let prices = catalog.profile(for: model)?.prices else { return nil }
        let imageInput = inputTokensDetails?.imageTokens ?? 0
        let textInput = inputTokensDetails?.textTokens ?? max(inputTokens - imageInput, 0)
        let imageOutput = outputTokensDetails?.imageTokens ?? outputTokens
        let textOutput = Double(outputTokensDetails?.textTokens ?? 0) * (prices.textOutput ?? 0)
        let sum = Double(textInput) * prices.textInput + Double(imageInput) * prices.imageInput
        return (sum + Double(imageOutput) * prices.imageOutput + textOutput) / 1_000_000
    }
}
