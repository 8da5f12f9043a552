/// What a model accepts, what it costs, and when it ends, as data, so that new models need no new release.
public struct ModelProfile: Sendable, Hashable, Codable {
    /// The model's name.
    public var model: Model
    /// Dated names of this model.
    public var snapshots: [Model]
    /// Whether the model is available.
    package var state: State
    /// The day of its release, `YYYY-MM-DD`.
    public var released: String?
    /// The day it was declared deprecated, if known.
    public var deprecated: String?
    /// The day from which it is no longer available.
    public var shutdown: String?
    /// The same at servers that have a day of their own, by the profile's name, or what precedes its first hyphen: `azure`.
    public var shutdowns: [String: String]?
    /// The model to use instead.
    public var replacement: Model?
    /// The accepted output sizes.
    package var sizes: Sizes
    /// The accepted qualities.
    public var qualities: [GenerationRequest.Level]
    /// The output formats.
    public var formats: [GenerationRequest.OutputFormat]
    /// The accepted backgrounds.
    public var backgrounds: [GenerationRequest.Background]
    /// The ``backgrounds`` that are a preview feature; nil for none.
    public var previewBackgrounds: [GenerationRequest.Background]?
    /// The accepted fidelities; empty means that the field must be left out.
    public var inputFidelities: [GenerationRequest.Level]
    /// Whether `complexity` is known to be accepted.
    public var supportsComplexity: Bool
    /// Whether edits accept a mask.
    public var supportsMask: Bool
    /// Whether edits accept a markup.
    public var supportsMarkup: Bool
    /// Whether responses can be streamed.
    public var supportsStreaming: Bool
    /// Whether the model edits images.
    public var supportsEdits: Bool
    /// The most input images of one edit.
    public var maxImages: Int
    /// The most images of one request.
    public var maxOutputImages: Int
    /// The longest prompt in characters.
    public var maxPromptCharacters: Int
    /// The size in bytes that every image must be below.
    public var maxImageBytes: Int
    /// The size in bytes that a mask must be below. Sources say 4 or 50 MB; this is the smaller one.
    public var maxMaskBytes: Int
    /// The accepted types of input images.
    public var inputFormats: [ImageUpload.ContentType]
    /// Whether images must be square.
    public var requiresSquareInput: Bool
    /// How output tokens are computed, if known.
    package var outputTokens: OutputTokens
    package var prices: Prices?

    /// A profile; the defaults are those of the GPT Image models of 2026.
    package init(
        model: Model, snapshots: [Model] = [], state: State = .active, released: String? = nil,
        deprecated: String? = nil, shutdown: String? = nil, shutdowns: [String: String]? = nil,
        replacement: Model? = nil, sizes: Sizes,
        qualities: [GenerationRequest.Level] = [.low, .medium, .high, .auto],
        formats: [GenerationRequest.OutputFormat] = [.png, .webp, .jpeg],
        backgrounds: [GenerationRequest.Background] = [.transparent, .opaque, .auto],
        previewBackgrounds: [GenerationRequest.Background]? = nil,
        inputFidelities: [GenerationRequest.Level] = [], supportsComplexity: Bool = false, supportsMask: Bool = true,
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
        self.shutdowns = shutdowns
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

    /// Whether the model is no longer available.
    public var hasEnded: Bool { state == .ended }
    /// Whether the model is declared deprecated: available until ``shutdown``, which may not be known.
    public var isDeprecated: Bool { state == .deprecated }

    /// Whether a model is available.
    package enum State: String, Sendable, Hashable, Codable {
        /// Available.
        case active
        /// Available until a day that is known or will be.
        case deprecated
        /// No longer available.
        case ended
    }
}

extension ModelProfile {
    /// The profile of a model or of one of its dated snapshots, or nil for an unknown model.
    ///
    /// Reads ``ModelProfile/Catalog/current``. An unknown model is not an error: it is sent with a warning.
    public static func profile(for model: Model) -> ModelProfile? { ModelProfile.Catalog.current.profile(for: model) }
}
