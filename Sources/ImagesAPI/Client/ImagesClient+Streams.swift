extension ImagesClient {
    /// Generates images and returns partial images while the server works.
    ///
    /// - Parameters:
    ///   - request: what to generate; it is sent when the first event is requested.
    ///   - partialImages: how many partial images to request, 0…3; fewer may arrive. Each costs 100 image output tokens.
    public func generateStream(_ request: GenerationRequest, partialImages: Int = 0) -> ImageStream {
        imageStream(price(of: request, partialImages: partialImages), partialImages: partialImages) {
            client throws(ImagesAPIError) in
            try RequestRules.check(partialImages: partialImages, format: request.outputFormat)
            let body = try client.body(of: request, partialImages: partialImages)
            return try client.transferRequest(
                .generations, model: request.model, prompt: request.prompt, body: body, contentType: "application/json")
        }
    }

    /// Edits images and returns partial images while the server works.
    ///
    /// - Parameters:
    ///   - request: what to edit; it is sent when the first event is requested.
    ///   - partialImages: how many partial images to request, 0…3; fewer may arrive. Each costs 100 image output tokens.
    public func editStream(_ request: EditRequest, partialImages: Int = 0) -> ImageStream {
        imageStream(price(of: request, partialImages: partialImages), partialImages: partialImages) {
            client throws(ImagesAPIError) in
            try RequestRules.check(partialImages: partialImages, format: request.outputFormat)
            let (body, contentType) = try client.body(of: request, partialImages: partialImages)
            return try client.transferRequest(
                .edits, model: request.model, prompt: request.prompt, body: body, contentType: contentType)
        }
    }

    private func imageStream(
        _ price: RequestPrice, partialImages: Int,
        _ makeRequest: @escaping @Sendable (ImagesClient) throws(ImagesAPIError) -> TransferRequest
    ) -> ImageStream {
        ImageStream(
            StreamSession(
                client: self, price: price,
                completed: { event in
                    if case .completed(let completed) = event { completed } else { nil }
                },
                replay: ImageStream.Event.completed, rescue: { [$0.image] }, makeRequest: makeRequest
            ) { request, channel in
                StreamReceiver(
                    channel: channel, limits: request.limits, expectedImages: price.images,
                    expectedPartials: partialImages, host: TransportError.host(of: request.url),
                    imageDirectory: request.imageDirectory, scrubber: request.scrubber,
                    keepsRaw: request.spool == nil)
            })
    }
}
