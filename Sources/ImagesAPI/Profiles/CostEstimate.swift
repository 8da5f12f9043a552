/// The estimated cost of a request, from published facts; nil means "not known", never "free".
public struct CostEstimate: Sendable, Hashable, Codable {
    /// Image tokens of all requested images, partial ones included; a range if the model chooses quality or size.
    public var outputTokens: ClosedRange<Int>?
    /// Text tokens of the prompt, estimated at one token for 2 to 6 bytes.
    public var promptTokens: ClosedRange<Int>
    /// US dollars for the generated images, without prompt and input images.
    public var outputDollars: ClosedRange<Double>?
    /// US dollars for the whole request; nil with input images, whose price is not published.
    public var dollars: ClosedRange<Double>?
    /// The day the prices were read.
    public var priceDate: String?
    /// The basis of the estimate, and what it does not include.
    public var notes: [String]
    /// Why ``dollars`` is nil, in one sentence; nil if the price is known.
    public var unknownReason: String?
}

extension CostEstimate: CustomStringConvertible {
    /// The price of the whole request in US dollars, or why it is not known.
    public var description: String {
        guard let dollars else { return "not known: \(unknownReason ?? "no price is published.")" }
        func text(_ price: Double) -> String { "\((price * 10_000).rounded() / 10_000)" }
        let (low, high) = (text(dollars.lowerBound), text(dollars.upperBound))
        return low == high ? "\(low) US dollars" : "\(low) to \(high) US dollars"
    }
}

extension GenerationRequest {
    /// The estimated cost of this request, computed offline.
    ///
    /// - Parameters:
    ///   - partialImages: how many partial images a stream asks for; each costs image tokens.
    ///   - inBatch: whether it will be part of a batch, at the price for batches if that is known.
    ///   - catalog: the table of models and prices.
    public func estimate(
        partialImages: Int = 0, inBatch: Bool = false, catalog: ModelProfile.Catalog = .current
    ) -> CostEstimate {
        CostEstimate(
            model: model, fields: commonFields, partialImages: partialImages, inputs: 0, inBatch: inBatch,
            catalog: catalog)
    }
}

extension EditRequest {
    /// The estimated cost of this request, computed offline; the price of input images is not published.
    ///
    /// - Parameters:
    ///   - partialImages: how many partial images a stream asks for; each costs image tokens.
    ///   - inBatch: whether it will be part of a batch, at the price for batches if that is known.
    ///   - catalog: the table of models and prices.
    public func estimate(
        partialImages: Int = 0, inBatch: Bool = false, catalog: ModelProfile.Catalog = .current
    ) -> CostEstimate {
        CostEstimate(
            model: model, fields: commonFields, partialImages: partialImages,
            inputs: max(images.count, references.count), inBatch: inBatch, catalog: catalog)
    }
}

extension CostEstimate {
    init(
        model: Model, fields: RequestChecker.Fields, partialImages: Int, inputs: Int, inBatch: Bool,
        catalog: ModelProfile.Catalog
    ) {
        let bytes = fields.prompt.utf8.count
        promptTokens = max(1, bytes / 6)...max(1, bytes / 2 + 1)
        notes = []
        guard let profile = catalog.profile(for: model) else {
            unknown("The model is not in the table of known models.")
            return
        }
        priceDate = profile.prices?.date
        outputTokens = Self.tokens(profile, fields, partialImages: min(max(partialImages, 0), 3))
        if outputTokens == nil {
            unknown("How many tokens an image takes is not published for \(profile.model); see usage.")
        }
        if inputs > 0 { unknown("The price of input images is not published; it comes on top.") }
        if fields.outputFormat == .svg {
            notes.append("The model that writes an svg is billed separately, at its own price.")
        }
        guard let prices = profile.prices else {
            unknown("No prices are known for \(profile.model).")
            return
        }
        notes.append("Prices of \(prices.date), \(prices.source).")
        guard let factor = inBatch ? prices.batchFactor : 1 else {
            unknown("The price of batches is not known for \(profile.model).")
            return
        }
        guard let tokens = outputTokens else { return }
        outputDollars = Self.dollars(tokens, each: prices.imageOutput * factor)
        guard inputs == 0 else { return }
        guard let output = outputDollars, let prompt = Self.dollars(promptTokens, each: prices.textInput * factor)
        else {
            unknown("The table has an invalid price for \(profile.model).")
            return
        }
        dollars = output.lowerBound + prompt.lowerBound...output.upperBound + prompt.upperBound
    }

    /// Adds a note that explains why the price is not known; the first one is the reason.
    private mutating func unknown(_ note: String) {
        notes.append(note)
        unknownReason = unknownReason ?? note
    }

    /// The price of tokens, from the price of a million; nil for an invalid price, as an edited table may contain.
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
            // If one of the possible values is unknown, so is the sum.
            guard let tokens = profile.tokens(quality: quality, size: fields.size) else { return nil }
            (low, high) = (min(low, tokens.lowerBound), max(high, tokens.upperBound))
        }
        let images = min(max(fields.n ?? 1, 1), max(profile.maxOutputImages, 1))
        // Larger counts are invalid, and their products could overflow.
        guard (0...high).contains(low), high <= 1_000_000_000, images <= 1_000_000 else { return nil }
        // The server may send fewer partial images than requested, at 100 tokens each.
        return low * images...(high + 100 * partialImages) * images
    }
}
