extension ImagesClient {
    /// Makes pictures like a given one (`POST /images/variations`, or an edit where that is retired or missing).
    ///
    /// The outcome says which it was. A missing endpoint (404, 405, 410, 501) costs nothing, so going on to the edit
    /// cannot pay twice.
    public func vary(_ request: VariationRequest) async throws(ImagesAPIError) -> VariationOutcome {
        if request.method == .emulated || (request.method == .automatic && hasNoVariations) {
            return try await emulate(request)
        }
        do throws(ImagesAPIError) {
            return VariationOutcome(response: try await legacyVariation(request), isEmulated: false)
        } catch {
            guard request.method == .automatic, [404, 405, 410, 501].contains(error.status), !error.mayHaveBeenBilled
            else { throw error }
            return try await emulate(request)
        }
    }

    private func legacyVariation(_ request: VariationRequest) async throws(ImagesAPIError) -> ImagesResponse {
        try RequestRules.check(request)
        var form = MultipartForm()
        for field in request.fields.form { form.append(name: field.name, text: field.text) }
        form.append(name: "image", upload: request.image, stem: "image-0")
        return try await send(
            "/images/variations", model: request.model ?? request.emulationModel, body: form.finished(),
            contentType: form.contentType,
            price: RequestPrice(
                images: request.n ?? 1, inputImages: 1, dollars: nil, limit: configuration.spendingLimit))
    }

    private func emulate(_ request: VariationRequest) async throws(ImagesAPIError) -> VariationOutcome {
        VariationOutcome(response: try await edit(request.asEdit), isEmulated: true, prompt: request.emulationPrompt)
    }

    private var hasNoVariations: Bool {
        if case .azure = configuration.dialect { return true }
        let host = TransportError.host(of: configuration.baseURL).lowercased()
        return host == "api.openai.com" || host.hasSuffix(".api.openai.com")
    }
}
