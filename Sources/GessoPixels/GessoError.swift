/// An error about an image: the stage, the facts, and what to do.
///
/// New codes may be added: keep a default case when switching over ``code``.
public struct GessoError: Error, Sendable, Hashable {
    /// The kind of failure; stable across releases and usable as a metric label.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// The stage that failed: `probe`, `decode`, `mask`, `resize`, `encode`, `write`, … (a bounded set).
    public let stage: String
    /// One sentence with what was found and what to do.
    public let message: String
    /// The facts behind the message, for programs: `offset`, `found`, `allowed`, `path`, ….
    public let facts: [String: String]

    public init(_ code: Code, stage: String, _ message: String, facts: [String: String] = [:]) {
        self.code = code
        self.stage = stage
        self.message = message
        self.facts = facts
    }

    /// `stage.code`, a label with a bounded set of values for metrics.
    public var label: String { "\(stage).\(code)" }
}

extension GessoError: CustomStringConvertible {
    public var description: String { "\(stage): \(message)" }
}

extension GessoError.Code {
    // Input files
    public static let fileNotFound = Self(rawValue: "fileNotFound")
    public static let fileNotReadable = Self(rawValue: "fileNotReadable")
    public static let emptyInput = Self(rawValue: "emptyInput")
    public static let unsupportedFormat = Self(rawValue: "unsupportedFormat")
    public static let unsupportedFeature = Self(rawValue: "unsupportedFeature")
    public static let truncated = Self(rawValue: "truncated")
    public static let corrupt = Self(rawValue: "corrupt")
    public static let invalidProfile = Self(rawValue: "invalidProfile")
    // Limits
    public static let tooManyPixels = Self(rawValue: "tooManyPixels")
    public static let sideTooLong = Self(rawValue: "sideTooLong")
    public static let tooManyBytes = Self(rawValue: "tooManyBytes")
    public static let limitExceeded = Self(rawValue: "limitExceeded")
    public static let outOfMemory = Self(rawValue: "outOfMemory")
    public static let overloaded = Self(rawValue: "overloaded")
    /// A wait for pixel memory took longer than its deadline.
    public static let timedOut = Self(rawValue: "timedOut")
    /// Work that holds a reservation asked for another one.
    public static let nestedReservation = Self(rawValue: "nestedReservation")
    /// The system gives the pixel pool no thread.
    public static let threadUnavailable = Self(rawValue: "threadUnavailable")
    // Geometry and masks
    public static let invalidGeometry = Self(rawValue: "invalidGeometry")
    public static let invalidParameter = Self(rawValue: "invalidParameter")
    public static let pixelFormatMismatch = Self(rawValue: "pixelFormatMismatch")
    public static let maskSizeMismatch = Self(rawValue: "maskSizeMismatch")
    public static let maskWithoutAlpha = Self(rawValue: "maskWithoutAlpha")
    public static let maskEmpty = Self(rawValue: "maskEmpty")
    public static let maskCoversEverything = Self(rawValue: "maskCoversEverything")
    public static let tooManyImages = Self(rawValue: "tooManyImages")
    // Output
    public static let encodingFailed = Self(rawValue: "encodingFailed")
    public static let fileExists = Self(rawValue: "fileExists")
    public static let fileNotWritable = Self(rawValue: "fileNotWritable")
    public static let cancelled = Self(rawValue: "cancelled")
}
