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
    /// The body of a response of success that cannot be used, as it came and up to the limits; nil where the spool keeps it
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
    /// Header fields of the response that help to find the cause, names in lower case: `x-ratelimit-…`, `retry-after`, `x-should-retry`,
    /// `openai-processing-ms` and the like.
    public var headers: [String: String] = [:]
    /// The facts behind the message, for programs: `offset`, `found`, `allowed`, `host`, ….
    public var facts: [String: String]

    /// An error, e.g. for tests of code that handles it.
    public init(
        _ code: Code, _ message: String, status: Int? = nil, requestID: String? = nil,
        apiError: ImagesAPIError.ErrorObject? = nil,
        mayHaveBeenBilled: Bool = false, bytesReceived: Int = 0, attempts: Int = 0, isRetryable: Bool = false,
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

    /// Keeps the body of a response of success.
    mutating func keep(_ body: RawBody?) {
        body?.releaseFiles()
        keptBody = body
    }

    /// Whether ``body`` is there, told without making it.
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

extension ImagesAPIError {
    /// The kind of failure; stable across releases and safe as a metric label.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }
    }
}

extension ImagesAPIError.Code {
    // MARK: Before the network
    /// There is no key, and the host is not loopback.
    public static let missingAPIKey = Self(rawValue: "missingAPIKey")
    /// The key has characters that a header cannot have.
    public static let invalidAPIKey = Self(rawValue: "invalidAPIKey")
    /// The configuration contradicts itself or has an unusable value.
    public static let invalidConfiguration = Self(rawValue: "invalidConfiguration")
    /// A parameter is not valid.
    public static let invalidRequest = Self(rawValue: "invalidRequest")
    /// An edit without an image.
    public static let noImages = Self(rawValue: "noImages")
    /// More images than a request may have.
    public static let tooManyImages = Self(rawValue: "tooManyImages")
    /// An image without bytes.
    public static let emptyImage = Self(rawValue: "emptyImage")
    /// An image file above the limit of the API.
    public static let imageTooLarge = Self(rawValue: "imageTooLarge")
    /// An image of a type that the endpoint does not accept.
    public static let unsupportedImageType = Self(rawValue: "unsupportedImageType")
    /// The server or model does not have what was asked for.
    public static let unsupportedFeature = Self(rawValue: "unsupportedFeature")
    /// Too many requests wait already.
    public static let overloaded = Self(rawValue: "overloaded")
    /// The request might exceed the spending limit.
    public static let spendingLimit = Self(rawValue: "spendingLimit")
    /// The spool cannot be written.
    public static let spoolNotWritable = Self(rawValue: "spoolNotWritable")
    /// An earlier request under the same key may have been billed.
    public static let purchaseUnresolved = Self(rawValue: "purchaseUnresolved")
    /// A webhook whose signature, time, id or body is not right.
    public static let webhookRefused = Self(rawValue: "webhookRefused")
    // MARK: On the way
    /// The host name has no address.
    public static let couldNotResolve = Self(rawValue: "couldNotResolve")
    /// No connection could be made.
    public static let couldNotConnect = Self(rawValue: "couldNotConnect")
    /// The TLS handshake or the certificate failed.
    public static let tlsFailed = Self(rawValue: "tlsFailed")
    /// No connection within `timeouts.connect`.
    public static let connectTimeout = Self(rawValue: "connectTimeout")
    /// No response within `timeouts.firstByte`.
    public static let firstByteTimeout = Self(rawValue: "firstByteTimeout")
    /// No bytes for `timeouts.idle`.
    public static let idleTimeout = Self(rawValue: "idleTimeout")
    /// The request took longer than `timeouts.total`.
    public static let totalTimeout = Self(rawValue: "totalTimeout")
    /// The connection ended before the response did.
    public static let connectionLost = Self(rawValue: "connectionLost")
    /// The task was cancelled.
    public static let cancelled = Self(rawValue: "cancelled")
    /// The client was shut down.
    public static let clientShutDown = Self(rawValue: "clientShutDown")
    /// Any other failure of the transport.
    public static let transportFailed = Self(rawValue: "transportFailed")
    // MARK: Responses with an error
    /// A status without a code of its own.
    public static let httpError = Self(rawValue: "httpError")
    /// Status 401: the key is wrong.
    public static let authenticationFailed = Self(rawValue: "authenticationFailed")
    /// Status 403: the key may not do this.
    public static let permissionDenied = Self(rawValue: "permissionDenied")
    /// Status 404: the path, model or object does not exist.
    public static let notFound = Self(rawValue: "notFound")
    /// Status 400: the server refused the request.
    public static let badRequest = Self(rawValue: "badRequest")
    /// The prompt, an image or the result was blocked by moderation.
    public static let moderationBlocked = Self(rawValue: "moderationBlocked")
    /// Status 429: too many requests.
    public static let rateLimited = Self(rawValue: "rateLimited")
    /// The account has no money or quota left (status 402, 429 or others).
    public static let quotaExceeded = Self(rawValue: "quotaExceeded")
    /// A status of 500 or above.
    public static let serverError = Self(rawValue: "serverError")
    /// An image address that the fetch policy does not allow.
    public static let fetchRefused = Self(rawValue: "fetchRefused")
    /// A redirect, which requests with a key do not follow.
    public static let redirectRefused = Self(rawValue: "redirectRefused")
    // MARK: Responses that cannot be used
    /// The server accepted the request and has not finished it; the facts `id` and `url` say where its result will be.
    public static let accepted = Self(rawValue: "accepted")
    /// The response has another content type than expected.
    public static let unexpectedContent = Self(rawValue: "unexpectedContent")
    /// The response is not the JSON that the API describes.
    public static let malformedResponse = Self(rawValue: "malformedResponse")
    /// The base64 of an image is not valid.
    public static let malformedBase64 = Self(rawValue: "malformedBase64")
    /// The bytes of an image are no image.
    public static let malformedImage = Self(rawValue: "malformedImage")
    /// The response has no image.
    public static let emptyResponse = Self(rawValue: "emptyResponse")
    /// The stream ended before its last event.
    public static let streamEndedEarly = Self(rawValue: "streamEndedEarly")
    /// The response is larger than its limits.
    public static let limitExceeded = Self(rawValue: "limitExceeded")
    /// Memory or a thread could not be allocated.
    public static let outOfMemory = Self(rawValue: "outOfMemory")
}
