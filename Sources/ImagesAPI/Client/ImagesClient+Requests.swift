extension ImagesClient {
    /// Makes new images from words (`POST /images/generations`).
    ///
    /// - Throws: what is wrong with the request before anything is sent; what the transport or the server says after.
    public func generate(_ request: GenerationRequest) async throws(ImagesAPIError) -> ImagesResponse {
        try RequestRules.check(request)
        var body = RequestBody()
        body.append(json: request.fields)
        return try await send(
            "/images/generations", model: request.model, body: body, contentType: "application/json",
            price: price(of: request))
    }

    /// Changes images by words (`POST /images/edits`): attached ones as a form, ones by reference as JSON.
    ///
    /// The images' bytes are sent from where they are, without being joined into one body.
    /// - Throws: what is wrong with the request before anything is sent; what the transport or the server says after.
    public func edit(_ request: EditRequest) async throws(ImagesAPIError) -> ImagesResponse {
        try RequestRules.check(request)
        let (body, contentType) = try body(of: request, fields: request.fields)
        return try await send(
            "/images/edits", model: request.model, body: body, contentType: contentType, price: price(of: request))
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

    func send(
        _ endpoint: String, model: Model?, body: RequestBody, contentType: String, price: RequestPrice
    ) async throws(ImagesAPIError) -> ImagesResponse {
        try requireSpoolForJournal()
        let purchase = PurchaseSession(configuration)
        do throws(ImagesAPIError) {
            let (response, attempts) = try await withRetries { () throws(ImagesAPIError) in
                try await withKey { client throws(ImagesAPIError) in
                    try await client.sendOnce(
                        endpoint, model: model, body: body, contentType: contentType, price: price, purchase: purchase)
                }
            }
            await purchase?.succeeded(file: response.spooledFile)
            var counted = response
            if counted.attempts > 0 { counted.attempts = attempts }
            counted.purchaseKey = purchase?.journaledKey
            return counted
        } catch {
            throw await purchase?.failed(error) ?? error
        }
    }

    func requireSpoolForJournal() throws(ImagesAPIError) {
        guard configuration.journal != nil, configuration.spoolDirectory == nil else { return }
        throw ImagesAPIError(
            .invalidConfiguration,
            "A journal needs spoolDirectory, where responses are kept while they arrive. Nothing was sent.")
    }

    private func sendOnce(
        _ endpoint: String, model: Model?, body: RequestBody, contentType: String, price: RequestPrice,
        purchase: PurchaseSession?
    ) async throws(ImagesAPIError) -> ImagesResponse {
        var request = try transferRequest(endpoint, model: model, body: body, contentType: contentType)
        let ticket = try await core.gate.enter(price, timeout: configuration.timeouts.total)
        do throws(ImagesAPIError) {
            if let saved = try await purchase?.prepare(&request, responseBytes: price.responseBytes) {
                ticket.settle(actual: 0)
                var response = try ImagesResponse(savedResponse: saved, limits: configuration.limits)
                response.attempts = 0
                return response
            }
            let (collected, spooledFile) = try await collect(request, expectedImages: price.images)
            var response = try Self.response(collected, spooledFile)
            response.spooledFile = spooledFile
            core.gate.succeeded()
            ticket.settle(actual: model.flatMap { response.usage?.dollars(model: $0) })
            return response
        } catch {
            ticket.settle(error)
            throw error
        }
    }

    /// - Throws: `missingAPIKey`, `invalidAPIKey` or `invalidConfiguration`, before the network.
    func transferRequest(
        _ endpoint: String, model: Model?, method: TransferRequest.Method = .post, body: RequestBody = RequestBody(),
        contentType: String? = nil
    ) throws(ImagesAPIError) -> TransferRequest {
        if let problem = configuration.problem, configuration.apiKey == nil || problem.code != .invalidAPIKey {
            throw problem
        }
        let address = try APIAddress(configuration.baseURL, allowsInsecureHTTP: configuration.allowsInsecureHTTP)
        guard configuration.apiKey != nil || address.isLoopback else {
            throw ImagesAPIError(
                .missingAPIKey,
                "No API key: set \(configuration.dialect.keyVariables), or give the configuration an apiKey. Nothing was sent.",
                facts: ["host": address.host])
        }
        var headers = try RequestHeaders.make(configuration, contentType: contentType)
        if endpoint.hasSuffix("/content") {
            headers = headers.map { $0.0 == "Accept" ? ("Accept", Self.anyBytes) : $0 }
        }
        let path = try configuration.dialect.path(endpoint, model: model)
        var request = TransferRequest(
            method: method, url: address.url(Configuration.Dialect.adding(configuration.query, to: path)),
            allowsHTTP: !address.isSecure,
            headers: headers, body: body,
            timeouts: configuration.timeouts, limits: configuration.limits,
            proxy: address.isLoopback && configuration.proxy == .environment ? .none : configuration.proxy,
            certificateAuthorityFile: configuration.certificateAuthorityFile)
        request.allowsTLSKeyLog = configuration.allowsTLSKeyLog
        request.longestIdleConnection = configuration.longestIdleConnection
        request.imageDirectory = configuration.imageDirectory
        request.operation = Self.operation(endpoint)
        request.model = model
        request.scrubber = scrubber
        return request
    }

    /// What the official clients accept in the place of a file's content, whatever it is.
    private static let anyBytes = "application/binary"

    /// What an endpoint stands for in metrics: `images.edits`, `files`, `batches`, …, without ids.
    private static func operation(_ endpoint: String) -> String {
        let parts = endpoint.prefix { $0 != "?" }.split(separator: "/")
        return parts.first == "images" ? parts.joined(separator: ".") : String(parts.first ?? "other")
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

    /// Sends a request once and reads its whole answer.
    func collect(
        _ request: TransferRequest, expectedImages: Int
    ) async throws(ImagesAPIError) -> (ResponseCollector.Collected, spooledFile: String?) {
        let collector = ResponseCollector(
            limits: request.limits, expectedImages: expectedImages, host: TransportError.host(of: request.url),
            imageDirectory: request.imageDirectory, scrubber: request.scrubber)
        let transfer = try transfer(request, to: collector)
        let result = await run(transfer) { continuation in collector.continuation.withLock { $0 = continuation } }
        let spooledFile = transfer.spooledFile
        do throws(ImagesAPIError) {
            return (try result.get(), spooledFile)
        } catch {
            throw Self.noting(spooledFile, in: error)
        }
    }

    private static func response(
        _ collected: ResponseCollector.Collected, _ spooledFile: String?
    ) throws(ImagesAPIError) -> ImagesResponse {
        do throws(ImagesAPIError) {
            return try ImagesResponse(collected.document, head: collected.head)
        } catch {
            throw noting(spooledFile, in: error)
        }
    }

    /// An error that says where the answer is that could not be used.
    private static func noting(_ spooledFile: String?, in error: ImagesAPIError) -> ImagesAPIError {
        var error = error
        if let spooledFile { error.facts["spooledFile"] = spooledFile }
        return error
    }

    /// Runs a transfer to its end, or to the task's; its receiver resumes the continuation it is given.
    func run<Success: Sendable>(
        _ transfer: Transfer,
        _ store: (CheckedContinuation<Result<Success, ImagesAPIError>, Never>) -> Void
    ) async -> Result<Success, ImagesAPIError> {
        let loop = core.loop
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                store(continuation)
                loop.start(transfer)
            }
        } onCancel: {
            loop.cancel(transfer)
        }
    }

    /// An error without the secrets that were sent, whatever the server put into it.
    func scrubbed(_ error: ImagesAPIError) -> ImagesAPIError { scrubber.scrub(error) }

    var scrubber: SecretScrubber {
        SecretScrubber(key: configuration.apiKey, fields: configuration.headers + configuration.query)
    }
}
