/// One operation of the API: method and path, what it makes, and its name in logs and metrics.
enum Endpoint: Sendable, Hashable {
    case generations, edits, variations
    case models, provenanceChecks
    case uploadFile, listFiles
    case file(ResourceID), fileContent(ResourceID), deleteFile(ResourceID)
    case createBatch, listBatches
    case batch(ResourceID), cancelBatch(ResourceID)
    /// The content of a batch's output file, which holds images.
    case batchResults(ResourceID)
    /// An image that a response names by address, on whatever host that is.
    case fetch
    /// An object of a storage, at a presigned or public URL.
    case object(TransferRequest.Method)

    var method: TransferRequest.Method {
        switch self {
        case .generations, .edits, .variations, .provenanceChecks, .uploadFile, .createBatch, .cancelBatch: .post
        case .models, .listFiles, .file, .fileContent, .listBatches, .batch, .batchResults, .fetch: .get
        case .deleteFile: .delete
        case .object(let method): method
        }
    }

    /// What the server is asked to do; its profile has the path.
    var operation: ServerProfile.Operation? {
        switch self {
        case .generations: .generations
        case .edits: .edits
        case .variations: .variations
        case .models: .models
        case .provenanceChecks: .provenance
        case .uploadFile, .listFiles, .file, .fileContent, .deleteFile, .batchResults: .files
        case .createBatch, .listBatches, .batch, .cancelBatch: .batches
        case .fetch, .object: nil
        }
    }

    /// What follows the path of the operation.
    var pathSuffix: String {
        switch self {
        case .file(let id), .deleteFile(let id), .batch(let id): "/\(id.escaped)"
        case .fileContent(let id), .batchResults(let id): "/\(id.escaped)/content"
        case .cancelBatch(let id): "/\(id.escaped)/cancel"
        default: ""
        }
    }

    /// The name in logs, metrics and the purchase journal: a bounded set, without ids.
    var label: String {
        switch self {
        case .generations: "images.generations"
        case .edits: "images.edits"
        case .variations: "images.variations"
        case .models: "models"
        case .provenanceChecks: "content_provenance_checks"
        case .uploadFile, .listFiles, .file, .fileContent, .deleteFile, .batchResults: "files"
        case .createBatch, .listBatches, .batch, .cancelBatch: "batches"
        case .fetch: "fetch"
        case .object: "storage"
        }
    }

    /// Whether the response holds images that were made for it.
    var makesImages: Bool {
        switch self {
        case .generations, .edits, .variations: true
        default: false
        }
    }

    /// Whether the request itself starts work that is paid for.
    var isBilled: Bool { makesImages || self == .createBatch }

    /// Whether the response holds images, which may be decoded into files; other downloads stay in memory.
    var bringsImages: Bool {
        if case .batchResults = self { true } else { makesImages }
    }

    /// The media type that the response is asked to have.
    var acceptedType: String {
        switch self {
        // What the official clients accept for a file's content, whatever it is.
        case .fileContent, .batchResults: "application/binary"
        case .fetch: "image/*"
        case .object: "*/*"
        default: "application/json"
        }
    }
}

/// An id that the server gave, in a form that cannot turn a path into another one.
struct ResourceID: Sendable, Hashable {
    /// The id, percent-encoded.
    let escaped: String

    init(_ id: String) throws(ImagesAPIError) {
        guard !id.isEmpty, id != ".", id != "..", id.utf8.count <= 512 else {
            throw ImagesAPIError(.invalidRequest, "An id is empty or not valid; use the one that the server gave.")
        }
        escaped = PercentEncoding.escaped(id)
    }
}
