/// A file that the server keeps.
public struct APIFile: Sendable, Hashable {
    /// The server's name for the file.
    public var id: String
    /// The file's size in bytes.
    public var byteCount: Int?
    /// Unix seconds.
    public var created: Int?
    /// Unix seconds.
    public var expires: Int?
    /// The name that the file was uploaded under.
    public var filename: String?
    /// What the file is for.
    public var purpose: Purpose?
    /// The server's processing state.
    public var status: String?
    /// What is wrong with the file, if the server says so.
    public var statusDetails: String?
    /// The whole object.
    public var raw: JSONValue

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

    init(_ value: JSONValue) throws(ImagesAPIError) {
        guard let id = value["id"]?.stringValue else {
            throw ImagesAPIError(.malformedResponse, "The response describes no file; it has no id.")
        }
        self.id = id
        byteCount = value["bytes"]?.integerValue
        created = value["created_at"]?.integerValue
        expires = value["expires_at"]?.integerValue
        filename = value["filename"]?.stringValue
        purpose = value["purpose"]?.stringValue.map(Purpose.init(rawValue:))
        status = value["status"]?.stringValue
        statusDetails = value["status_details"]?.stringValue
        raw = value
    }
}
