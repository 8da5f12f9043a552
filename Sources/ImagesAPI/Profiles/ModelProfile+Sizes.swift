extension ModelProfile {
    /// The sizes that a model supports, besides `auto`.
    package enum Sizes: Sendable, Hashable {
        /// Only these.
        case fixed([ImageSize])
        /// All that follow the rule.
        case free(FreeSizes)
    }

    /// A rule for sizes, in pixels.
    package struct FreeSizes: Sendable, Hashable, Codable {
        /// Both edges are multiples of this.
        package var multipleOf: Int
        /// The longest side in pixels.
        package var maxEdge: Int
        /// The largest ratio of longer to shorter edge.
        package var maxRatio: Double
        /// The fewest pixels.
        package var minPixels: Int
        /// The most pixels.
        package var maxPixels: Int
        /// Sizes with more pixels than this are experimental.
        package var experimentalAbovePixels: Int?

        /// The rule for sizes that are not from a list.
        package init(
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
        package var isUsable: Bool {
            multipleOf > 0 && multipleOf <= maxEdge && maxRatio >= 1 && maxRatio.isFinite && minPixels >= 0
                && minPixels <= maxPixels
        }
    }
}

extension ModelProfile {
    /// Whether the model makes images of a size; `auto` always.
    public func allows(_ size: ImageSize) -> Bool {
        guard let width = size.width, let height = size.height else { return size == .auto }
        return sizes.allows(width: width, height: height)
    }

    /// The sizes of a model that makes these and no others; nil if its sizes follow a rule, see ``allows(_:)``.
    public var listedSizes: [ImageSize]? {
        if case .fixed(let sizes) = sizes { sizes } else { nil }
    }
}

extension ModelProfile.Sizes {
    /// Whether the model supports a size.
    package func allows(width: Int, height: Int) -> Bool {
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

    package init(from decoder: any Decoder) throws {
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

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .fixed(let sizes): try container.encode(sizes, forKey: .fixed)
        case .free(let rule): try container.encode(rule, forKey: .free)
        }
    }
}
