extension ImagesClient {
    /// Sends a request that makes images, with retries, and records it as a purchase.
    func send(
        _ endpoint: Endpoint, model: Model?, prompt: String = "", body: RequestBody, contentType: String,
        price: RequestPrice
    ) async throws(ImagesAPIError) -> ImagesResponse {
        try requireSpoolForJournal()
        let purchase = PurchaseSession(configuration)
        let paid: ImagesResponse
        do throws(ImagesAPIError) {
            let (received, attempts) = try await withRetries { () throws(ImagesAPIError) in
                try await withKey { client throws(ImagesAPIError) in
                    let request = try client.transferRequest(
                        endpoint, model: model, prompt: prompt, body: body, contentType: contentType)
                    return try await client.sendOnce(request, price: price, purchase: purchase)
                }
            }
            await purchase?.succeeded(file: received.spooledFile)
            var response = received
            if response.attempts > 0 { response.attempts = attempts }
            response.purchaseKey = purchase?.journaledKey
            paid = response
        } catch {
            throw await purchase?.failed(error) ?? error
        }
        return try await fetchingIfAllowed(paid)
    }

    private func sendOnce(
        _ request: TransferRequest, price: RequestPrice, purchase: PurchaseSession?
    ) async throws(ImagesAPIError) -> ImagesResponse {
        let reservation = try await core.rateLimiter.enter(price, timeout: configuration.timeouts.total)
        do throws(ImagesAPIError) {
            var request = request
            if let saved = try await purchase?.prepare(&request, responseBytes: price.responseBytes) {
                reservation.record(dollars: 0)
                var response = try ImagesResponse(
                    saved: saved, limits: configuration.limits, baseURL: configuration.baseURL)
                response.attempts = 0
                return response
            }
            let sent = request
            var (response, spooledFile) = try await collect(sent, expectedImages: price.images) { head in
                ResponseReader(
                    head: head, limits: sent.limits, expectedImages: price.images, imageDirectory: sent.imageDirectory,
                    scrubber: sent.scrubber, keepsRaw: sent.spool == nil)
            }
            response.spooledFile = spooledFile
            core.rateLimiter.succeeded()
            // What the server says that it charged is known better than what the table says.
            reservation.record(
                dollars: response.reportedCost ?? request.model.flatMap { response.usage?.dollars(model: $0) })
            return response
        } catch {
            core.rateLimiter.failed(error, reservation)
            throw error
        }
    }

    func requireSpoolForJournal() throws(ImagesAPIError) {
        guard configuration.journal != nil, configuration.spoolDirectory == nil else { return }
        throw ImagesAPIError(
            .invalidConfiguration,
            "A journal needs spoolDirectory, where responses are kept while they arrive. Nothing was sent.")
    }

    /// The HTTP request for an endpoint, as the configuration says.
    ///
    /// - Throws: `missingAPIKey`, `invalidAPIKey` or `invalidConfiguration`, before the network.
    func transferRequest(
        _ endpoint: Endpoint, query: [(String, String)] = [], model: Model? = nil, prompt: String = "",
        body: RequestBody = RequestBody(), contentType: String? = nil
    ) throws(ImagesAPIError) -> TransferRequest {
        if let problem = configuration.problem, configuration.apiKey == nil || problem.code != .invalidAPIKey {
            throw problem
        }
        try configuration.server.check()
        guard !configuration.baseURL.isEmpty else {
            let variable = configuration.server.baseURLVariable.map { "set \($0), or " } ?? ""
            throw ImagesAPIError(
                .invalidConfiguration,
                "The server \(configuration.server.name) has no address: \(variable)give the configuration a baseURL. Nothing was sent."
            )
        }
        let address = try APIAddress(configuration.baseURL, allowsInsecureHTTP: configuration.allowsInsecureHTTP)
        let server = configuration.server
        guard configuration.apiKey != nil || address.isLoopback || !server.needsKey else {
            let variables =
                server.keyVariables.isEmpty ? "" : "set \(server.keyVariables.joined(separator: " or ")), or "
            throw ImagesAPIError(
                .missingAPIKey, "No API key: \(variables)give the configuration an apiKey. Nothing was sent.",
                facts: ["host": address.host])
        }
        let path = try self.path(of: endpoint, query: query, model: model)
        var request = TransferRequest(
            endpoint: endpoint,
            url: address.url(PercentEncoding.adding(configuration.query, to: path)), model: model,
            allowsHTTP: !address.isSecure,
            headers: try RequestHeaders.make(configuration, accept: endpoint.acceptedType, contentType: contentType),
            body: body, timeouts: configuration.timeouts, limits: configuration.limits)
        request.proxy =
            switch configuration.proxy {
            case .environment: address.isLoopback ? "" : nil
            case .none: ""
            case .address(let proxy): proxy
            }
        request.certificateAuthorityFile = configuration.certificateAuthorityFile
        request.allowsTLSKeyLog = configuration.allowsTLSKeyLog
        request.longestIdleConnection = configuration.longestIdleConnection
        request.baseURL = configuration.baseURL
        request.imageDirectory = endpoint.bringsImages ? configuration.imageDirectory : nil
        request.onUpload = configuration.onUpload
        request.scrubber = scrubber
        request.promptScrubber = SecretScrubber(prompt: prompt)
        return request
    }

    /// The path and query of an endpoint, to be appended to the base URL.
    private func path(
        of endpoint: Endpoint, query: [(String, String)], model: Model?
    ) throws(ImagesAPIError) -> String {
        guard let operation = endpoint.operation else { return "" }
        var query = query
        if let version = configuration.server.apiVersion {
            guard !version.isEmpty else {
                throw ImagesAPIError(
                    .invalidConfiguration,
                    "The server \(configuration.server.name) needs a version of its API: set OPENAI_API_VERSION, or apiVersion in its profile. Nothing was sent."
                )
            }
            query.append(("api-version", version))
        }
        let path = try configuration.server.path(of: operation, model: model) + endpoint.pathSuffix
        return PercentEncoding.adding(query, to: path)
    }

    /// Sends a request once and reads its whole response.
    func collect<Reader: ResponseBodyReader>(
        _ request: TransferRequest, expectedImages: Int, _ makeReader: @escaping @Sendable (ResponseHead) -> Reader
    ) async throws(ImagesAPIError) -> (Reader.Success, spooledFile: String?) {
        let collector = ResponseCollector(
            limits: request.limits, expectedImages: expectedImages, host: TransportError.host(of: request.url),
            scrubber: request.scrubber, makeReader: makeReader)
        let transfer = try transfer(request, to: collector)
        let result = await run(transfer) { continuation in collector.continuation.withLock { $0 = continuation } }
        let spooledFile = transfer.spooledFile
        do throws(ImagesAPIError) {
            return (try result.get(), spooledFile)
        } catch {
            throw Self.adding(spooledFile, to: request.promptScrubber.scrub(error))
        }
    }

    /// An error with the path of the response that could not be used.
    private static func adding(_ spooledFile: String?, to error: ImagesAPIError) -> ImagesAPIError {
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
