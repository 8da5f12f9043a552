extension ImagesClient {
    /// Makes an image and shows the work as it proceeds.
    ///
    /// - Parameters:
    ///   - request: what to paint; it is sent when the first event is asked for.
    ///   - partialImages: 0…3 images of the work so far; fewer may come. Each costs 100 image output tokens.
    public func generateStream(_ request: GenerationRequest, partialImages: Int = 0) -> ImageStream {
        imageStream(price(of: request, partialImages: partialImages), partialImages: partialImages) {
            client throws(ImagesAPIError) in
            try RequestRules.check(request)
            try RequestRules.check(partialImages: partialImages, format: request.outputFormat)
            var fields = request.fields
            fields.stream(partialImages: partialImages)
            var body = RequestBody()
            body.append(json: fields)
            return try client.transferRequest(
                "/images/generations", model: request.model, body: body, contentType: "application/json")
        }
    }

    /// Edits an image and shows the work as it proceeds.
    ///
    /// - Parameters:
    ///   - request: what to paint; it is sent when the first event is asked for.
    ///   - partialImages: 0…3 images of the work so far; fewer may come. Each costs 100 image output tokens.
    public func editStream(_ request: EditRequest, partialImages: Int = 0) -> ImageStream {
        imageStream(price(of: request, partialImages: partialImages), partialImages: partialImages) {
            client throws(ImagesAPIError) in
            try RequestRules.check(request)
            try RequestRules.check(partialImages: partialImages, format: request.outputFormat)
            var fields = request.fields
            fields.stream(partialImages: partialImages)
            let (body, contentType) = try client.body(of: request, fields: fields)
            return try client.transferRequest(
                "/images/edits", model: request.model, body: body, contentType: contentType)
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
                replay: { response in
                    let last = response.images.count - 1
                    return response.images.enumerated().map { index, image in
                        .completed(
                            ImageEvent.Completed(
                                image: image, usage: index == last ? response.usage : nil,
                                details: ImageEvent.Details(response.raw), requestID: response.requestID))
                    }
                }, rescue: { [$0.image] }, makeRequest: makeRequest
            ) { request, channel in
                StreamReceiver(
                    channel: channel, limits: request.limits, expectedImages: price.images,
                    expectedPartials: partialImages, host: TransportError.host(of: request.url),
                    imageDirectory: request.imageDirectory, scrubber: request.scrubber)
            })
    }
}
