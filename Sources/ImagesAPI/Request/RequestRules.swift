/// Checks for what every server of this API refuses, before anything is sent.
enum RequestRules {
    static let maxImages = 16
    static let maxImageBytes = 50_000_000

    static func check(_ request: GenerationRequest) throws(ImagesAPIError) {
        try check(extra: request.extra, instead: counted)
        try check(prompt: request.prompt, model: request.model, n: request.n, compression: request.outputCompression)
    }

    static func check(_ request: EditRequest) throws(ImagesAPIError) {
        try check(extra: request.extra, instead: counted.merging(images) { first, _ in first })
        try check(prompt: request.prompt, model: request.model, n: request.n, compression: request.outputCompression)
        guard request.images.isEmpty || request.references.isEmpty else {
            throw ImagesAPIError(
                .invalidRequest, "Images are given both attached and by reference; use one of the two.")
        }
        guard request.references.isEmpty || (request.mask == nil && request.markup == nil) else {
            throw ImagesAPIError(
                .invalidRequest,
                "With images by reference the mask goes into maskReference, and markup cannot be sent.")
        }
        guard request.maskReference == nil || !request.references.isEmpty else {
            throw ImagesAPIError(
                .invalidRequest, "With attached images the mask goes into mask, not into maskReference.")
        }
        let count = max(request.images.count, request.references.count)
        guard count > 0 else {
            throw ImagesAPIError(.noImages, "An edit needs at least one image; add one to images or references.")
        }
        guard count <= maxImages else {
            throw ImagesAPIError(
                .tooManyImages, "\(count) images were given, \(maxImages) are allowed; send fewer.",
                facts: ["found": "\(count)", "allowed": "\(maxImages)"])
        }
        for reference in request.references { try reference.check() }
        if let mask = request.maskReference { try mask.check() }
        guard request.mask == nil || request.markup == nil else {
            throw ImagesAPIError(.invalidRequest, "Mask and markup exclude each other; give one of them.")
        }
        let uploads = request.images + [request.mask, request.markup].compactMap { $0 }
        for upload in uploads where upload.data.count >= maxImageBytes {
            throw ImagesAPIError(
                .imageTooLarge,
                "An image has \(upload.data.count) bytes, less than \(maxImageBytes) are allowed; scale it down or compress it.",
                facts: ["found": "\(upload.data.count)", "allowed": "\(maxImageBytes - 1)"])
        }
    }

    /// What the endpoint for variations refuses; an edit in its place has its own checks.
    static func check(_ request: VariationRequest) throws(ImagesAPIError) {
        try check(n: request.n)
        if let obstacle = request.legacyObstacle { throw obstacle }
    }

    static func check(partialImages: Int, format: GenerationRequest.OutputFormat?) throws(ImagesAPIError) {
        guard (0...3).contains(partialImages) else {
            throw ImagesAPIError(
                .invalidRequest, "partialImages is \(partialImages); it must be between 0 and 3.",
                facts: ["found": "\(partialImages)", "allowed": "0...3"])
        }
        if let format, format == .gif || format == .svg {
            throw ImagesAPIError(
                .invalidRequest,
                "A \(format) cannot be streamed; request it without a stream, or request another format.",
                facts: ["found": format.rawValue])
        }
    }

    /// Fields that determine price, limits and parsing, and the property or function that sets each.
    private static let counted = [
        "model": "the property model", "n": "the property n", "stream": "generateStream or editStream",
        "partial_images": "the partialImages of a stream",
    ]

    /// Fields that would be sent twice.
    private static let images = [
        "image": "the property images", "images": "the property images or references",
        "mask": "the property mask or maskReference", "markup": "the property markup",
    ]

    private static func check(
        extra: [String: JSONValue], instead: [String: String]
    ) throws(ImagesAPIError) {
        for name in extra.keys.sorted() {
            // `image[]` and `mask[file_id]` are the same fields in a form.
            guard let property = instead[String(name.prefix { $0 != "[" })] else { continue }
            let shown = SanitizedText.sanitized(name, limit: 64)
            throw ImagesAPIError(
                .invalidRequest, "extra contains \"\(shown)\"; use \(property) instead.", facts: ["field": shown])
        }
    }

    private static func check(prompt: String, model: Model, n: Int?, compression: Int?) throws(ImagesAPIError) {
        guard !prompt.isEmpty else {
            throw ImagesAPIError(.invalidRequest, "The prompt is empty; describe the image.")
        }
        guard !model.rawValue.isEmpty else {
            throw ImagesAPIError(.invalidRequest, "The model is empty; name one, since the server promises no default.")
        }
        try check(n: n)
        if let compression, !(0...100).contains(compression) {
            throw ImagesAPIError(
                .invalidRequest, "outputCompression is \(compression); it must be between 0 and 100.",
                facts: ["found": "\(compression)", "allowed": "0...100"])
        }
    }

    private static func check(n: Int?) throws(ImagesAPIError) {
        if let n, !(1...10).contains(n) {
            throw ImagesAPIError(
                .invalidRequest, "n is \(n); it must be between 1 and 10.",
                facts: ["found": "\(n)", "allowed": "1...10"])
        }
    }
}
