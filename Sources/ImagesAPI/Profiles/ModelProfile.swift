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
    public var qualities: [GenerationRequest.Quality]
    /// The formats images can come back in.
    public var formats: [GenerationRequest.OutputFormat]
    public var backgrounds: [GenerationRequest.Background]
    /// Those of ``backgrounds`` that are a preview of what is to come; nil for none.
    public var previewBackgrounds: [GenerationRequest.Background]?
    /// The fidelities that may be sent; empty means the field must be left out.
    public var inputFidelities: [EditRequest.InputFidelity]
    /// Whether `complexity` is known to be taken.
    public var supportsComplexity: Bool
    public var supportsMask: Bool
    public var supportsMarkup: Bool
    public var supportsStreaming: Bool
    public var supportsEdits: Bool
    /// Input images of one edit at most.
    public var maxImages: Int
    /// Images asked for at once at most.
    public var maxOutputImages: Int
    public var maxPromptCharacters: Int
    /// An image must have fewer bytes than this.
    public var maxImageBytes: Int
    /// A mask must have fewer bytes than this. Sources disagree between 4 and 50 MB; the smaller one is safe.
    public var maxMaskBytes: Int
    /// The types images may be sent in.
    public var inputFormats: [ImageUpload.ContentType]
    /// Whether images must be square.
    public var requiresSquareInput: Bool
    /// How output tokens are worked out, where that is known.
    package var outputTokens: OutputTokens
    package var prices: Prices?

    /// A profile; the defaults are those of the GPT Image models of 2026.
    package init(
        model: Model, snapshots: [Model] = [], state: State = .active, released: String? = nil,
        deprecated: String? = nil, shutdown: String? = nil, replacement: Model? = nil, sizes: Sizes,
        qualities: [GenerationRequest.Quality] = [.low, .medium, .high, .auto],
        formats: [GenerationRequest.OutputFormat] = [.png, .webp, .jpeg],
        backgrounds: [GenerationRequest.Background] = [.transparent, .opaque, .auto],
        previewBackgrounds: [GenerationRequest.Background]? = nil,
        inputFidelities: [EditRequest.InputFidelity] = [], supportsComplexity: Bool = false, supportsMask: Bool = true,
        supportsMarkup: Bool = false, supportsStreaming: Bool = true, supportsEdits: Bool = true, maxImages: Int = 16,
        maxOutputImages: Int = 10, maxPromptCharacters: Int = 32_000, maxImageBytes: Int = 50_000_000,
        maxMaskBytes: Int = 4_000_000, inputFormats: [ImageUpload.ContentType] = [.png, .jpeg, .webp],
        requiresSquareInput: Bool = false, outputTokens: OutputTokens = .unknown, prices: Prices? = nil
    ) {
        self.model = model
        self.snapshots = snapshots
        self.state = state
        self.released = released
        self.deprecated = deprecated
        self.shutdown = shutdown
        self.replacement = replacement
        self.sizes = sizes
        self.qualities = qualities
        self.formats = formats
        self.backgrounds = backgrounds
        self.previewBackgrounds = previewBackgrounds
        self.inputFidelities = inputFidelities
        self.supportsComplexity = supportsComplexity
        self.supportsMask = supportsMask
        self.supportsMarkup = supportsMarkup
        self.supportsStreaming = supportsStreaming
        self.supportsEdits = supportsEdits
        self.maxImages = maxImages
        self.maxOutputImages = maxOutputImages
        self.maxPromptCharacters = maxPromptCharacters
        self.maxImageBytes = maxImageBytes
        self.maxMaskBytes = maxMaskBytes
        self.inputFormats = inputFormats
        self.requiresSquareInput = requiresSquareInput
        self.outputTokens = outputTokens
        self.prices = prices
    }

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
