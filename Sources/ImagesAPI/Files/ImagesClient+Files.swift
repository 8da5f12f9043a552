#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesClient {
    /// The most bytes a file may have.
    public static let maxFileBytes = 512_000_000

    /// Uploads a file (`POST /files`); its bytes are sent from where they are.
    ///
    /// - Parameters:
    ///   - data: 1 to ``maxFileBytes`` bytes, for a batch ``Batch/InputWriter/maxBytes`` at most.
    ///   - filename: its last path component is sent.
    ///   - purpose: what the file is for; the server refuses it elsewhere.
    ///   - expiresAfterSeconds: when the server deletes it again, 3,600…2,592,000 from its creation.
    public func uploadFile(
        _ data: Data, filename: String, purpose: APIFile.Purpose, expiresAfterSeconds: Int? = nil
    ) async throws(ImagesAPIError) -> APIFile {
        let allowed = purpose == .batch ? Batch.InputWriter.maxBytes : Self.maxFileBytes
        guard !data.isEmpty, data.count <= allowed else {
            throw ImagesAPIError(
                .invalidRequest, "The file has \(data.count) bytes; 1 to \(allowed) are allowed.",
                facts: ["found": "\(data.count)", "allowed": "\(allowed)"])
        }
        try Self.check(lifetime: expiresAfterSeconds)
        var form = MultipartForm()
        form.append(name: "purpose", text: purpose.rawValue)
        if let seconds = expiresAfterSeconds {
            form.append(name: "expires_after[anchor]", text: "created_at")
            form.append(name: "expires_after[seconds]", text: "\(seconds)")
        }
        form.append(
            name: "file", filename: try UploadName.cleaned(filename) ?? "file",
            contentType: ImageUpload.ContentType(sniffing: data)?.rawValue ?? "application/jsonl", data: data)
        return try APIFile(
            try await call(.post, "/files", body: form.finished(), contentType: form.contentType))
    }

    /// How long the server may be asked to keep something.
    static func check(lifetime seconds: Int?) throws(ImagesAPIError) {
        guard let seconds, !(3_600...2_592_000).contains(seconds) else { return }
        throw ImagesAPIError(
            .invalidRequest, "Files are kept for 3600 to 2592000 seconds, not \(seconds).",
            facts: ["found": "\(seconds)", "allowed": "3600...2592000"])
    }

    /// The account's files (`GET /files`).
    ///
    /// - Parameters:
    ///   - purpose: only files for this.
    ///   - after: the id of the last file of the page before.
    ///   - limit: 1…10,000 files a page; 10,000 if not given.
    ///   - order: by creation; the newest first if not given.
    public func files(
        purpose: APIFile.Purpose? = nil, after: String? = nil, limit: Int? = nil, order: APIFile.Order? = nil
    ) async throws(ImagesAPIError) -> ImagesClient.Page {
        var query: [(String, String)] = []
        if let purpose { query.append(("purpose", purpose.rawValue)) }
        if let after { query.append(("after", after)) }
        if let limit { query.append(("limit", "\(min(max(limit, 1), 10_000))")) }
        if let order { query.append(("order", order.rawValue)) }
        let value = try await call(.get, Configuration.Dialect.adding(query, to: "/files"))
        var files: [APIFile] = []
        for element in value["data"]?.arrayValue ?? [] { files.append(try APIFile(element)) }
        return ImagesClient.Page(
            files: files, hasMore: value["has_more"]?.boolValue ?? false,
            lastID: value["last_id"]?.stringValue ?? files.last?.id)
    }

    /// What the server knows of a file (`GET /files/{id}`).
    public func file(_ id: String) async throws(ImagesAPIError) -> APIFile {
        try APIFile(try await call(.get, try Self.path("/files", id)))
    }

    /// A file's bytes (`GET /files/{id}/content`).
    ///
    /// - Parameters:
    ///   - id: the file's.
    ///   - maxBytes: how many are taken in before it is an error; read the results of batches with
    ///     ``batchResults(fileID:)`` instead, which holds one at a time.
    /// - Throws: `connectionLost` over TLS also for an answer in HTTP/1 with neither a length nor chunks, which cannot be told
    ///   from one that was cut off.
    public func fileContent(
        _ id: String, maxBytes: Int = ImagesClient.maxFileBytes
    ) async throws(ImagesAPIError) -> Data {
        let endpoint = try Self.path("/files", id) + "/content"
        let (data, _) = try await withRetries { () throws(ImagesAPIError) in
            try await withKey { client throws(ImagesAPIError) in
                let request = try client.transferRequest(endpoint, model: nil, method: .get)
                let receiver = BytesReceiver(
                    limits: request.limits, maxBytes: maxBytes, host: TransportError.host(of: request.url),
                    needsDelimiter: !request.allowsHTTP, scrubber: request.scrubber)
                let transfer = try client.transfer(request, to: receiver)
                return try await run(transfer) { waiter in receiver.continuation.withLock { $0 = waiter } }.get().0
            }
        }
        return data
    }

    /// Deletes a file (`DELETE /files/{id}`); true when the server says it did.
    @discardableResult
    public func deleteFile(_ id: String) async throws(ImagesAPIError) -> Bool {
        try await call(.delete, try Self.path("/files", id))["deleted"]?.boolValue ?? true
    }

    /// A path with an id from outside in it, which must not become another path.
    static func path(_ base: String, _ id: String) throws(ImagesAPIError) -> String {
        guard !id.isEmpty, id != ".", id != "..", id.utf8.count <= 512 else {
            throw ImagesAPIError(.invalidRequest, "An id is empty or no id; use the one the server gave.")
        }
        return "\(base)/\(Configuration.Dialect.escaped(id))"
    }

    /// A call whose answer is a small JSON document.
    ///
    /// - Parameters:
    ///   - purchase: what the call buys; its response is kept.
    ///   - isFree: false where the call itself sets work going that is paid for.
    func call(
        _ method: TransferRequest.Method, _ endpoint: String, body: RequestBody = RequestBody(),
        contentType: String? = nil, purchase: PurchaseSession? = nil, isFree: Bool = true
    ) async throws(ImagesAPIError) -> JSONValue {
        do throws(ImagesAPIError) {
            let ((value, spooledFile), _) = try await withRetries { () throws(ImagesAPIError) in
                do throws(ImagesAPIError) {
                    return try await withKey { client throws(ImagesAPIError) in
                        var request = try client.transferRequest(
                            endpoint, model: nil, method: method, body: body, contentType: contentType)
                        if let saved = try await purchase?.prepare(&request, responseBytes: Self.objectBytes) {
                            return (try client.value(ofSaved: saved), String?.none)
                        }
                        let (collected, spooledFile) = try await client.collect(request, expectedImages: 1)
                        return (collected.document.value, spooledFile)
                    }
                } catch {
                    var error = error
                    if isFree { error.mayHaveBeenBilled = false }
                    throw error
                }
            }
            await purchase?.succeeded(file: spooledFile)
            return value
        } catch {
            throw await purchase?.failed(error) ?? error
        }
    }

    /// Bytes of an object that describes a file or a batch, with room to spare.
    private static let objectBytes = 65_536

    private func value(ofSaved response: Data) throws(ImagesAPIError) -> JSONValue {
        let value = response.withUnsafeBytes { bytes in
            Result { () throws(ScanFailure) in
                var scanner = JSONScanner(limits: ScanLimits(configuration.limits))
                try scanner.scan(bytes)
                return try scanner.finish().value
            }
        }
        return try value.mapError { ImagesAPIError($0) }.get()
    }
}
