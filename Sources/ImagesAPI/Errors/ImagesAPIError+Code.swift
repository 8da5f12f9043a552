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
