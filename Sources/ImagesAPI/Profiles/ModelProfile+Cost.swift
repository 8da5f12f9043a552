extension ModelProfile {
    /// What a request with that usage costs, in ``Prices/currency``; nil where prices are unknown.
    ///
    /// Text tokens and image tokens in and image tokens out, each at its price. The API's own split is used where it
    /// gives one, else all input is text and all output is image. Cached prices do not apply to direct calls.
    public func cost(of usage: Usage) -> Double? {
        guard let prices else { return nil }
        let text = usage.inputTokensDetails?.textTokens ?? usage.inputTokens
        let images = usage.inputTokensDetails?.imageTokens ?? 0
        let output = usage.outputTokensDetails?.imageTokens ?? usage.outputTokens
        let dollars = Double(text) * prices.textInput + Double(images) * prices.imageInput
        return (dollars + Double(output) * prices.imageOutput) / 1_000_000
    }
}
