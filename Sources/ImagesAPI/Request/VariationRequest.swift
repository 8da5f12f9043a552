#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A request for images like a given one.
public struct VariationRequest: Sendable, Hashable {
    /// The image; the legacy endpoint requires a square PNG under 4 MB.
    public var image: ImageUpload
    /// The model of the legacy endpoint; nil leaves it out.
    public var model: Model?
    /// How many images to make; nil leaves it to the server, which makes one.
    public var n: Int?
    /// The requested size; the legacy endpoint makes squares of 256, 512 and 1024 pixels.
    public var size: ImageSize?
    /// How the images are sent, `b64_json` or `url`; nil leaves it to the server.
    public var responseFormat: String?
    /// An id of your end user.
    public var user: String?
    /// Whether an edit is sent in place of the endpoint for variations, which is otherwise used whatever it accepts.
    ///
    /// Nil, the default, takes the endpoint if the server has it and accepts the request; an edit on OpenAI's hosts, where it
    /// is retired, and for images, sizes and options that it does not accept.
    public var isEmulated: Bool?
    /// The model of the edit that emulates the endpoint.
    public var emulationModel: Model
    /// The prompt of that edit.
    public var emulationPrompt = Self.defaultPrompt
    /// The size of that edit; nil takes ``size``.
    public var emulationSize: ImageSize?
    /// For edits only: the legacy endpoint does not have this field, so setting it selects the edit.
    public var quality: GenerationRequest.Level?
    /// For edits only: the legacy endpoint does not have this field, so setting it selects the edit.
    public var background: GenerationRequest.Background?
    /// For edits only: the legacy endpoint does not have this field, so setting it selects the edit.
    public var outputFormat: GenerationRequest.OutputFormat?

    /// The prompt of the edit that replaces the endpoint.
    public static let defaultPrompt =
        "Paint a variation of this image: the same subject, style and mood, with composition and details chosen anew."

    /// A variation of a square PNG.
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
        EditRequest(
            images: [image], prompt: emulationPrompt, model: emulationModel, n: n, size: emulationSize ?? size,
            quality: quality, background: background, outputFormat: outputFormat, user: user)
    }
}

extension VariationRequest {
    private static let maxLegacyBytes = 4_000_000
    private static let legacySizes: [ImageSize] = ["256x256", "512x512", "1024x1024"]

    /// Why the legacy endpoint refuses the request; nil if it does not.
    var legacyObstacle: ImagesAPIError? {
        guard image.contentType == .png, image.data.count < Self.maxLegacyBytes else {
            return failure(
                "takes one square PNG under 4 MB (found: \(image.contentType), \(image.data.count) bytes); convert it",
                found: "\(image.data.count)", allowed: "\(Self.maxLegacyBytes - 1)")
        }
        guard let size = image.pngSize, size.width == size.height else {
            let found = image.pngSize.map { "\($0.width)x\($0.height)" } ?? "no readable header"
            return failure("takes a square PNG (found: \(found)); crop it", found: found, allowed: "square")
        }
        if let size = self.size, !Self.legacySizes.contains(size) {
            let found = SanitizedText.sanitized(size.rawValue, limit: 32)
            return failure(
                "makes \(Self.legacySizes.listed), not \(found); request one of them", found: found,
                allowed: Self.legacySizes.listed)
        }
        let options = [
            ("quality", quality?.rawValue), ("background", background?.rawValue),
            ("outputFormat", outputFormat?.rawValue),
        ]
        if let (name, _) = options.first(where: { $0.1 != nil }) {
            return failure("has no \(name); leave it out", found: name, allowed: "n, size, responseFormat, user")
        }
        return nil
    }

    private func failure(_ why: String, found: String, allowed: String) -> ImagesAPIError {
        ImagesAPIError(
            .invalidRequest, "The endpoint for variations \(why), or set isEmulated to true.",
            facts: ["found": found, "allowed": allowed])
    }
}

extension ImageUpload {
    /// The dimensions that the header of a PNG states (W3C PNG, section 11.2.1), or nil for anything else.
    fileprivate var pngSize: (width: UInt32, height: UInt32)? {
        let head = [UInt8](data.prefix(24))
        guard contentType == .png, head.count == 24, head[12..<16].elementsEqual("IHDR".utf8) else { return nil }
        func number(at start: Int) -> UInt32 { head[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) } }
        return (number(at: 16), number(at: 20))
    }
}

extension VariationRequest {
    /// What is known to be wrong with this request, as an edit or for the legacy endpoint; computed offline.
    ///
    /// Unless ``isEmulated`` is false the edit is checked, since OpenAI's hosts receive that.
    public func validate(
        server: ServerProfile = .openAI, catalog: ModelProfile.Catalog = .current, today: Date = Date()
    ) -> [ModelProfile.Issue] {
        guard isEmulated == false else { return asEdit.validate(server: server, catalog: catalog, today: today) }
        do throws(ImagesAPIError) {
            try RequestRules.check(self)
            return []
        } catch {
            return [ModelProfile.Issue(isRefusal: true, field: "variation", message: error.message)]
        }
    }

    /// The estimated cost of the edit that emulates this variation; nil if ``isEmulated`` is false, since the endpoint's prices
    /// are not known.
    public func estimate(catalog: ModelProfile.Catalog = .current) -> CostEstimate? {
        isEmulated == false ? nil : asEdit.estimate(catalog: catalog)
    }
}
