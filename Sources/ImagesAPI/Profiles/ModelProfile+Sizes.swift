extension ModelProfile {
    /// The sizes that a model supports, besides `auto`.
    public enum Sizes: Sendable, Hashable {
        /// Only these.
        case fixed([ImageSize])
        /// All that follow the rule.
        case free(FreeSizes)
    }

    /// A rule for sizes, in pixels.
    public struct FreeSizes: Sendable, Hashable, Codable {
        /// Both edges are multiples of this.
        public var multipleOf: Int
        /// The longest side in pixels.
        public var maxEdge: Int
        /// The largest ratio of longer to shorter edge.
        public var maxRatio: Double
        /// The fewest pixels.
        public var minPixels: Int
        /// The most pixels.
        public var maxPixels: Int
        /// Sizes with more pixels than this are experimental.
        public var experimentalAbovePixels: Int?

        /// The rule for sizes that are not from a list.
        public init(
            multipleOf: Int, maxEdge: Int, maxRatio: Double, minPixels: Int, maxPixels: Int,
            experimentalAbovePixels: Int? = nil
        ) {
            self.multipleOf = multipleOf
            self.maxEdge = maxEdge
            self.maxRatio = maxRatio
            self.minPixels = minPixels
            self.maxPixels = maxPixels
            self.experimentalAbovePixels = experimentalAbovePixels
        }

        /// Whether any size can follow this rule.
        public var isUsable: Bool {
            multipleOf > 0 && multipleOf <= maxEdge && maxRatio >= 1 && maxRatio.isFinite && minPixels >= 0
                && minPixels <= maxPixels
        }
    }
}

extension ModelProfile.Sizes {
    /// Whether the model supports a size.
    public func allows(width: Int, height: Int) -> Bool {
        guard width > 0, height > 0 else { return false }
        switch self {
        case .fixed(let sizes): return sizes.contains { $0.width == width && $0.height == height }
        case .free(let rule):
            let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
            let longer = max(width, height), shorter = min(width, height)
            return rule.isUsable && !overflow && width % rule.multipleOf == 0 && height % rule.multipleOf == 0
                && longer <= rule.maxEdge && Double(longer) <= rule.maxRatio * Double(shorter)
                && rule.minPixels <= pixels && pixels <= rule.maxPixels
        }
    }
}

extension ModelProfile.Sizes: Codable {
    private enum CodingKeys: String, CodingKey { case fixed, free }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let sizes = try container.decodeIfPresent([ImageSize].self, forKey: .fixed) {
            self = .fixed(sizes)
        } else {
            let rule = try container.decode(ModelProfile.FreeSizes.self, forKey: .free)
            guard rule.multipleOf > 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .free, in: container, debugDescription: "multipleOf must be positive")
            }
            self = .free(rule)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .fixed(let sizes): try container.encode(sizes, forKey: .fixed)
        case .free(let rule): try container.encode(rule, forKey: .free)
        }
    }
}
