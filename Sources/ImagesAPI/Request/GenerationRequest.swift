/// A request for new images from words alone.
///
/// Fields left nil are left out, so that the server's own default holds.
public struct GenerationRequest: Sendable, Hashable {
    /// What to paint; at most 32,000 characters for GPT Image models.
    public var prompt: String
    /// The model; the server promises no default, so it is always sent.
    public var model: Model
    /// How many images, 1…10.
    public var n: Int?
    public var size: ImageSize?
    public var quality: GenerationRequest.Quality?
    public var background: GenerationRequest.Background?
    public var outputFormat: GenerationRequest.OutputFormat?
    /// 0…100, for WebP and JPEG.
    public var outputCompression: Int?
    public var moderation: GenerationRequest.Moderation?
    public var complexity: GenerationRequest.Complexity?
    /// Frames of an animation, 2…16; GIF only.
    public var frameCount: Int?
    /// Milliseconds each frame is shown, at least 20; GIF only.
    public var frameDurationMilliseconds: Int?
    /// Who draws an SVG; SVG only.
    public var svg: GenerationRequest.SVGOptions?
    /// A stable, anonymous name of your end user, such as a hash.
    public var safetyIdentifier: String?
    /// The old name of ``safetyIdentifier``.
    public var user: String?
    /// For legacy and compatible servers; GPT Image models refuse it.
    public var responseFormat: GenerationRequest.ResponseFormat?
    /// Legacy `vivid` or `natural`.
    public var style: String?
    /// Fields this version does not know; they win over the ones above.
    public var extra: [String: JSONValue]

    public init(
        prompt: String, model: Model, n: Int? = nil, size: ImageSize? = nil, quality: GenerationRequest.Quality? = nil,
        background: GenerationRequest.Background? = nil, outputFormat: GenerationRequest.OutputFormat? = nil,
        outputCompression: Int? = nil,
        moderation: GenerationRequest.Moderation? = nil, safetyIdentifier: String? = nil, user: String? = nil,
        extra: [String: JSONValue] = [:]
    ) {
        self.prompt = prompt
        self.model = model
        self.n = n
        self.size = size
        self.quality = quality
        self.background = background
        self.outputFormat = outputFormat
        self.outputCompression = outputCompression
        self.moderation = moderation
        self.safetyIdentifier = safetyIdentifier
        self.user = user
        self.extra = extra
    }
}

extension GenerationRequest {
    /// Who authors an SVG, and how hard it thinks.
    public struct SVGOptions: Sendable, Hashable, Codable {
        /// The text model that writes the drawing; required to create, optional to edit.
        public var model: String?
        public var effort: GenerationRequest.ReasoningEffort?

        public init(model: String? = nil, effort: GenerationRequest.ReasoningEffort? = nil) {
            self.model = model
            self.effort = effort
        }
    }
}
