extension ModelProfile {
    /// What a request with that usage costs, in ``Prices/currency``; nil where prices are unknown.
    ///
    /// Text and image tokens in and out, each at its price. A count the API leaves out is the rest of its sum; where it
    /// splits nothing, all input is text and all output is image. Cached prices do not apply to direct calls.
    /// - Parameter inBatch: whether the request was part of a batch; nil then unless the table has a price for batches.
    public func cost(of usage: Usage, inBatch: Bool = false) -> Double? {
        guard let prices, let factor = inBatch ? prices.batchFactor : 1 else { return nil }
        let input = usage.inputTokensDetails ?? Usage.Details()
        let output = usage.outputTokensDetails ?? Usage.Details()
        let textInput = Self.tokens(input.textTokens, of: usage.inputTokens, besides: input.imageTokens)
        let imageInput = input.imageTokens.map(Double.init) ?? max(Double(usage.inputTokens) - textInput, 0)
        let imageOutput = Self.tokens(output.imageTokens, of: usage.outputTokens, besides: output.textTokens)
        // Models that have no price for text do not charge for it.
        let textOutput = Double(output.textTokens ?? 0) * (prices.textOutput ?? 0)
        let sum = textInput * prices.textInput + max(imageInput, 0) * prices.imageInput
        return (sum + imageOutput * prices.imageOutput + max(textOutput, 0)) * factor / 1_000_000
    }

    /// A count, or what the other one leaves of the sum; in floating point, since a server may name any number.
    private static func tokens(_ count: Int?, of sum: Int, besides other: Int?) -> Double {
        max(count.map(Double.init) ?? Double(sum) - Double(other ?? 0), 0)
    }
}

extension Usage {
    /// What these tokens cost in US dollars at a model's prices, or nil where none are known.
    ///
    /// - Parameter inBatch: whether the request was part of a batch; nil then unless the table has a price for batches.
    public func dollars(model: Model, catalog: ModelCatalog = .current, inBatch: Bool = false) -> Double? {
        catalog.profile(for: model)?.cost(of: self, inBatch: inBatch)
    }
}
