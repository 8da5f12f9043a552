#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension ImagesClient {
    /// What the server finds in an image of the marks that its own models leave.
    ///
    /// A mark that is not found proves nothing: it may have been taken off, or another company's model may have made the
    /// image.
    public struct ProvenanceCheck: Sendable, Hashable {
        /// When the check was made, in Unix seconds.
        public var created: Int?
        /// One finding for each kind of mark.
        public var findings: [Finding]
        /// The whole answer.
        public var raw: JSONValue

        /// A kind of mark.
        public struct Signal: ExtensibleString {
            public let rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }

            /// A signed manifest in the file's metadata.
            public static let c2pa = Self(rawValue: "c2pa")
            /// A watermark in the pixels.
            public static let synthID = Self(rawValue: "synthid")
        }

        /// What became of one kind of mark.
        public struct Finding: Sendable, Hashable {
            public var signal: Signal
            /// Whether a mark of the provider was found; nil for an outcome that is neither word.
            public var isDetected: Bool?
            /// `trusted`, `valid`, `invalid` or `not_present`; of a manifest only.
            public var validationState: String?
            /// Who signed the manifest.
            public var issuer: String?
            public var model: Model?
            /// When the image was made, as the mark has it (RFC 3339).
            public var generatedAt: String?
        }

        init(_ value: JSONValue) throws(ImagesAPIError) {
            guard let results = value["results"]?.arrayValue else {
                throw ImagesAPIError(.malformedResponse, "The answer describes no provenance check; it has no results.")
            }
            created = value["created_at"]?.integerValue
            findings = results.map(Finding.init)
            raw = value
        }
    }
}

extension ImagesClient.ProvenanceCheck.Finding {
    init(_ value: JSONValue) {
        signal = ImagesClient.ProvenanceCheck.Signal(rawValue: value["type"]?.stringValue ?? "")
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
    }
}

extension ImagesClient {
    /// Asks whether the provider's own models made an image (`POST /content_provenance_checks`).
    ///
    /// The endpoint is in no published schema so far; the field `file`, the formats and the answer are those of the
    /// official Python SDK 3.54.0, and how many bytes it takes is said nowhere.
    /// - Parameter image: the file as it is, PNG, JPEG, WebP or GIF; encoding it anew would take the marks off.
    /// - Throws: `emptyImage` and `unsupportedImageType` before the network.
    public func checkProvenance(of image: Data) async throws(ImagesAPIError) -> ImagesClient.ProvenanceCheck {
        guard !image.isEmpty else {
            throw ImagesAPIError(.emptyImage, "The image has no bytes; read the file anew.")
        }
        guard let type = ImageUpload.ContentType(sniffing: image), type != .svg else {
            throw ImagesAPIError(
                .unsupportedImageType, "The bytes are neither PNG, JPEG, WebP nor GIF; only those can be checked.")
        }
        var form = MultipartForm()
        form.append(name: "file", filename: "image-0.\(type.fileExtension)", contentType: type.rawValue, data: image)
        return try ImagesClient.ProvenanceCheck(
            try await call(
                .post, "/content_provenance_checks", body: form.finished(), contentType: form.contentType))
    }
}
