extension ModelProfile {
    /// The prices of tokens, and their source.
    package struct Prices: Sendable, Hashable, Codable {
        /// `USD`.
        package var currency: String
        /// US dollars per million tokens, standard processing.
        package var textInput: Double
        package var cachedTextInput: Double?
        package var imageInput: Double
        package var cachedImageInput: Double?
        package var imageOutput: Double
        package var textOutput: Double?
        /// The factor for batches, 0.5 for half the price; nil when not known.
        package var batchFactor: Double?
        /// The day the prices were read, `YYYY-MM-DD`.
        package var date: String
        package var source: String

        package init(
            currency: String = "USD", textInput: Double, cachedTextInput: Double? = nil, imageInput: Double,
            cachedImageInput: Double? = nil, imageOutput: Double, textOutput: Double? = nil,
            batchFactor: Double? = nil, date: String, source: String
        ) {
            self.currency = currency
            self.textInput = textInput
            self.cachedTextInput = cachedTextInput
            self.imageInput = imageInput
            self.cachedImageInput = cachedImageInput
            self.imageOutput = imageOutput
            self.textOutput = textOutput
            self.batchFactor = batchFactor
            self.date = date
            self.source = source
        }
    }

    /// How many image tokens an image takes, as far as that is published.
    package enum OutputTokens: Sendable, Hashable {
        /// Not published; only `usage` of a response has the number.
        case unknown
        /// By quality, then size.
        case table([String: [String: Int]])
        /// tokens = ceil(L·S·(2,000,000 + W·H) / 4,000,000), S = round(L · shorter / longer edge), L by quality.
        case patches([String: Int])
    }
}

extension ModelProfile.OutputTokens: Codable {
    private enum CodingKeys: String, CodingKey { case table, patches }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let table = try container.decodeIfPresent([String: [String: Int]].self, forKey: .table) {
            self = .table(table)
        } else if let patches = try container.decodeIfPresent([String: Int].self, forKey: .patches) {
            self = .patches(patches)
        } else {
            self = .unknown
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .unknown: break
        case .table(let table): try container.encode(table, forKey: .table)
        case .patches(let patches): try container.encode(patches, forKey: .patches)
        }
    }
}

extension ModelProfile.OutputTokens {
    /// Image tokens of one image, or nil if not known.
    package func count(quality: GenerationRequest.Level, width: Int, height: Int) -> Int? {
        switch self {
        case .unknown: return nil
        case .table(let table): return table[quality.rawValue]?["\(width)x\(height)"]
        case .patches(let patches):
            guard let long = patches[quality.rawValue], width > 0, height > 0, width <= 1 << 16, height <= 1 << 16
            else { return nil }
            let ratio = Double(min(width, height)) / Double(max(width, height))
            return Self.count(long, short: Double(long) * ratio, pixels: width * height)
        }
    }

    /// The fewest and the most image tokens of an image whose size the model chooses by a rule.
    ///
    /// The extremes are the longest and smallest size, and the square and largest one, even if the rule excludes them.
    func bounds(quality: GenerationRequest.Level, within rule: ModelProfile.FreeSizes) -> ClosedRange<Int>? {
        guard case .patches(let patches) = self, let long = patches[quality.rawValue], rule.isUsable,
            let fewest = Self.count(long, short: Double(long) / rule.maxRatio, pixels: rule.minPixels),
            let most = Self.count(long, short: Double(long), pixels: rule.maxPixels), fewest <= most
        else { return nil }
        return fewest...most
    }

    private static func count(_ long: Int, short: Double, pixels: Int) -> Int? {
        guard (1...1_000_000).contains(long), (0...1 << 32).contains(pixels) else { return nil }
        let (product, overflow) = (long * Int(short.rounded())).multipliedReportingOverflow(by: 2_000_000 + pixels)
        let (sum, isTooLarge) = product.addingReportingOverflow(3_999_999)
        return overflow || isTooLarge ? nil : sum / 4_000_000
    }
}

extension ModelProfile {
    /// Image tokens of one image: a range if the model chooses the size, nil if not known.
    func tokens(quality: GenerationRequest.Level, size: ImageSize?) -> ClosedRange<Int>? {
        func count(_ size: ImageSize) -> Int? {
            size.width.flatMap { width in
                size.height.flatMap { outputTokens.count(quality: quality, width: width, height: $0) }
            }
        }
        if let size, size != .auto { return count(size).map { $0...$0 } }
        switch sizes {
        case .free(let rule): return outputTokens.bounds(quality: quality, within: rule)
        case .fixed(let sizes):
            let counts = sizes.compactMap(count)
            guard counts.count == sizes.count, let low = counts.min(), let high = counts.max() else { return nil }
            return low...high
        }
    }
}

extension ModelProfile {
    /// The cost of a request with that usage, in US dollars; nil if prices or counts are not known.
    ///
    /// Text and image tokens of input and output each have a price. A missing count is the rest of its sum; without
    /// details all input counts as text and all output as image. Cached prices do not apply to direct calls.
    /// - Parameters:
    ///   - usage: the tokens that the request was billed for.
    ///   - inBatch: whether the request was part of a batch; nil then unless the table has a price for batches.
    public func cost(of usage: Usage, inBatch: Bool = false) -> Double? {
        guard let prices, let factor = inBatch ? prices.batchFactor : 1 else { return nil }
        // A cost without one of the two sides would be too low.
        guard let inputTokens = usage.inputTokens, let outputTokens = usage.outputTokens else { return nil }
        let textInput = Self.tokens(usage.inputTextTokens, of: inputTokens, besides: usage.inputImageTokens)
        let imageInput = usage.inputImageTokens.map(Double.init) ?? max(Double(inputTokens) - textInput, 0)
        let imageOutput = Self.tokens(usage.outputImageTokens, of: outputTokens, besides: usage.outputTextTokens)
        // Models that have no price for text do not charge for it.
        let textOutput = Double(usage.outputTextTokens ?? 0) * (prices.textOutput ?? 0)
        let sum = textInput * prices.textInput + max(imageInput, 0) * prices.imageInput
        return (sum + imageOutput * prices.imageOutput + max(textOutput, 0)) * factor / 1_000_000
    }

    /// A count, or the sum without the other count; in floating point, since a server may send any number.
    private static func tokens(_ count: Int?, of sum: Int, besides other: Int?) -> Double {
        max(count.map(Double.init) ?? Double(sum) - Double(other ?? 0), 0)
    }
}

extension Usage {
    /// The cost of these tokens in US dollars at a model's prices; nil if they are not known.
    ///
    /// - Parameters:
    ///   - model: the model that was billed.
    ///   - catalog: the table of models and prices.
    ///   - inBatch: whether the request was part of a batch; nil then unless the table has a price for batches.
    public func dollars(model: Model, catalog: ModelProfile.Catalog = .current, inBatch: Bool = false) -> Double? {
        catalog.profile(for: model)?.cost(of: self, inBatch: inBatch)
    }
}
