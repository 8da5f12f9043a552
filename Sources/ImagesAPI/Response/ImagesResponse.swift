#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The images of a response, and what the server says about them.
public struct ImagesResponse: Sendable {
    /// When the images were made, in Unix seconds.
    public var created: Int?
    /// The images in the server's order.
    public var images: [ImagesResponse.GeneratedImage]
    /// The background that was used, if the server said it.
    public var background: GenerationRequest.Background?
    /// The format that was used, if the server said it.
    public var outputFormat: GenerationRequest.OutputFormat?
    /// The quality that was used, if the server said it.
    public var quality: GenerationRequest.Level?
    /// The size that was used, if the server said it.
    public var size: ImageSize?
    /// The end user that the server attributes the request to.
    public var safetyIdentifier: String?
    /// The tokens used, if the server said it.
    public var usage: Usage?
    /// The tokens of the model that wrote an SVG, billed apart from ``usage``; its name is in ``raw``.
    public var svgUsage: Usage?
    /// The cost in US dollars as the server states it (`usage.cost`, `cost_in_usd_ticks`, `x-litellm-response-cost`), not
    /// computed from ``usage``.
    public var reportedCost: Double?
    /// The server's id of the request (`x-request-id`, or as a gateway names it).
    public var requestID: String?
    /// The HTTP status; 200 for responses that did not come over HTTP.
    public var status: Int
    /// The header fields of the response, unchanged.
    public var headers: [(String, String)]
    /// The whole response, known fields and others; images are replaced by null.
    public var raw: JSONValue
    /// How many attempts were made until the request succeeded.
    public var attempts: Int
    /// The path of the raw response, when the configuration has a spool.
    public var spooledFile: String?
    /// The key of the purchase in the journal, when the configuration has one.
    public var purchaseKey: String?
    /// False only for a saved response that is truncated: its other fields may be incomplete or missing.
    public var isComplete = true
    /// The prompt of the edit that the images come from, where a variation was asked for and the server has none, or not of
    /// this kind; nil for all other responses.
    public var emulationPrompt: String? { emulation?.text }
    var emulation: HiddenText?
    /// The base URL of the server that sent it, whose own addresses may be fetched; nil for saved responses.
    var baseURL: String?

    /// The first image's bytes, or nil when there are none.
    public var data: Data? { images.first?.data }
}

extension ImagesResponse {
    /// One image of a response.
    ///
    /// Only its first bytes are checked, and it is not decoded here: a file that the server truncated is returned as it is.
    /// `Gesso` decodes every image that it finishes.
    public struct GeneratedImage: Sendable, Hashable {
        /// The file's bytes, or nil when the server sent a URL instead; see ``ImagesResponse/fetchingImages(policy:)``.
        public var data: Data?
        /// The path of the image's file, when the configuration has an `imageDirectory`; ``data`` is then mapped into
        /// memory.
        public var file: String?
        /// The image's URL, if the server sent one; it may be valid for a short time only.
        public var url: String?
        /// The prompt as a legacy model rewrote it.
        public var revisedPrompt: String?
        /// The type that the bytes show; nil without bytes, or when it is not known here.
        public var contentType: ImageUpload.ContentType?

        /// An image, e.g. for tests.
        public init(data: Data?, url: String? = nil, revisedPrompt: String? = nil) {
            self.data = data
            self.url = url
            self.revisedPrompt = revisedPrompt
            contentType = data.flatMap { ImageUpload.ContentType(sniffing: $0) }
        }
    }
}

extension ImagesResponse {
    /// The response in a scanned document.
    ///
    /// Images count first where the API has them, then anywhere; addresses of images only where there is no image. A
    /// document that states an error, a refusal or an unfinished job has no results, whatever else is in it.
    ///
    /// - Throws: what ``ResponseProblem`` says, `emptyResponse` without images, `malformedImage` when the bytes of an image
    ///   are not an image.
    init(_ document: ScannedDocument, head: ResponseHead) throws(ImagesAPIError) {
        let value = document.value
        let item = Self.imageItem(in: value) ?? value
        created = (value["created"] ?? value["created_at"])?.unixSeconds
        background = item["background"]?.stringValue.map(GenerationRequest.Background.init(rawValue:))
        outputFormat = item["output_format"]?.stringValue.map(GenerationRequest.OutputFormat.init(rawValue:))
        quality = item["quality"]?.stringValue.map(GenerationRequest.Level.init(rawValue:))
        size = item["size"]?.stringValue.map(ImageSize.init(rawValue:))
        safetyIdentifier = value["safety_identifier"]?.stringValue
        usage = Usage(ofResponse: value)
        svgUsage = Usage(value["svg_usage"])
        reportedCost = ReportedCost.dollars(value, head: head)
        requestID = head.requestID ?? value.requestID
        status = head.status
        headers = head.fields
        baseURL = head.baseURL
        raw = value
        attempts = 1
        images = try Self.images(in: document, head: head)
        try Self.check(images, declared: outputFormat, head: head)
    }

    /// The item of a response of the Responses API that describes its image.
    private static func imageItem(in value: JSONValue) -> JSONValue? {
        value["output"]?.arrayValue?.first { $0["type"]?.stringValue == "image_generation_call" }
    }

    private static func images(
        in document: ScannedDocument, head: ResponseHead
    ) throws(ImagesAPIError) -> [ImagesResponse.GeneratedImage] {
        let problem = ResponseProblem(value: document.value, head: head)
        var images = document.hasImagesElsewhere ? [] : results(in: document, head: head)
        if var stated = problem.statedError {
            stated.partialImages = images
            throw stated
        }
        if images.allSatisfy({ $0.data == nil }) {
            if let refusal = problem.refusal { throw refusal }
            if document.hasImagesElsewhere {
                images = document.images.map { $0.image() }
            } else if images.isEmpty {
                if let job = problem.job { throw job }
                images = ResponseURLs.all(in: document.value).map { url in
                    ImagesResponse.GeneratedImage(data: nil, url: head.absolute(url))
                }
            }
        }
        guard !images.isEmpty else { throw problem.noImages }
        return images
    }

    /// The images in the places where the API has them.
    private static func results(in document: ScannedDocument, head: ResponseHead) -> [ImagesResponse.GeneratedImage] {
        let elements = document.value["data"]?.arrayValue ?? []
        var images: [ImagesResponse.GeneratedImage] = []
        for (index, element) in elements.enumerated() {
            let url = element["url"]?.stringValue.flatMap { $0.isEmpty ? nil : head.absolute($0) }
            let revisedPrompt = element["revised_prompt"]?.stringValue
            if let scanned = document.images.first(where: { $0.element == index }) {
                images.append(scanned.image(url: url, revisedPrompt: revisedPrompt))
            } else if let url {
                images.append(ImagesResponse.GeneratedImage(data: nil, url: url, revisedPrompt: revisedPrompt))
            }
        }
        guard images.isEmpty, let image = document.images.first(where: { $0.element == nil }) else { return images }
        return [image.image(revisedPrompt: document.value["revised_prompt"]?.stringValue)]
    }

    /// Bytes that are not an image are an error, unless the server names a format that is not known here.
    static func check(
        _ images: [ImagesResponse.GeneratedImage], declared: GenerationRequest.OutputFormat?, head: ResponseHead
    ) throws(ImagesAPIError) {
        if let declared, ![.png, .jpeg, .webp, .gif, .svg].contains(declared) { return }
        for (index, image) in images.enumerated() where image.data != nil && image.contentType == nil {
            throw ImagesAPIError(
                .malformedImage, "Image \(index) of the response is neither PNG, JPEG, WebP, GIF nor SVG by its bytes.",
                status: head.status, requestID: head.requestID, mayHaveBeenBilled: true, partialImages: images,
                facts: ["image": "\(index)"])
        }
    }
}

extension ImagesResponse {
    /// A response of image files that are at hand, such as those that an earlier run kept: nothing is known but the images.
    public init(images files: [Data]) {
        images = files.map { ImagesResponse.GeneratedImage(data: $0) }
        status = 200
        headers = []
        raw = .object([:])
        attempts = 0
    }
}

extension JSONValue {
    /// A time in Unix seconds, as an integer, a number with a fraction or text.
    var unixSeconds: Int? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int(exactly: value.rounded(.down))
        case .string(let text): Int(text)
        default: nil
        }
    }
}
