/// What the server says about where a picture comes from.
public struct ProvenanceCheck: Sendable, Hashable {
    /// The whole answer; its form is not settled, so nothing of it is read for you.
    public var raw: JSONValue
}

extension ImagesClient {
    /// Asks whether a picture was made by the provider's models (`POST /content_provenance_checks`).
    public func checkProvenance(of image: ImageUpload) async throws(ImagesAPIError) -> ProvenanceCheck {
        var form = MultipartForm()
        form.append(name: "file", upload: image, stem: "image-0")
        return ProvenanceCheck(
            raw: try await call(
                .post, "/content_provenance_checks", body: form.finished(), contentType: form.contentType))
    }
}
