extension ImagesResponse {
    /// The answer a scanned document holds.
    ///
    /// - Throws: `emptyResponse` without images, `malformedImage` when an image's bytes are none.
    init(_ document: ScannedDocument, head: ResponseHead) throws(ImagesAPIError) {
        let value = document.value
        created = (value["created"] ?? value["created_at"])?.integerValue
        background = value["background"]?.stringValue.map(GenerationRequest.Background.init(rawValue:))
        outputFormat = value["output_format"]?.stringValue.map(GenerationRequest.OutputFormat.init(rawValue:))
        quality = value["quality"]?.stringValue.map(GenerationRequest.Quality.init(rawValue:))
        size = value["size"]?.stringValue.map(ImageSize.init(rawValue:))
        safetyIdentifier = value["safety_identifier"]?.stringValue
        usage = Usage(value["usage"])
        svgUsage = Usage(value["svg_usage"])
        requestID = head["x-request-id"]
        status = head.status
        headers = head.fields
        raw = value
        attempts = 1
        images = Self.images(in: document)
        guard !images.isEmpty else { throw Self.noImages(value, head: head) }
        try Self.check(images, declared: outputFormat, head: head)
    }

    private static func images(in document: ScannedDocument) -> [GeneratedImage] {
        let elements = document.value["data"]?.arrayValue ?? []
        var images: [GeneratedImage] = []
        for (index, element) in elements.enumerated() {
            let url = element["url"]?.stringValue
            let revisedPrompt = element["revised_prompt"]?.stringValue
            if let scanned = document.images.first(where: { $0.element == index }) {
                images.append(scanned.image(url: url, revisedPrompt: revisedPrompt))
            } else if let url {
                images.append(GeneratedImage(data: nil, url: url, revisedPrompt: revisedPrompt))
            }
        }
        return images
    }

    private static func noImages(_ value: JSONValue, head: ResponseHead) -> ImagesAPIError {
        if let api = ImagesAPIError.ErrorObject(response: value) {
            return ImagesAPIError(
                .serverError, "The server answered with an error: \(SanitizedText.sanitized(api.message)).",
                status: head.status,
                requestID: head["x-request-id"], apiError: api, mayHaveBeenBilled: true)
        }
        return ImagesAPIError(
            .emptyResponse, "The answer holds no image.", status: head.status, requestID: head["x-request-id"],
            mayHaveBeenBilled: true)
    }

    /// Content decides: bytes that are no image are an error, unless the server names a format we do not know.
    static func check(
        _ images: [GeneratedImage], declared: GenerationRequest.OutputFormat?, head: ResponseHead
    ) throws(ImagesAPIError) {
        if let declared, ![.png, .jpeg, .webp, .gif, .svg].contains(declared) { return }
        for (index, image) in images.enumerated() where image.data != nil && image.contentType == nil {
            throw ImagesAPIError(
                .malformedImage, "Image \(index) of the answer is neither PNG, JPEG, WebP, GIF nor SVG by its bytes.",
                status: head.status, requestID: head["x-request-id"], mayHaveBeenBilled: true, partialImages: images,
                facts: ["image": "\(index)"])
        }
    }
}
