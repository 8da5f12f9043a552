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

        /// The input of a batch.
        public static let batch = Self(rawValue: "batch")
        /// The output of a batch.
        public static let batchOutput = Self(rawValue: "batch_output")
        /// Images as input.
        public static let vision = Self(rawValue: "vision")
        /// Any other input.
        public static let userData = Self(rawValue: "user_data")
        /// Input of the Assistants API.
        public static let assistants = Self(rawValue: "assistants")
        /// Output of the Assistants API.
        public static let assistantsOutput = Self(rawValue: "assistants_output")
        /// Training data.
        public static let fineTune = Self(rawValue: "fine-tune")
        /// Results of a training.
        public static let fineTuneResults = Self(rawValue: "fine-tune-results")
        /// Data of evaluations.
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
