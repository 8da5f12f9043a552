extension APIFile {
    /// What a file is for.
    public struct Purpose: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let batch = Self(rawValue: "batch")
        public static let batchOutput = Self(rawValue: "batch_output")
        public static let vision = Self(rawValue: "vision")
        public static let userData = Self(rawValue: "user_data")
        public static let assistants = Self(rawValue: "assistants")
        public static let assistantsOutput = Self(rawValue: "assistants_output")
        public static let fineTune = Self(rawValue: "fine-tune")
        public static let fineTuneResults = Self(rawValue: "fine-tune-results")
        public static let evals = Self(rawValue: "evals")
    }
}

/// A file kept by the server.
public struct APIFile: Sendable, Hashable {
    public var id: String
    public var byteCount: Int?
    /// Unix seconds.
    public var created: Int?
    /// Unix seconds.
    public var expires: Int?
    public var filename: String?
    public var purpose: APIFile.Purpose?
    public var status: String?
    /// What is wrong with it, where the server says so.
    public var statusDetails: String?
    /// The whole object.
    public var raw: JSONValue

    init(_ value: JSONValue) throws(ImagesAPIError) {
        guard let id = value["id"]?.stringValue else {
            throw ImagesAPIError(.malformedResponse, "The answer describes no file; it has no id.")
        }
        self.id = id
        byteCount = value["bytes"]?.integerValue
        created = value["created_at"]?.integerValue
        expires = value["expires_at"]?.integerValue
        filename = value["filename"]?.stringValue
        purpose = value["purpose"]?.stringValue.map(APIFile.Purpose.init(rawValue:))
        status = value["status"]?.stringValue
        statusDetails = value["status_details"]?.stringValue
        raw = value
    }
}

/// Some of an account's files.
public struct Page: Sendable, Hashable {
    public var files: [APIFile]
    /// Whether there are more, to be asked for with ``lastID``.
    public var hasMore: Bool
    /// Where the next page begins.
    public var lastID: String?
}

/// In which order files are listed.
public enum Order: String, Sendable, Hashable, CaseIterable {
    case oldestFirst = "asc"
    case newestFirst = "desc"
}
