/// A request to generate images from a prompt.
///
/// Fields that are nil are left out, so that the server's own defaults apply. Encodes under the names of its properties, to
/// be stored in a queue; what is sent has the server's names.
public struct GenerationRequest: Sendable, Hashable, Codable {
    /// What to generate; at most 32,000 characters for GPT Image models.
    public var prompt: String
    /// The model; always sent, since the server promises no default.
    public var model: Model
    /// How many images, 1…10.
    public var n: Int?
    /// The size of the image; nil leaves it to the server.
    public var size: ImageSize?
    /// The quality; nil leaves it to the server.
    public var quality: Level?
    /// The background; nil leaves it to the server.
    public var background: Background?
    /// The format of the image; nil leaves it to the server.
    public var outputFormat: OutputFormat?
    /// 0…100, for WebP and JPEG.
    public var outputCompression: Int?
    /// How strictly prompts are moderated; nil leaves it to the server.
    public var moderation: Level?
    /// How much effort the model plans with, apart from quality; nil leaves it to the server.
    public var complexity: Level?
    /// Frames of an animation, 2…16; GIF only.
    public var frameCount: Int?
    /// How long each frame is shown, in milliseconds, at least 20; GIF only.
    public var frameDurationMilliseconds: Int?
    /// The text model that writes an SVG; SVG only, required.
    public var svgModel: String?
    /// How much that model reasons: `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`.
    public var svgEffort: Level?
    /// A stable, anonymous id of your end user, such as a hash.
    public var safetyIdentifier: String?
    /// The old name of ``safetyIdentifier``.
    public var user: String?
    /// `b64_json` or `url`, for legacy and compatible servers; GPT Image models refuse it.
    public var responseFormat: String?
    /// Legacy `vivid` or `natural`.
    public var style: String?
    /// Fields that this version does not know; they override the ones above.
    public var extra: [String: JSONValue]

    /// A request with the fields that are used most; set the others on the value.
    public init(
        prompt: String, model: Model, n: Int? = nil, size: ImageSize? = nil, quality: Level? = nil,
        background: Background? = nil, outputFormat: OutputFormat? = nil, outputCompression: Int? = nil,
        moderation: Level? = nil, safetyIdentifier: String? = nil, user: String? = nil,
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
