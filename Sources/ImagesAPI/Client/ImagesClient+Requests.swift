extension ImagesClient {
    /// Makes new pictures from words (`POST /images/generations`).
    ///
    /// - Throws: what is wrong with the request before anything is sent; what the transport or the server says after.
    public func create(_ request: CreateRequest) async throws(ImagesAPIError) -> ImagesResponse {
        try RequestRules.check(request)
        var body = RequestBody()
        body.append(json: request.fields)
        return try await send(
            "/images/generations", body: body, contentType: "application/json", expectedImages: request.n ?? 1)
    }

    /// Changes pictures by words (`POST /images/edits`): attached ones as a form, ones by reference as JSON.
    ///
    /// The pictures' bytes are sent from where they are, without being joined into one body.
    /// - Throws: what is wrong with the request before anything is sent; what the transport or the server says after.
    public func edit(_ request: EditRequest) async throws(ImagesAPIError) -> ImagesResponse {
        try RequestRules.check(request)
        let (body, contentType) = try Self.body(of: request, fields: request.fields)
        return try await send(
            "/images/edits", body: body, contentType: contentType, expectedImages: request.n ?? 1)
    }

    static func body(
        of request: EditRequest, fields: RequestFields
    ) throws(ImagesAPIError) -> (RequestBody, contentType: String) {
        guard request.references.isEmpty else {
            return (try RequestBody(edit: request, fields: fields), "application/json")
        }
        let form = MultipartForm(request, fields: fields)
        return (form.finished(), form.contentType)
    }

    func send(
        _ path: String, body: RequestBody, contentType: String, expectedImages: Int
    ) async throws(ImagesAPIError) -> ImagesResponse {
        let request = try transferRequest(path, body: body, contentType: contentType)
        let (response, attempts) = try await withRetries { () throws(ImagesAPIError) in
            let collected = try await collect(request, expectedImages: expectedImages)
            return try ImagesResponse(collected.document, head: collected.head)
        }
        var counted = response
        counted.attempts = attempts
        return counted
    }

    /// - Throws: `missingAPIKey`, `invalidAPIKey` or `invalidConfiguration`, before the network.
    func transferRequest(
        _ path: String, body: RequestBody, contentType: String?
    ) throws(ImagesAPIError) -> TransferRequest {
        if let problem = configuration.problem, configuration.apiKey == nil || problem.code != .invalidAPIKey {
            throw problem
        }
        let address = try APIAddress(configuration.baseURL, allowsInsecureHTTP: configuration.allowsInsecureHTTP)
        guard configuration.apiKey != nil || address.isLoopback else {
            throw ImagesAPIError(
                .missingAPIKey,
                "No API key: set OPENAI_API_KEY, or give the configuration an apiKey. Nothing was sent.",
                facts: ["host": address.host])
        }
        return TransferRequest(
            url: address.url(path), allowsHTTP: !address.isSecure,
            headers: try RequestHeaders.make(configuration, contentType: contentType), body: body,
            timeouts: configuration.timeouts, limits: configuration.limits,
            proxy: address.isLoopback && configuration.proxy == .environment ? .none : configuration.proxy,
            certificateAuthorityFile: configuration.certificateAuthorityFile)
    }

    /// Sends a request once and reads its whole answer.
    func collect(
        _ request: TransferRequest, expectedImages: Int
    ) async throws(ImagesAPIError) -> ResponseCollector.Collected {
        let loop = core.loop
        let collector = ResponseCollector(
            limits: request.limits, expectedImages: expectedImages, host: TransportError.host(of: request.url))
        let transfer = Transfer(request, receiver: collector)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                collector.continuation = continuation
                loop.start(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        return try result.get()
    }

    /// An error without the key, whatever the server put into it.
    func scrubbed(_ error: ImagesAPIError) -> ImagesAPIError {
        configuration.apiKey.map { SecretScrubber($0).scrub(error) } ?? error
    }
}
