/// What went wrong with a request: the facts, whether it may have cost money, and what to do.
///
/// Codes are open: new ones may be added, so keep a default when you switch over ``code``. No error holds the key, the
/// prompt or an image's bytes, except ``partialImages`` where the server delivered some before it failed.
public struct ImagesAPIError: Error, Sendable {
    /// The kind of failure.
    public let code: Code
    /// One sentence that says what happened and what to do.
    public internal(set) var message: String
    /// The HTTP status, if there was one.
    public var status: Int?
    /// What the server calls this request (`x-request-id`); quote it when you ask the server's people.
    public var requestID: String?
    /// The error object the server sent, if it sent one.
    public var apiError: ImagesAPIError.ErrorObject?
    /// True when the server may have made and charged for an image although none was delivered.
    ///
    /// Such a request is never repeated automatically.
    public var mayHaveBeenBilled: Bool
    /// Bytes of the response's body that had arrived.
    public var bytesReceived: Int
    /// How many times the request was sent or tried.
    public var attempts: Int
    /// True when the same request may succeed later and repeating it cannot pay twice.
    public var isRetryable: Bool
    /// How long the server asks to wait before a repeat.
    public var retryAfter: Duration?
    /// Images that arrived whole before the failure, the latest last.
    public var partialImages: [GeneratedImage]
    /// Header fields of the answer that say more, names in lower case: `x-ratelimit-…`, `retry-after`, `x-should-retry`,
    /// `openai-processing-ms` and the like.
    public var headers: [String: String] = [:]
    /// The facts behind the message, for programs: `offset`, `found`, `allowed`, `host`, ….
    public var facts: [String: String]

    public init(
        _ code: Code, _ message: String, status: Int? = nil, requestID: String? = nil,
        apiError: ImagesAPIError.ErrorObject? = nil,
        mayHaveBeenBilled: Bool = false, bytesReceived: Int = 0, attempts: Int = 0, isRetryable: Bool = false,
        retryAfter: Duration? = nil, partialImages: [GeneratedImage] = [], facts: [String: String] = [:]
    ) {
        self.code = code
        self.message = message
        self.status = status
        self.requestID = requestID
        self.apiError = apiError
        self.mayHaveBeenBilled = mayHaveBeenBilled
        self.bytesReceived = bytesReceived
        self.attempts = attempts
        self.isRetryable = isRetryable
        self.retryAfter = retryAfter
        self.partialImages = partialImages
        self.facts = facts
    }

    /// Adds what an attempt knows of its answer.
    ///
    /// - Parameter makesImages: false where nothing is made that costs. Where an image is, a server that says "OK" has made
    ///   it, however little of it came.
    mutating func note(_ head: ResponseHead?, bytesReceived: Int, makesImages: Bool) {
        attempts = max(attempts, 1)
        self.bytesReceived = bytesReceived
        status = status ?? head?.status
        requestID = requestID ?? head?["x-request-id"]
        if headers.isEmpty, let head { headers = head.telling }
        if !makesImages {
            mayHaveBeenBilled = false
        } else if head?.isSuccess == true {
            mayHaveBeenBilled = true
            isRetryable = false
        }
    }

    /// A label with bounded values for metrics: the code, and for HTTP errors the status.
    public var label: String {
        guard let status, (100...599).contains(status), code == .httpError else { return code.rawValue }
        return "\(code.rawValue).\(status)"
    }
}

extension ResponseHead {
    private static let tellingNames: Set<String> = [
        "retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms", "openai-version", "cf-ray",
    ]

    /// The fields that help to find out what went wrong and when to come back; never cookies or addresses.
    fileprivate var telling: [String: String] {
        var telling: [String: String] = [:]
        for (name, value) in fields where telling.count < 32 {
            let name = name.lowercased()
            guard Self.tellingNames.contains(name) || name.hasPrefix("x-ratelimit-"), telling[name] == nil else {
                continue
            }
            telling[SanitizedText.sanitized(name, limit: 64)] = SanitizedText.sanitized(value, limit: 256)
        }
        return telling
    }
}

extension ImagesAPIError: CustomStringConvertible {
    public var description: String {
        var text = message
        var notes: [String] = []
        if let status { notes.append("status \(status)") }
        if let requestID { notes.append("request \(SanitizedText.sanitized(requestID, limit: 128))") }
        if attempts > 1 { notes.append("\(attempts) attempts") }
        if mayHaveBeenBilled { notes.append("may have been billed") }
        if !notes.isEmpty { text += " (\(notes.joined(separator: ", ")))" }
        return text
    }
}

extension ImagesAPIError {
    /// The error object of the API: `{"error": {"message", "type", "param", "code"}}`.
    public struct ErrorObject: Sendable, Hashable {
        /// The server's sentence.
        public var message: String
        /// The family, such as `invalid_request_error` or `image_generation_user_error`.
        public var type: String?
        /// The parameter at fault, such as `image[0]`.
        public var param: String?
        /// The stable discriminator, such as `moderation_blocked`; numbers are kept as text.
        public var code: String?
        /// Whatever else the object held, such as `moderation_details`.
        public var extra: [String: JSONValue]

        public init(
            message: String, type: String? = nil, param: String? = nil, code: String? = nil,
            extra: [String: JSONValue] = [:]
        ) {
            self.message = message
            self.type = type
            self.param = param
            self.code = code
            self.extra = extra
        }
    }
}
