extension ImagesClient {
    /// Starts a batch (`POST /batches`) over an uploaded file of requests.
    ///
    /// With ``Configuration/spoolDirectory`` it is a purchase: recorded before it is sent, and its response, with the batch's
    /// id, is kept. The same ``Configuration/purchaseKey`` starts one batch only, in any number of processes.
    ///
    /// - Parameters:
    ///   - inputFileID: a file of ``Batch/InputWriter``, uploaded with the purpose `batch`.
    ///   - endpoint: the path of the endpoint of all its lines, which the writer knows: `/v1/images/generations` or
    ///     `/v1/images/edits`.
    ///   - metadata: up to 16 pairs, keys to 64 characters, values to 512.
    ///   - outputExpiresAfterSeconds: when the results are deleted, 3,600…2,592,000 seconds after the batch's creation.
    /// - Throws: with `mayHaveBeenBilled` when the batch may have been started although no response arrived; look for it in
    ///   ``batches(after:limit:)`` before you start it again.
    public func createBatch(
        inputFileID: String, endpoint: String, metadata: [String: String] = [:],
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
                .createBatch, body: body, contentType: "application/json", purchase: PurchaseSession(configuration)))
    }

    /// Describes a batch (`GET /batches/{id}`).
    public func batch(_ id: String) async throws(ImagesAPIError) -> Batch {
        try Batch(try await call(.batch(try ResourceID(id))))
    }

    /// Cancels a batch (`POST /batches/{id}/cancel`); it takes up to ten minutes to end.
    public func cancelBatch(_ id: String) async throws(ImagesAPIError) -> Batch {
        try Batch(try await call(.cancelBatch(try ResourceID(id))))
    }

    /// The account's batches, the newest first (`GET /batches`).
    ///
    /// - Parameters:
    ///   - after: the id of the last batch of the previous page.
    ///   - limit: 1…100 batches a page; 20 by default.
    public func batches(after: String? = nil, limit: Int? = nil) async throws(ImagesAPIError) -> (
        items: [Batch], hasMore: Bool, lastID: String?
    ) {
        var query: [(String, String)] = []
        if let after { query.append(("after", after)) }
        if let limit { query.append(("limit", "\(min(max(limit, 1), 100))")) }
        return try await page(.listBatches, query, id: \.id) { value throws(ImagesAPIError) in try Batch(value) }
    }

    /// The results of a batch, one at a time while the file arrives, in the order in which the server wrote them.
    ///
    /// ``Batch/Result/customID`` says which request each belongs to. At most one result is held in memory ahead of the one you have. Over TLS the
    /// stream throws `connectionLost` also for an HTTP/1 response with neither a length nor chunks, since a truncated one
    /// would look the same.
    public func batchResults(fileID: String) -> some AsyncSequence<Batch.Result, ImagesAPIError> & Sendable {
        batchResultStream(fileID: fileID)
    }

    /// The same, of a type that has a name.
    package func batchResultStream(fileID: String) -> BatchResultStream {
        BatchResultStream(
            session: StreamSession(
                client: self, rescue: { _ in [] },
                makeRequest: { client throws(ImagesAPIError) in
                    try client.transferRequest(.batchResults(try ResourceID(fileID)))
                },
                makeReceiver: { request, channel in
                    LinesReceiver(
                        channel: channel, limits: request.limits, host: TransportError.host(of: request.url),
                        scrubber: request.scrubber, needsDelimiter: !request.allowsHTTP,
                        imageDirectory: request.imageDirectory)
                }))
    }
}
