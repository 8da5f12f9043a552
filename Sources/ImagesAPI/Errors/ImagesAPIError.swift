#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// A failed request: the facts, whether it may have been billed, and what to do.
///
/// Codes are open: new ones may be added, so keep a default when you switch over ``code``. No error holds the key, the
/// prompt or the bytes of an image, except ``partialImages`` and ``body`` if the server sent some before it failed.
public struct ImagesAPIError: Error, Sendable {
    /// The kind of failure.
    public let code: Code
    /// One sentence that says what happened and what to do.
    public internal(set) var message: String
    /// The HTTP status, if there was one.
    public var status: Int?
    /// The server's id of the request (`x-request-id`, or as a gateway names it); quote it to the server's support.
    public var requestID: String?
    /// The error object the server sent, if it sent one.
    public var apiError: ImagesAPIError.ErrorObject?
    /// True when the server may have made and billed an image although none was received.
    ///
    /// Such a request is never retried automatically.
    public var mayHaveBeenBilled: Bool
    /// Bytes of the response's body that had arrived.
    public var bytesReceived: Int
    /// How many attempts were made.
    public var attempts: Int
    /// True when the same request may succeed later and a retry cannot pay twice.
    public var isRetryable: Bool
    /// The delay that the server asks for before a retry.
    public var retryAfter: Duration?
    /// Images that arrived completely before the failure, the latest last.
    public var partialImages: [ImagesResponse.GeneratedImage]
    /// The body of a successful response that cannot be used, unchanged and up to the limits; nil if the spool keeps it
    /// (fact `spooledFile`), and for other failures.
    ///
    /// The text of images is encoded again at each access, from the decoded bytes that the error holds: the memory of the
    /// whole body is taken only for as long as this value is kept. ``ImagesResponse/init(saved:limits:)`` reads it again. It
    /// may contain what the server repeats of the request.
    public var body: Data? {
        get { keptBody?.data() }
        set { keptBody = newValue.map { RawBody($0) } }
    }
    private var keptBody: RawBody?
    /// The cost of the request in US dollars, if the server states it.
    public var reportedCost: Double?
    /// Header fields of the response that help to find the cause, names in lower case: `x-ratelimit-…`, `retry-after`,
    /// `x-should-retry`, `openai-processing-ms` and the like.
    public var headers: [String: String] = [:]
    /// The facts behind the message, for programs: `offset`, `found`, `allowed`, `host`, ….
    public var facts: [String: String]

    /// An error, e.g. for tests of code that handles it.
    public init(
        _ code: Code, _ message: String, status: Int? = nil, requestID: String? = nil,
        apiError: ImagesAPIError.ErrorObject? = nil, mayHaveBeenBilled: Bool = false, bytesReceived: Int = 0,
        attempts: Int = 0, isRetryable: Bool = false,
        retryAfter: Duration? = nil, partialImages: [ImagesResponse.GeneratedImage] = [], facts: [String: String] = [:]
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

    /// Adds the facts of the attempt's response.
    ///
    /// - Parameter makesImages: false for requests that cost nothing. A server that responds with success has made its
    ///   image, however little of it arrived.
    mutating func note(_ head: ResponseHead?, bytesReceived: Int, makesImages: Bool) {
        attempts = max(attempts, 1)
        self.bytesReceived = bytesReceived
        status = status ?? head?.status
        requestID = requestID ?? head?.requestID
        if headers.isEmpty, let head { headers = head.diagnosticFields }
        if !makesImages {
            mayHaveBeenBilled = false
        } else if head?.isSuccess == true {
            mayHaveBeenBilled = true
            isRetryable = false
        }
    }

    /// Keeps the body of a successful response that cannot be used.
    mutating func keep(_ body: RawBody?) {
        body?.releaseFiles()
        keptBody = body
    }

    /// Whether ``body`` is not nil, without encoding it.
    package var hasBody: Bool { keptBody != nil }

    /// A label with bounded values for metrics: the code, and for HTTP errors the status.
    public var label: String {
        guard let status, (100...599).contains(status), code == .httpError else { return code.rawValue }
        return "\(code.rawValue).\(status)"
    }
}

extension ResponseHead {
    private static let diagnosticNames: Set<String> = [
        "retry-after", "retry-after-ms", "x-should-retry", "openai-processing-ms", "openai-version", "cf-ray",
    ]

    /// The fields that help to find the cause and the time of a retry; never cookies or addresses.
    fileprivate var diagnosticFields: [String: String] {
        var found: [String: String] = [:]
        for (name, value) in fields where found.count < 32 {
            let name = name.lowercased()
            guard Self.diagnosticNames.contains(name) || name.hasPrefix("x-ratelimit-"), found[name] == nil else {
                continue
            }
            found[SanitizedText.sanitized(name, limit: 64)] = SanitizedText.sanitized(value, limit: 256)
        }
        return found
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
