extension Batch {
    /// Where a batch stands.
    public struct Status: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let validating = Self(rawValue: "validating")
        public static let failed = Self(rawValue: "failed")
        public static let inProgress = Self(rawValue: "in_progress")
        public static let finalizing = Self(rawValue: "finalizing")
        public static let completed = Self(rawValue: "completed")
        public static let expired = Self(rawValue: "expired")
        public static let cancelling = Self(rawValue: "cancelling")
        public static let cancelled = Self(rawValue: "cancelled")

        /// Whether nothing more will happen.
        public var isFinal: Bool { [.failed, .completed, .expired, .cancelled].contains(self) }
    }

    /// What the requests of a batch ask for; one endpoint a batch.
    public struct Endpoint: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let generations = Self(rawValue: "/v1/images/generations")
        public static let edits = Self(rawValue: "/v1/images/edits")
    }
}

/// Many requests in one file, done within a day at half the price.
public struct Batch: Sendable, Hashable {
    public var id: String
    public var status: Batch.Status
    public var endpoint: Batch.Endpoint?
    public var inputFileID: String?
    /// The file of results, once there are any; read it with ``ImagesClient/batchResults(fileID:)``.
    public var outputFileID: String?
    /// The file of requests that failed.
    public var errorFileID: String?
    /// Unix seconds.
    public var created: Int?
    /// What was wrong with the input file; the only reason that a batch which ``Batch/Status/failed`` gives.
    public var errors: [InputError]
    public var times: Times
    public var requestCounts: RequestCounts?
    /// The tokens of all its requests, where the server counts them.
    public var usage: Usage?
    public var model: Model?
    /// How long the batch may take, such as `24h`.
    public var completionWindow: String?
    public var metadata: [String: String]
    /// The whole object.
    public var raw: JSONValue

    /// What is wrong with the input file, or with a line of it.
    public struct InputError: Sendable, Hashable {
        public var code: String?
        public var message: String?
        public var param: String?
        /// The line at fault, if it is one.
        public var line: Int?
    }

    /// When a batch came to what, in Unix seconds.
    public struct Times: Sendable, Hashable {
        public var started: Int?
        public var finalizing: Int?
        public var completed: Int?
        public var failed: Int?
        public var expired: Int?
        public var cancelling: Int?
        public var cancelled: Int?
        /// When it ends, whether it is done or not.
        public var expires: Int?
    }

    /// How far a batch has come.
    public struct RequestCounts: Sendable, Hashable, Codable {
        public var total: Int
        public var completed: Int
        public var failed: Int
    }

    init(_ value: JSONValue) throws(ImagesAPIError) {
        guard let id = value["id"]?.stringValue else {
            throw ImagesAPIError(.malformedResponse, "The answer describes no batch; it has no id.")
        }
        self.id = id
        status = Batch.Status(rawValue: value["status"]?.stringValue ?? "")
        endpoint = value["endpoint"]?.stringValue.map(Batch.Endpoint.init(rawValue:))
        inputFileID = value["input_file_id"]?.stringValue
        outputFileID = value["output_file_id"]?.stringValue
        errorFileID = value["error_file_id"]?.stringValue
        created = value["created_at"]?.integerValue
        errors = (value["errors"]?["data"]?.arrayValue ?? []).map(InputError.init)
        times = Times(value)
        usage = Usage(value["usage"])
        model = value["model"]?.stringValue.map(Model.init(rawValue:))
        completionWindow = value["completion_window"]?.stringValue
        requestCounts = value["request_counts"]?.objectValue.map { counts in
            RequestCounts(
                total: counts["total"]?.integerValue ?? 0, completed: counts["completed"]?.integerValue ?? 0,
                failed: counts["failed"]?.integerValue ?? 0)
        }
        metadata = (value["metadata"]?.objectValue ?? [:]).compactMapValues(\.stringValue)
        raw = value
    }
}

extension Batch.InputError {
    init(_ value: JSONValue) {
        code = value["code"]?.stringValue
        message = value["message"]?.stringValue
        param = value["param"]?.stringValue
        line = value["line"]?.integerValue
    }
}

extension Batch.Times {
    init(_ batch: JSONValue) {
        started = batch["in_progress_at"]?.integerValue
        finalizing = batch["finalizing_at"]?.integerValue
        completed = batch["completed_at"]?.integerValue
        failed = batch["failed_at"]?.integerValue
        expired = batch["expired_at"]?.integerValue
        cancelling = batch["cancelling_at"]?.integerValue
        cancelled = batch["cancelled_at"]?.integerValue
        expires = batch["expires_at"]?.integerValue
    }
}

/// Some of an account's batches, the newest first.
public struct Page: Sendable, Hashable {
    public var batches: [Batch]
    /// Whether there are more, to be asked for with ``lastID``.
    public var hasMore: Bool
    /// Where the next page begins.
    public var lastID: String?
}
