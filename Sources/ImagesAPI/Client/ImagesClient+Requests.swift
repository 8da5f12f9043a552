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
        try RequestRules.check(request)
        var body = RequestBody()
        body.append(json: request.fields)
        return try await send(
            .generations, model: request.model, body: body, contentType: "application/json", price: price(of: request))
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
        try RequestRules.check(request)
        let (body, contentType) = try body(of: request, fields: request.fields)
        return try await send(
            .edits, model: request.model, body: body, contentType: contentType, price: price(of: request))
    }

    func body(
        of request: EditRequest, fields: RequestFields
    ) throws(ImagesAPIError) -> (RequestBody, contentType: String) {
        guard request.references.isEmpty else {
            return (try RequestBody(edit: request, fields: fields), "application/json")
        }
        let field = configuration.dialect.imageField(count: request.images.count)
        let form = MultipartForm(request, fields: fields, imageField: field)
        return (form.finished(), form.contentType)
    }

    func price(of request: GenerationRequest, partialImages: Int = 0) -> RequestPrice {
        RequestPrice(
            images: request.n ?? 1, inputImages: 0,
            responseBytes: ResponseEstimate.bytes(
                size: request.size, images: request.n, partialImages: partialImages,
                isTransparent: request.background == .transparent),
            dollars: configuration.spendingLimit.flatMap { _ in
                request.estimate(partialImages: partialImages).dollars?.upperBound
            }, limit: configuration.spendingLimit)
    }

    func price(of request: EditRequest, partialImages: Int = 0) -> RequestPrice {
        RequestPrice(
            images: request.n ?? 1, inputImages: max(request.images.count, request.references.count),
            responseBytes: ResponseEstimate.bytes(
                size: request.size, images: request.n, partialImages: partialImages,
                isTransparent: request.background == .transparent),
            dollars: configuration.spendingLimit.flatMap { _ in
                request.estimate(partialImages: partialImages).dollars?.upperBound
            }, limit: configuration.spendingLimit)
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
