/// A request to edit images as a prompt says, within a mask if there is one.
///
/// Fields that are nil are left out, so that the server's own defaults apply.
public struct EditRequest: Sendable, Hashable {
    /// The images, 1…16; mask and markup apply to the first.
    public var images: [ImageUpload]
    /// A PNG with alpha and the dimensions of the first image; alpha 0 marks where to edit.
    public var mask: ImageUpload?
    /// Images by reference instead of ``images``; the edit is then sent as JSON.
    public var references: [EditRequest.Reference] = []
    /// The mask by reference, with ``references``.
    public var maskReference: EditRequest.Reference?
    /// A transparent image that is placed over the first image to guide the edit; excludes ``mask``.
    public var markup: ImageUpload?
    /// What to do; at most 32,000 characters for GPT Image models.
    public var prompt: String
    /// The model; always sent, since the server promises no default.
    public var model: Model
    /// How many images, 1…10.
    public var n: Int?
    /// The size of the result; nil leaves it to the server.
    public var size: ImageSize?
    /// The quality; nil leaves it to the server.
    public var quality: GenerationRequest.Level?
    /// The background; nil leaves it to the server.
    public var background: GenerationRequest.Background?
    /// The format of the result; nil leaves it to the server.
    public var outputFormat: GenerationRequest.OutputFormat?
    /// 0…100, for WebP and JPEG.
    public var outputCompression: Int?
    /// How closely to keep to the input; models that do not list it refuse it.
    public var inputFidelity: GenerationRequest.Level?
    /// How much effort the model plans with, apart from quality; nil leaves it to the server.
    public var complexity: GenerationRequest.Level?
    /// Frames of an animation, 2…16; GIF only.
    public var frameCount: Int?
    /// How long each frame is shown, in milliseconds, at least 20; GIF only.
    public var frameDurationMilliseconds: Int?
    /// The text model that writes an SVG; SVG only, required for generations.
    public var svgModel: String?
    /// How much that model reasons: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`.
    public var svgEffort: GenerationRequest.Level?
    /// A stable, anonymous id of your end user, such as a hash.
    public var safetyIdentifier: String?
    /// The old name of ``safetyIdentifier``.
    public var user: String?
    /// How strict the content filter is; only edits by reference have this field.
    public var moderation: GenerationRequest.Level?
    /// `b64_json` or `url`, for legacy and compatible servers; GPT Image models refuse it.
    public var responseFormat: String?
    /// Fields that this version does not know; they override the ones above.
    public var extra: [String: JSONValue]

    /// An edit of one or more images; the first one is edited, the others are references.
    public init(
        images: [ImageUpload], mask: ImageUpload? = nil, prompt: String, model: Model, n: Int? = nil,
        size: ImageSize? = nil, quality: GenerationRequest.Level? = nil,
        background: GenerationRequest.Background? = nil,
        outputFormat: GenerationRequest.OutputFormat? = nil, outputCompression: Int? = nil,
        inputFidelity: GenerationRequest.Level? = nil,
        safetyIdentifier: String? = nil, user: String? = nil, extra: [String: JSONValue] = [:]
    ) {
        self.images = images
        self.mask = mask
        self.prompt = prompt
        self.model = model
        self.n = n
        self.size = size
        self.quality = quality
        self.background = background
        self.outputFormat = outputFormat
        self.outputCompression = outputCompression
        self.inputFidelity = inputFidelity
        self.safetyIdentifier = safetyIdentifier
        self.user = user
        self.extra = extra
    }
}

extension EditRequest {
    /// An edit of images by reference: by URL, by file id, or within the JSON.
    public init(
        references: [EditRequest.Reference], mask: EditRequest.Reference? = nil, prompt: String, model: Model,
        n: Int? = nil,
        size: ImageSize? = nil, quality: GenerationRequest.Level? = nil,
        outputFormat: GenerationRequest.OutputFormat? = nil
    ) {
        self.init(
            images: [], prompt: prompt, model: model, n: n, size: size, quality: quality, outputFormat: outputFormat)
        self.references = references
        maskReference = mask
    }
}
