extension ImagesClient {
    /// Starts a batch (`POST /batches`) over an uploaded file of requests.
    ///
    /// With ``Configuration/spoolDirectory`` it is a purchase like any other: noted before it is sent, and its response, with
    /// the batch's id, kept. The same ``Configuration/purchaseKey`` starts one batch, whoever asks.
    ///
    /// - Parameters:
    ///   - inputFileID: a file of ``Batch/InputWriter``, uploaded for ``APIFile/Purpose/batch``.
    ///   - endpoint: the one that all its lines name.
    ///   - metadata: up to 16 pairs, keys to 64 characters, values to 512.
    ///   - outputExpiresAfterSeconds: when the results are deleted, 3,600…2,592,000 from the batch's creation.
    /// - Throws: with `mayHaveBeenBilled` when the batch may have been started although no answer came; look for it in
    ///   ``batches(after:limit:)`` before starting it again.
    public func createBatch(
        inputFileID: String, endpoint: Batch.Endpoint, metadata: [String: String] = [:],
        outputExpiresAfterSeconds: Int? = nil
    ) async throws(ImagesAPIError) -> Batch {
        guard metadata.count <= 16, metadata.allSatisfy({ $0.key.count <= 64 && $0.value.count <= 512 }) else {
            throw ImagesAPIError(
                .invalidRequest, "The metadata of a batch has at most 16 pairs, keys to 64 characters, values to 512.")
        }
        try Self.check(lifetime: outputExpiresAfterSeconds)
        var fields = RequestFields()
        fields.set("input_file_id", inputFileID)
        fields.set("endpoint", endpoint)
        fields.set("completion_window", "24h")
        if !metadata.isEmpty { fields.set("metadata", .object(metadata.mapValues(JSONValue.string))) }
        if let seconds = outputExpiresAfterSeconds {
            fields.set("output_expires_after", ["anchor": "created_at", "seconds": .integer(seconds)] as JSONValue)
        }
        var body = RequestBody()
        body.append(json: fields)
        try requireSpoolForJournal()
        return try Batch(
            try await call(
                .post, "/batches", body: body, contentType: "application/json",
                purchase: PurchaseSession(configuration), isFree: false))
    }

    /// How a batch stands (`GET /batches/{id}`).
    public func batch(_ id: String) async throws(ImagesAPIError) -> Batch {
        try Batch(try await call(.get, try Self.path("/batches", id)))
    }

    /// Stops a batch (`POST /batches/{id}/cancel`); it takes up to ten minutes to end.
    public func cancelBatch(_ id: String) async throws(ImagesAPIError) -> Batch {
        try Batch(try await call(.post, try Self.path("/batches", id) + "/cancel"))
    }

    /// The account's batches (`GET /batches`).
    ///
    /// - Parameters:
    ///   - after: the id of the last batch of the page before.
    ///   - limit: 1…100 batches a page; 20 if not given.
    public func batches(after: String? = nil, limit: Int? = nil) async throws(ImagesAPIError) -> ImagesClient.Page {
        var query: [(String, String)] = []
        if let after { query.append(("after", after)) }
        if let limit { query.append(("limit", "\(min(max(limit, 1), 100))")) }
        let value = try await call(.get, Configuration.Dialect.adding(query, to: "/batches"))
        var batches: [Batch] = []
        for element in value["data"]?.arrayValue ?? [] { batches.append(try Batch(element)) }
        return ImagesClient.Page(
            batches: batches, hasMore: value["has_more"]?.boolValue ?? false,
            lastID: value["last_id"]?.stringValue ?? batches.last?.id)
    }

    /// The results of a batch, one at a time while the file arrives, in whatever order the server wrote them.
    ///
    /// Match them by ``Batch/Result/customID``. Holds one result in memory besides the one you have. Throws `connectionLost`
    /// over TLS also for an answer in HTTP/1 with neither a length nor chunks, which cannot be told from one that was cut off.
    public func batchResults(fileID: String) -> Batch.Results {
        Batch.Results(
            StreamSession(
                client: self, rescue: { _ in [] },
                makeRequest: { client throws(ImagesAPIError) in
                    try client.transferRequest(try Self.path("/files", fileID) + "/content", model: nil, method: .get)
                },
                makeReceiver: { request, channel in
                    LinesReceiver(
                        channel: channel, limits: request.limits, host: TransportError.host(of: request.url),
                        scrubber: request.scrubber, needsDelimiter: !request.allowsHTTP,
                        imageDirectory: request.imageDirectory)
                }))
    }
}
