extension ImagesClient {
    /// Generates images from a prompt (`POST /images/generations`).
    ///
    /// - Parameters:
    ///   - prompt: what to generate; at most 32,000 characters for GPT Image models.
    ///   - model: the model to use.
    ///   - count: how many images, 1…10.
    ///   - size: the size of the images; nil leaves it to the server.
    /// - Throws: what is wrong with the request before anything is sent; transport and server errors after that.
    public func generate(
        _ prompt: String, model: Model, count: Int = 1, size: ImageSize? = nil
    ) async throws(ImagesAPIError) -> ImagesResponse {
        try await generate(GenerationRequest(prompt: prompt, model: model, n: count, size: size))
    }

    /// Generates images from a prompt (`POST /images/generations`).
    ///
    /// - Throws: what is wrong with the request before anything is sent; transport and server errors after that.
    public func generate(_ request: GenerationRequest) async throws(ImagesAPIError) -> ImagesResponse {
        let body = try body(of: request)
        return try await send(
            .generations, model: request.model, prompt: request.prompt, body: body, contentType: "application/json",
            price: price(of: request))
    }

    /// Edits an image as a prompt says, within a mask if there is one (`POST /images/edits`).
    ///
    /// - Parameters:
    ///   - image: the image, sent without being copied.
    ///   - prompt: what to change.
    ///   - mask: a PNG with alpha and the image's dimensions; alpha 0 marks where to edit.
    ///   - model: the model to use.
    ///   - count: how many images, 1…10.
    /// - Throws: what is wrong with the request before anything is sent; transport and server errors after that.
    public func edit(
        _ image: ImageUpload, prompt: String, mask: ImageUpload? = nil, model: Model, count: Int = 1
    ) async throws(ImagesAPIError) -> ImagesResponse {
        try await edit(EditRequest(images: [image], mask: mask, prompt: prompt, model: model, n: count))
    }

    /// Edits images as a prompt says (`POST /images/edits`): attached ones as a form, ones by reference as JSON.
    ///
    /// The images' bytes are sent from where they are, without being joined into one body.
    /// - Throws: what is wrong with the request before anything is sent; transport and server errors after that.
    public func edit(_ request: EditRequest) async throws(ImagesAPIError) -> ImagesResponse {
        let (body, contentType) = try body(of: request)
        return try await send(
            .edits, model: request.model, prompt: request.prompt, body: body, contentType: contentType,
            price: price(of: request))
    }

    /// Throws what ``generate(_:)`` would throw before it sends anything.
    package func check(_ request: GenerationRequest, partialImages: Int?) throws(ImagesAPIError) {
        if let partialImages { try RequestRules.check(partialImages: partialImages, format: request.outputFormat) }
        _ = try body(of: request, partialImages: partialImages)
    }

    /// The body of a generation as the server takes it.
    ///
    /// - Parameter partialImages: how many partial images a stream requests; nil for a response that is not streamed.
    func body(of request: GenerationRequest, partialImages: Int? = nil) throws(ImagesAPIError) -> RequestBody {
        let server = configuration.server
        try RequestRules.check(request)
        try server.require(server.obstacles(to: request, streaming: partialImages != nil))
        var body = RequestBody()
        body.append(
            json: server.fields(
                request.fields, of: .generations, extra: request.extra, partialImages: partialImages))
        return body
    }

    /// The body of an edit as the server takes it, and its content type.
    func body(
        of request: EditRequest, partialImages: Int? = nil
    ) throws(ImagesAPIError) -> (RequestBody, contentType: String) {
        let server = configuration.server
        try RequestRules.check(request)
        try server.require(server.obstacles(to: request, streaming: partialImages != nil))
        let fields = server.fields(
            request.fields(for: server), of: .edits, extra: request.extra, partialImages: partialImages)
        if request.references.isEmpty, let names = server.form {
            let form = MultipartForm(request, fields: fields, names: names)
            return (form.finished(), form.contentType)
        }
        guard let names = server.json else {
            throw ImagesAPIError(
                .invalidConfiguration, "The server profile \(server.name) has neither form nor json for edits.")
        }
        return (try RequestBody(edit: request, fields: fields, names: names), "application/json")
    }

    func price(of request: GenerationRequest, partialImages: Int = 0) -> RequestPrice {
        RequestPrice(
            images: request.n ?? 1, inputImages: 0,
            responseBytes: ResponseEstimate.bytes(
                size: request.size, images: request.n, partialImages: partialImages,
                isTransparent: request.background == .transparent),
            dollars: configuration.spendingLimit.flatMap { _ in
                request.estimate(partialImages: partialImages).dollars?.upperBound
            }, limit: configuration.spendingLimit, assumed: configuration.assumedPrice)
    }

    func price(of request: EditRequest, partialImages: Int = 0) -> RequestPrice {
        RequestPrice(
            images: request.n ?? 1, inputImages: max(request.images.count, request.references.count),
            responseBytes: ResponseEstimate.bytes(
                size: request.size, images: request.n, partialImages: partialImages,
                isTransparent: request.background == .transparent),
            dollars: configuration.spendingLimit.flatMap { _ in
                request.estimate(partialImages: partialImages).dollars?.upperBound
            }, limit: configuration.spendingLimit, assumed: configuration.assumedPrice)
    }
}

/// Estimates the size of a response, to check the free space on a disk.
enum ResponseEstimate {
    /// The most bytes of a response: incompressible pixels in base64. The sum cannot overflow.
    ///
    /// - Parameters:
    ///   - size: if the server chooses it, its usual largest size.
    ///   - images: finished ones; nil is one.
    ///   - partialImages: for each of them.
    static func bytes(size: ImageSize?, images: Int?, partialImages: Int = 0, isTransparent: Bool) -> Int {
        let (width, height) = (min(size?.width ?? 1_536, 8_192), min(size?.height ?? 1_024, 8_192))
        let raw = width * height * (isTransparent ? 4 : 3)
        return (raw / 3 * 4 + 65_536) * min(max(images ?? 1, 1), 10) * (min(max(partialImages, 0), 3) + 1)
    }
}
