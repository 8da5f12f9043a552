#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesClient {
    /// What the server says about one kind of mark that the provider's own models leave in an image.
    ///
    /// A mark that is not found proves nothing: it may have been removed, or another company's model may have made the
    /// image.
    public struct ProvenanceFinding: Sendable, Hashable {
        /// The kind of mark: `c2pa`, a signed manifest in the metadata, or `synthid`, a watermark in the pixels.
        public var signal: String
        /// Whether a mark of the provider was found; nil for an outcome that this version does not know.
        public var isDetected: Bool?
        /// `trusted`, `valid`, `invalid` or `not_present`; for manifests only.
        public var validationState: String?
        /// Who signed the manifest.
        public var issuer: String?
        /// The model that made the image.
        public var model: Model?
        /// When the image was made, according to the mark (RFC 3339).
        public var generatedAt: String?
        /// The whole object.
        public var raw: JSONValue

        init(_ value: JSONValue) {
            signal = value["type"]?.stringValue ?? ""
            isDetected =
                switch value["outcome"]?.stringValue {
                case "detected": true
                case "not_detected": false
                default: nil
                }
            validationState = value["validation_state"]?.stringValue
            issuer = value["issuer"]?.stringValue
            model = value["model"]?.stringValue.map(Model.init(rawValue:))
            generatedAt = value["generated_at"]?.stringValue
            raw = value
        }
    }

    /// Checks whether the provider's own models made an image (`POST /content_provenance_checks`).
    ///
    /// No published schema has this endpoint so far. The field `file`, the formats and the response follow the official
    /// Python SDK 3.54.0; its size limit is not documented.
    /// - Parameter image: the file as it is, PNG, JPEG, WebP or GIF; encoding it again would remove the marks.
    /// - Returns: one finding for each kind of mark.
    /// - Throws: `emptyImage` and `unsupportedImageType` before the network.
    public func checkProvenance(of image: Data) async throws(ImagesAPIError) -> [ProvenanceFinding] {
        guard !image.isEmpty else {
            throw ImagesAPIError(.emptyImage, "The image has no bytes; read the file again.")
        }
        guard let type = ImageUpload.ContentType(sniffing: image), type != .svg else {
            throw ImagesAPIError(
                .unsupportedImageType, "The bytes are neither PNG, JPEG, WebP nor GIF; only those can be checked.")
        }
        var form = MultipartForm()
        form.append(name: "file", filename: "image-0.\(type.fileExtension)", contentType: type.rawValue, data: image)
        let value = try await call(.provenanceChecks, body: form.finished(), contentType: form.contentType)
        guard let results = value["results"]?.arrayValue else {
            throw ImagesAPIError(.malformedResponse, "The response describes no provenance check; it has no results.")
        }
        return results.map(ProvenanceFinding.init)
    }
}
