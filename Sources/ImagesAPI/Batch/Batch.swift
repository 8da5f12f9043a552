/// Many requests in one file, completed within a day at half the price.
public struct Batch: Sendable, Hashable {
    /// The server's name for the batch.
    public var id: String
    /// How far the batch has come.
    public var status: Status
    /// The path of the endpoint of all its requests, `/v1/images/generations` or `/v1/images/edits`.
    public var endpoint: String?
    /// The file of requests.
    public var inputFileID: String?
    /// The file of results, once there are any; read it with ``ImagesClient/batchResults(fileID:)``.
    public var outputFileID: String?
    /// The file of requests that failed.
    public var errorFileID: String?
    /// When it was created, in Unix seconds.
    public var created: Int?
    /// When it ends, whether it is complete or not, in Unix seconds.
    public var expires: Int?
    /// What is wrong with the input file; the only explanation of a batch that ``Status/failed``. If one line
    /// is wrong, its number is in `extra["line"]`.
    public var errors: [ImagesAPIError.ErrorObject]
    /// How many requests it has; nil until the server says so, as for the next two.
    public var requestCount: Int?
    /// How many of them have a response.
    public var completedCount: Int?
    /// How many of them ended with an error.
    public var failedCount: Int?
    /// The tokens of all its requests, where the server counts them.
    public var usage: Usage?
    /// The model of its requests.
    public var model: Model?
    /// How long the batch may take, such as `24h`.
    public var completionWindow: String?
    /// Your own keys and values.
    public var metadata: [String: String]
    /// The whole object.
    public var raw: JSONValue

    /// The state of a batch.
    public struct Status: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The input file is being checked.
        public static let validating = Self(rawValue: "validating")
        /// The input file was refused.
        public static let failed = Self(rawValue: "failed")
        /// The requests are being processed.
        public static let inProgress = Self(rawValue: "in_progress")
        /// The results are being written.
        public static let finalizing = Self(rawValue: "finalizing")
        /// The results are ready.
        public static let completed = Self(rawValue: "completed")
        /// The time ran out before all requests were processed.
        public static let expired = Self(rawValue: "expired")
        /// It is being cancelled.
        public static let cancelling = Self(rawValue: "cancelling")
        /// It was cancelled.
        public static let cancelled = Self(rawValue: "cancelled")

        /// Whether the status will not change any more.
        public var isFinal: Bool { [.failed, .completed, .expired, .cancelled].contains(self) }
    }

    /// When the batch reached a status, in Unix seconds; nil if it has not.
    public func time(of status: Status) -> Int? { raw["\(status)_at"]?.integerValue }

    /// Reads the object as ``raw`` has it.
    package init(_ value: JSONValue) throws(ImagesAPIError) {
        guard let id = value["id"]?.stringValue else {
            throw ImagesAPIError(.malformedResponse, "The response describes no batch; it has no id.")
        }
        self.id = id
        status = Status(rawValue: value["status"]?.stringValue ?? "")
        endpoint = value["endpoint"]?.stringValue
        inputFileID = value["input_file_id"]?.stringValue
        outputFileID = value["output_file_id"]?.stringValue
        errorFileID = value["error_file_id"]?.stringValue
        created = value["created_at"]?.integerValue
        expires = value["expires_at"]?.integerValue
        errors = (value["errors"]?["data"]?.arrayValue ?? []).map { error in
            ImagesAPIError.ErrorObject(members: error.objectValue ?? [:])
        }
        usage = Usage(value["usage"])
        model = value["model"]?.stringValue.map(Model.init(rawValue:))
        completionWindow = value["completion_window"]?.stringValue
        requestCount = value["request_counts"]?["total"]?.integerValue
        completedCount = value["request_counts"]?["completed"]?.integerValue
        failedCount = value["request_counts"]?["failed"]?.integerValue
        metadata = (value["metadata"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
        raw = value
    }
}
