extension ImagesClient {
    /// Generates images like a given one.
    ///
    /// - Throws: what is wrong with the request before anything is sent; transport and server errors after that.
    public func variations(
        of image: ImageUpload, count: Int = 1, size: ImageSize? = nil
    ) async throws(ImagesAPIError) -> ImagesResponse {
        try await vary(VariationRequest(image: image, n: count, size: size))
    }

    /// Generates images like a given one (`POST /images/variations`, or an edit where that endpoint is retired or missing,
    /// or does not accept the request).
    ///
    /// ``ImagesResponse/emulationPrompt`` says which it was. A missing endpoint (404, 405, 410, 501) and a refused image (400) cost nothing, so the
    /// edit that follows cannot pay twice.
    public func vary(_ request: VariationRequest) async throws(ImagesAPIError) -> ImagesResponse {
        if request.isEmulated ?? (hasNoVariations || request.legacyObstacle != nil) {
            return try await emulate(request)
        }
        do throws(ImagesAPIError) {
            return try await legacyVariation(request)
        } catch {
            guard request.isEmulated == nil, !error.mayHaveBeenBilled,
                Self.hasNoEndpoint(error) || Self.refusesImage(error)
            else { throw error }
            return try await emulate(request)
        }
    }

    private func legacyVariation(_ request: VariationRequest) async throws(ImagesAPIError) -> ImagesResponse {
        try RequestRules.check(request)
        let server = configuration.server
        var form = MultipartForm()
        for field in server.fields(request.fields, of: .variations, extra: [:]).form {
            form.append(name: field.name, text: field.text)
        }
        form.append(name: "image", upload: request.image, stem: "image-0")
        return try await send(
            .variations, model: request.model, body: form.finished(), contentType: form.contentType,
            price: RequestPrice(
                images: request.n ?? 1, inputImages: 1,
                responseBytes: ResponseEstimate.bytes(size: .square1024, images: request.n, isTransparent: true),
                dollars: nil, limit: configuration.spendingLimit, assumed: configuration.assumedPrice))
    }

    private func emulate(_ request: VariationRequest) async throws(ImagesAPIError) -> ImagesResponse {
        var response = try await edit(request.asEdit)
        response.emulation = HiddenText(request.emulationPrompt)
        return response
    }

    private static func hasNoEndpoint(_ error: ImagesAPIError) -> Bool { [404, 405, 410, 501].contains(error.status) }

    /// Whether the server refused the image for its shape or format, before it generated anything.
    private static func refusesImage(_ error: ImagesAPIError) -> Bool {
        // A refusal by the content filter has another code.
        guard error.code == .badRequest, let api = error.apiError, api.code?.contains("policy") != true else {
            return false
        }
        if api.param?.hasPrefix("image") == true || api.code?.contains("image") == true { return true }
        // Servers that have this endpoint often send no error code.
        let message = api.message.lowercased()
        let shapes = ["square", "png", "format", "rgba", "dimension", "megabyte", "4 mb", "4mb"]
        return message.contains("image") && shapes.contains(where: message.contains)
    }

    /// Whether the server is known to have no endpoint for variations.
    var hasNoVariations: Bool {
        if configuration.server.paths[.variations] == nil { return true }
        let host = TransportError.host(of: configuration.baseURL).lowercased().prefix { $0 != ":" }
        return host == "api.openai.com" || host.hasSuffix(".api.openai.com")
    }
}
