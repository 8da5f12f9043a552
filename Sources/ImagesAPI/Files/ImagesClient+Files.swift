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
    ///   - data: 1 to ``maxFileBytes`` bytes.
    ///   - filename: its last path component is sent.
    ///   - purpose: what the file is for; the server refuses it elsewhere.
    ///   - expiresAfterSeconds: when the server deletes it again, from its creation.
    public func uploadFile(
        _ data: Data, filename: String, purpose: FilePurpose, expiresAfterSeconds: Int? = nil
    ) async throws(ImagesAPIError) -> APIFile {
        guard !data.isEmpty, data.count <= Self.maxFileBytes else {
            throw ImagesAPIError(
                .invalidRequest, "The file has \(data.count) bytes; 1 to \(Self.maxFileBytes) are allowed.",
                facts: ["found": "\(data.count)", "allowed": "\(Self.maxFileBytes)"])
        }
        var form = MultipartForm()
        form.append(name: "purpose", text: purpose.rawValue)
        if let seconds = expiresAfterSeconds {
            form.append(name: "expires_after[anchor]", text: "created_at")
            form.append(name: "expires_after[seconds]", text: "\(seconds)")
        }
        form.append(
            name: "file", filename: try UploadName.cleaned(filename) ?? "file",
            contentType: ImageContentType(sniffing: data)?.rawValue ?? "application/jsonl", data: data)
        return try APIFile(
            try await call(.post, "/files", body: form.finished(), contentType: form.contentType))
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
    public func fileContent(
        _ id: String, maxBytes: Int = ImagesClient.maxFileBytes
    ) async throws(ImagesAPIError) -> Data {
        let request = try transferRequest(try Self.path("/files", id) + "/content", model: nil, method: .get)
        let (data, _) = try await withRetries { () throws(ImagesAPIError) in
            let host = TransportError.host(of: request.url)
            let receiver = BytesReceiver(limits: request.limits, maxBytes: maxBytes, host: host)
            return try await run(transfer(request, to: receiver)) { receiver.continuation = $0 }.get().0
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
    func call(
        _ method: TransferRequest.Method, _ endpoint: String, body: RequestBody = RequestBody(),
        contentType: String? = nil
    ) async throws(ImagesAPIError) -> JSONValue {
        let request = try transferRequest(
            endpoint, model: nil, method: method, body: body, contentType: contentType)
        let (value, _) = try await withRetries { () throws(ImagesAPIError) in
            do throws(ImagesAPIError) {
                return try await collect(request, expectedImages: 1).0.document.value
            } catch {
                // No picture is made here, so nothing can have been paid for.
                var free = error
                free.mayHaveBeenBilled = false
                throw free
            }
        }
        return value
    }
}
