/// What a request is likely to cost, as far as the published facts allow; nil stands for "unknown", never for nothing.
public struct CostEstimate: Sendable, Hashable, Codable {
    /// Image tokens of all images asked for, partials included; a range where quality or size are left to the model.
    public var outputTokens: ClosedRange<Int>?
    /// Text tokens of the prompt: a rough range of one token for 2 to 6 bytes.
    public var promptTokens: ClosedRange<Int>
    /// US dollars for the images that come back, without prompt and input images.
    public var outputDollars: ClosedRange<Double>?
    /// US dollars for the whole request; nil with input images, whose price nobody has published.
    public var dollars: ClosedRange<Double>?
    /// The day the prices were read.
    public var priceDate: String?
    /// What the figure rests on and what it leaves out.
    public var notes: [String]
}

extension GenerationRequest {
    /// What this request is likely to cost, worked out offline.
    ///
    /// - Parameter inBatch: whether it will be part of a batch, at the price for batches where that is known.
    public func estimate(
        partialImages: Int = 0, inBatch: Bool = false, catalog: ModelCatalog = .current
    ) -> CostEstimate {
        CostEstimate(
            model: model, fields: commonFields, partialImages: partialImages, inputs: 0, inBatch: inBatch,
            catalog: catalog)
    }
}

extension EditRequest {
    /// What this request is likely to cost, worked out offline; what input images cost is not published.
    ///
    /// - Parameter inBatch: whether it will be part of a batch, at the price for batches where that is known.
    public func estimate(
        partialImages: Int = 0, inBatch: Bool = false, catalog: ModelCatalog = .current
    ) -> CostEstimate {
        CostEstimate(
            model: model, fields: commonFields, partialImages: partialImages,
            inputs: max(images.count, references.count), inBatch: inBatch, catalog: catalog)
    }
}

extension CostEstimate {
    init(
        model: Model, fields: RequestChecker.Fields, partialImages: Int, inputs: Int, inBatch: Bool,
        catalog: ModelCatalog
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
            notes.append("How many tokens an image takes is not published for \(profile.model); see usage.")
        }
        if inputs > 0 { notes.append("What input images cost is not published; they come on top.") }
        if fields.outputFormat == .svg { notes.append("The author of an svg is billed apart, at its own price.") }
        guard let prices = profile.prices else {
            notes.append("No prices are known for \(profile.model).")
            return
        }
        notes.append("Prices of \(prices.date), \(prices.source).")
        guard let factor = inBatch ? prices.batchFactor : 1 else {
            notes.append("What batches cost is not known for \(profile.model).")
            return
        }
        guard let tokens = outputTokens else { return }
        outputDollars = Self.dollars(tokens, each: prices.imageOutput * factor)
        guard inputs == 0, let output = outputDollars,
            let prompt = Self.dollars(promptTokens, each: prices.textInput * factor)
        else { return }
        dollars = output.lowerBound + prompt.lowerBound...output.upperBound + prompt.upperBound
    }

    /// The price of so many tokens by that of a million; nil for one that is none, as an edited table may hold.
    private static func dollars(_ tokens: ClosedRange<Int>, each price: Double) -> ClosedRange<Double>? {
        guard price >= 0, price.isFinite else { return nil }
        return Double(tokens.lowerBound) * price / 1_000_000...Double(tokens.upperBound) * price / 1_000_000
    }

    private static func tokens(
        _ profile: ModelProfile, _ fields: RequestChecker.Fields, partialImages: Int
    ) -> ClosedRange<Int>? {
        let qualities = fields.quality.flatMap { $0 == .auto ? nil : [$0] } ?? profile.qualities.filter { $0 != .auto }
        var (low, high) = (Int.max, 0)
        for quality in qualities {
            // One unknown among the possible makes the whole unknown.
            guard let tokens = profile.tokens(quality: quality, size: fields.size) else { return nil }
            (low, high) = (min(low, tokens.lowerBound), max(high, tokens.upperBound))
        }
        let images = min(max(fields.n ?? 1, 1), max(profile.maxOutputImages, 1))
        // Counts beyond these come from no honest table, and their products from no arithmetic.
        guard (0...high).contains(low), high <= 1_000_000_000, images <= 1_000_000 else { return nil }
        // Fewer partials than asked for may come, at 100 tokens each.
        return low * images...(high + 100 * partialImages) * images
    }
}
