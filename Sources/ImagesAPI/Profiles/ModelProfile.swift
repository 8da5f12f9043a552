/// What a model accepts, costs and when it ends: data, so that tomorrow's models need no new release.
public struct ModelProfile: Sendable, Hashable, Codable {
    public var model: Model
    /// Dated names of the same model.
    public var snapshots: [Model]
    public var state: State
    /// The day it came, `YYYY-MM-DD`.
    public var released: String?
    /// The day it was declared deprecated, if known.
    public var deprecated: String?
    /// The day it stops or stopped answering.
    public var shutdown: String?
    /// What to use instead.
    public var replacement: Model?
    public var sizes: Sizes
    public var qualities: [Quality]
    /// The formats pictures can come back in.
    public var formats: [OutputFormat]
    public var backgrounds: [Background]
    /// The fidelities that may be sent; empty means the field must be left out.
    public var inputFidelities: [InputFidelity]
    /// Whether `complexity` may be sent.
    public var supportsComplexity: Bool
    public var supportsMask: Bool
    public var supportsMarkup: Bool
    public var supportsStreaming: Bool
    public var supportsEdits: Bool
    /// Input pictures of one edit at most.
    public var maxImages: Int
    /// Pictures asked for at once at most.
    public var maxOutputImages: Int
    public var maxPromptCharacters: Int
    /// A picture must have fewer bytes than this.
    public var maxImageBytes: Int
    /// A mask must have fewer bytes than this. Sources disagree between 4 and 50 MB; the smaller one is safe.
    public var maxMaskBytes: Int
    /// The types pictures may be sent in.
    public var inputFormats: [ImageContentType]
    /// Whether pictures must be square.
    public var requiresSquareInput: Bool
    /// How output tokens are worked out, where that is known.
    public var outputTokens: OutputTokens
    public var prices: Prices?

    /// Where a model stands in its life.
    public enum State: String, Sendable, Hashable, Codable {
        case active, deprecated, ended
    }
}

extension ModelProfile {
    /// The profile of a model or of one of its dated snapshots, or nil for a model nobody has described.
    ///
    /// Looks in ``ModelCatalog/current``. An unknown model is no error: it is sent as it is, with a warning.
    public static func profile(for model: Model) -> ModelProfile? { ModelCatalog.current.profile(for: model) }
}

extension ModelProfile {
    /// The sizes a model paints in, besides `auto`.
    public enum Sizes: Sendable, Hashable {
        /// These and no others.
        case fixed([ImageSize])
        /// Any that keeps to the rule.
        case free(FreeSizes)
    }

    /// A rule for sizes, in pixels.
    public struct FreeSizes: Sendable, Hashable, Codable {
        /// Both edges are multiples of this.
        public var multipleOf: Int
        public var maxEdge: Int
        /// Longer edge over shorter edge at most.
        public var maxRatio: Double
        public var minPixels: Int
        public var maxPixels: Int
        /// Sizes with more pixels than this are experimental.
        public var experimentalAbovePixels: Int?

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
    }
}

extension ModelProfile.Sizes {
    /// Whether a size of so many pixels is one the model paints in.
    public func allows(width: Int, height: Int) -> Bool {
        guard width > 0, height > 0 else { return false }
        switch self {
        case .fixed(let sizes): return sizes.contains { $0.width == width && $0.height == height }
        case .free(let rule):
            let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
            let longer = max(width, height), shorter = min(width, height)
            return !overflow && width % rule.multipleOf == 0 && height % rule.multipleOf == 0 && longer <= rule.maxEdge
                && Double(longer) <= rule.maxRatio * Double(shorter)
                && (rule.minPixels...rule.maxPixels).contains(pixels)
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
