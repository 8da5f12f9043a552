extension ModelProfile {
    /// What tokens cost, and where that was read.
    public struct Prices: Sendable, Hashable, Codable {
        /// `USD`.
        public var currency: String
        /// US dollars per million tokens, standard processing.
        public var textInput: Double
        public var cachedTextInput: Double?
        public var imageInput: Double
        public var cachedImageInput: Double?
        public var imageOutput: Double
        public var textOutput: Double?
        /// What batches cost of the above, 0.5 for half; nil when not known.
        public var batchFactor: Double?
        /// The day the prices were read, `YYYY-MM-DD`.
        public var date: String
        public var source: String
    }

    /// How many image tokens a picture takes, as far as anybody has published it.
    public enum OutputTokens: Sendable, Hashable {
        /// Nothing is published; only `usage` tells.
        case unknown
        /// By quality, then size.
        case table([String: [String: Int]])
        /// tokens = ceil(L·S·(2,000,000 + W·H) / 4,000,000), S = round(L · shorter / longer edge), L by quality.
        case patches([String: Int])
    }
}

extension ModelProfile.OutputTokens: Codable {
    private enum CodingKeys: String, CodingKey { case table, patches }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let table = try container.decodeIfPresent([String: [String: Int]].self, forKey: .table) {
            self = .table(table)
        } else if let patches = try container.decodeIfPresent([String: Int].self, forKey: .patches) {
            self = .patches(patches)
        } else {
            self = .unknown
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .unknown: break
        case .table(let table): try container.encode(table, forKey: .table)
        case .patches(let patches): try container.encode(patches, forKey: .patches)
        }
    }
}

extension ModelProfile.OutputTokens {
    /// Image tokens of one picture, or nil where nobody knows.
    public func count(quality: Quality, width: Int, height: Int) -> Int? {
        switch self {
        case .unknown: return nil
        case .table(let table): return table[quality.rawValue]?["\(width)x\(height)"]
        case .patches(let patches):
            guard let long = patches[quality.rawValue], width > 0, height > 0, width <= 1 << 16, height <= 1 << 16
            else { return nil }
            let ratio = Double(min(width, height)) / Double(max(width, height))
            let short = Int((Double(long) * ratio).rounded())
            let product = long * short * (2_000_000 + width * height)
            return (product + 3_999_999) / 4_000_000
        }
    }
}
