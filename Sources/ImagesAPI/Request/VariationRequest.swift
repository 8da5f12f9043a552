/// A request for pictures like a given one.
public struct VariationRequest: Sendable, Hashable {
    /// The picture; the legacy endpoint wants one square PNG under 4 MB.
    public var image: ImageUpload
    /// The legacy endpoint's model, and nil to leave it out.
    public var model: Model?
    public var n: Int?
    public var size: ImageSize?
    public var responseFormat: ResponseFormat?
    public var user: String?
    /// Whether to use the legacy endpoint, or an edit in its place.
    public var method = Method.automatic
    /// The model that edits where the endpoint is emulated.
    public var emulationModel: Model
    /// What that edit is told.
    public var emulationPrompt = Self.defaultPrompt

    public static let defaultPrompt =
        "Paint a variation of this picture: the same subject, style and mood, with composition and details chosen anew."

    public init(
        image: ImageUpload, model: Model? = nil, n: Int? = nil, size: ImageSize? = nil,
        emulationModel: Model = .gptImage26Flare
    ) {
        self.image = image
        self.model = model
        self.n = n
        self.size = size
        self.emulationModel = emulationModel
    }

    public enum Method: String, Sendable, Hashable, Codable {
        /// An edit on OpenAI's hosts, where the endpoint is retired; elsewhere the endpoint, and an edit where it is missing.
        case automatic
        /// The endpoint, whatever the host.
        case legacy
        /// An edit, whatever the host.
        case emulated
    }

    var fields: RequestFields {
        var fields = RequestFields()
        fields.set("model", model)
        fields.set("n", n)
        fields.set("size", size)
        fields.set("response_format", responseFormat)
        fields.set("user", user)
        return fields
    }

    var asEdit: EditRequest {
        EditRequest(images: [image], prompt: emulationPrompt, model: emulationModel, n: n, size: size, user: user)
    }
}

/// What a variation brought, and how it was made.
public struct VariationOutcome: Sendable {
    public var response: ImagesResponse
    /// True when the pictures come from an edit, since the server has no variations.
    public var isEmulated: Bool
    /// What the edit was told, when emulated.
    public var prompt: String?
}
