extension ImagesAPIError {
    /// The kind of failure; stable across releases and safe to use as a metric label.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }
    }
}

extension ImagesAPIError.Code {
    // Before the network
    public static let missingAPIKey = Self(rawValue: "missingAPIKey")
    public static let invalidAPIKey = Self(rawValue: "invalidAPIKey")
    public static let invalidConfiguration = Self(rawValue: "invalidConfiguration")
    public static let invalidRequest = Self(rawValue: "invalidRequest")
    public static let noImages = Self(rawValue: "noImages")
    public static let tooManyImages = Self(rawValue: "tooManyImages")
    public static let emptyImage = Self(rawValue: "emptyImage")
    public static let imageTooLarge = Self(rawValue: "imageTooLarge")
    public static let unsupportedImageType = Self(rawValue: "unsupportedImageType")
    public static let unsupportedFeature = Self(rawValue: "unsupportedFeature")
    public static let overloaded = Self(rawValue: "overloaded")
    public static let spendingLimit = Self(rawValue: "spendingLimit")
    public static let spoolNotWritable = Self(rawValue: "spoolNotWritable")
    public static let purchaseUnresolved = Self(rawValue: "purchaseUnresolved")
    // On the way
    public static let couldNotResolve = Self(rawValue: "couldNotResolve")
    public static let couldNotConnect = Self(rawValue: "couldNotConnect")
    public static let tlsFailed = Self(rawValue: "tlsFailed")
    public static let connectTimeout = Self(rawValue: "connectTimeout")
    public static let firstByteTimeout = Self(rawValue: "firstByteTimeout")
    public static let idleTimeout = Self(rawValue: "idleTimeout")
    public static let totalTimeout = Self(rawValue: "totalTimeout")
    public static let connectionLost = Self(rawValue: "connectionLost")
    public static let cancelled = Self(rawValue: "cancelled")
    public static let clientShutDown = Self(rawValue: "clientShutDown")
    public static let transportFailed = Self(rawValue: "transportFailed")
    // What the server said
    public static let httpError = Self(rawValue: "httpError")
    public static let authenticationFailed = Self(rawValue: "authenticationFailed")
    public static let permissionDenied = Self(rawValue: "permissionDenied")
    public static let notFound = Self(rawValue: "notFound")
    public static let badRequest = Self(rawValue: "badRequest")
    public static let moderationBlocked = Self(rawValue: "moderationBlocked")
    public static let rateLimited = Self(rawValue: "rateLimited")
    public static let quotaExceeded = Self(rawValue: "quotaExceeded")
    public static let serverError = Self(rawValue: "serverError")
    public static let fetchRefused = Self(rawValue: "fetchRefused")
    public static let redirectRefused = Self(rawValue: "redirectRefused")
    // What came back
    public static let unexpectedContent = Self(rawValue: "unexpectedContent")
    public static let malformedResponse = Self(rawValue: "malformedResponse")
    public static let malformedBase64 = Self(rawValue: "malformedBase64")
    public static let malformedImage = Self(rawValue: "malformedImage")
    public static let emptyResponse = Self(rawValue: "emptyResponse")
    public static let streamEndedEarly = Self(rawValue: "streamEndedEarly")
    public static let limitExceeded = Self(rawValue: "limitExceeded")
    public static let outOfMemory = Self(rawValue: "outOfMemory")
}
