#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The images a request brought, and what the server says about them.
public struct ImagesResponse: Sendable {
    /// When the images were made, in Unix seconds.
    public var created: Int?
    public var images: [GeneratedImage]
    public var background: GenerationRequest.Background?
    public var outputFormat: GenerationRequest.OutputFormat?
    public var quality: GenerationRequest.Quality?
    public var size: ImageSize?
    /// The end user the server took the request to be for.
    public var safetyIdentifier: String?
    public var usage: Usage?
    /// The tokens of the model that wrote an SVG, billed apart from ``usage``; its name is in ``raw``.
    public var svgUsage: Usage?
    /// What the server calls this request (`x-request-id`).
    public var requestID: String?
    public var status: Int
    /// The response's header fields, as they came.
    public var headers: [(String, String)]
    /// The whole answer, known fields and others; images are replaced by null.
    public var raw: JSONValue
    /// How many times the request was sent until it succeeded.
    public var attempts: Int
    /// Where the raw answer was kept, when the configuration has a spool.
    public var spooledFile: String?
    /// The key of the purchase in the journal, when the configuration has one.
    public var purchaseKey: String?
    /// False only for a saved response that broke off: what it holds beside ``images`` was not whole, or is missing.
    public var isComplete = true

    /// The first image's bytes, or nil when there are none.
    public var data: Data? { images.first?.data }
}

/// One image of an answer.
///
/// It is known to be an image by its first bytes alone, and is not decoded here: a file that the server cut off is handed
/// out as it came. Decoding tells, as `Gesso` does with every image it finishes.
public struct GeneratedImage: Sendable, Hashable {
    /// The file's bytes, or nil when the server sent an address instead.
    public var data: Data?
    /// The image's own file, when the configuration has a folder for them; ``data`` is then read from it as it is looked at.
    public var file: String?
    /// Where a legacy server keeps the image.
    public var url: String?
    /// The prompt a legacy model made of yours.
    public var revisedPrompt: String?
    /// What the bytes are, by content; nil without bytes, or when they are no image we know.
    public var contentType: ImageUpload.ContentType?

    public init(data: Data?, url: String? = nil, revisedPrompt: String? = nil) {
        self.data = data
        self.url = url
        self.revisedPrompt = revisedPrompt
        contentType = data.flatMap { ImageUpload.ContentType(sniffing: $0) }
    }
}
