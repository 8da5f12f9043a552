#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesClient {
    /// The largest file that can be uploaded, in bytes.
    public static let maxFileBytes = 512_000_000

    /// Uploads a file (`POST /files`); its bytes are sent without being copied.
    ///
    /// - Parameters:
    ///   - data: 1 to ``maxFileBytes`` bytes; for a batch at most ``Batch/InputWriter/maxBytes``.
    ///   - filename: its last path component is sent.
    ///   - purpose: what the file is for: `batch`, `vision` (images), `user_data` and others; the server refuses other uses.
    ///   - expiresAfterSeconds: when the server deletes it, 3,600…2,592,000 seconds after its creation.
    public func uploadFile(
        _ data: Data, filename: String, purpose: String, expiresAfterSeconds: Int? = nil
    ) async throws(ImagesAPIError) -> APIFile {
        let allowed = purpose == "batch" ? Batch.InputWriter.maxBytes : Self.maxFileBytes
        guard !data.isEmpty, data.count <= allowed else {
            throw ImagesAPIError(
                .invalidRequest, "The file has \(data.count) bytes; 1 to \(allowed) are allowed.",
                facts: ["found": "\(data.count)", "allowed": "\(allowed)"])
        }
        try Self.check(lifetime: expiresAfterSeconds)
        var form = MultipartForm()
        form.append(name: "purpose", text: purpose)
        if let seconds = expiresAfterSeconds {
            form.append(name: "expires_after[anchor]", text: "created_at")
            form.append(name: "expires_after[seconds]", text: "\(seconds)")
        }
        form.append(
            name: "file", filename: try UploadName.cleaned(filename) ?? "file",
            contentType: ImageUpload.ContentType(sniffing: data)?.rawValue ?? "application/jsonl", data: data)
        return try APIFile(try await call(.uploadFile, body: form.finished(), contentType: form.contentType))
    }

    /// Checks how long the server is asked to keep a file.
    static func check(lifetime seconds: Int?) throws(ImagesAPIError) {
        guard let seconds, !(3_600...2_592_000).contains(seconds) else { return }
        throw ImagesAPIError(
            .invalidRequest, "Files can be kept for 3600 to 2592000 seconds, not \(seconds).",
            facts: ["found": "\(seconds)", "allowed": "3600...2592000"])
    }

    /// The account's files (`GET /files`).
    ///
    /// - Parameters:
    ///   - purpose: only files for this.
    ///   - after: the id of the last file of the previous page.
    ///   - limit: 1…10,000 files a page; 10,000 by default.
    ///   - newestFirst: the order, by creation; the server's default is true.
    public func files(
        purpose: String? = nil, after: String? = nil, limit: Int? = nil, newestFirst: Bool? = nil
    ) async throws(ImagesAPIError) -> (
        items: [APIFile], hasMore: Bool, lastID: String?
    ) {
        var query: [(String, String)] = []
        if let purpose { query.append(("purpose", purpose)) }
        if let after { query.append(("after", after)) }
        if let limit { query.append(("limit", "\(min(max(limit, 1), 10_000))")) }
        if let newestFirst { query.append(("order", newestFirst ? "desc" : "asc")) }
        return try await page(.listFiles, query, id: \.id) { value throws(ImagesAPIError) in try APIFile(value) }
    }

    /// Describes a file (`GET /files/{id}`).
    public func file(_ id: String) async throws(ImagesAPIError) -> APIFile {
        try APIFile(try await call(.file(try ResourceID(id))))
    }

    /// A file's bytes (`GET /files/{id}/content`).
    ///
    /// - Parameters:
    ///   - id: the file's id.
    ///   - maxBytes: the largest file that is accepted; read the results of batches with ``batchResults(fileID:)``
    ///     instead, which holds one result at a time.
    /// - Throws: over TLS `connectionLost` also for an HTTP/1 response with neither a length nor chunks, since a truncated
    ///   one would look the same.
    public func fileContent(
        _ id: String, maxBytes: Int = ImagesClient.maxFileBytes
    ) async throws(ImagesAPIError) -> Data {
        let endpoint = Endpoint.fileContent(try ResourceID(id))
        let (data, _) = try await withRetries { () throws(ImagesAPIError) in
            try await withKey { client throws(ImagesAPIError) in
                let request = try client.transferRequest(endpoint)
                let receiver = BytesReceiver(
                    limits: request.limits, maxBytes: maxBytes, host: TransportError.host(of: request.url),
                    needsDelimiter: !request.allowsHTTP, scrubber: request.scrubber)
                let transfer = try client.transfer(request, to: receiver)
                return try await run(transfer) { waiter in receiver.continuation.withLock { $0 = waiter } }.get().0
            }
        }
        return data
    }

    /// Deletes a file (`DELETE /files/{id}`); true when the server confirms it.
    @discardableResult
    public func deleteFile(_ id: String) async throws(ImagesAPIError) -> Bool {
        try await call(.deleteFile(try ResourceID(id)))["deleted"]?.boolValue ?? true
    }
}
