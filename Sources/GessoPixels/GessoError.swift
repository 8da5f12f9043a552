/// An error about an image: the stage, the facts, and what to do.
///
/// New codes may be added: keep a default case when switching over ``code``.
public struct GessoError: Error, Sendable, Hashable {
    /// The kind of failure; stable across releases and usable as a metric label.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name of the code.
        public let rawValue: String
        /// A code with that name.
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// The stage that failed: `probe`, `decode`, `mask`, `resize`, `encode`, `write`, … (a bounded set).
    public let stage: String
    /// One sentence with what was found and what to do.
    public let message: String
    /// The facts of the message, for programs: `offset`, `found`, `allowed`, `path`, ….
    public let facts: [String: String]

    /// An error with these facts.
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
    /// The file does not exist.
    public static let fileNotFound = Self(rawValue: "fileNotFound")
    /// The file exists but cannot be read.
    public static let fileNotReadable = Self(rawValue: "fileNotReadable")
    /// The file or response is empty.
    public static let emptyInput = Self(rawValue: "emptyInput")
    /// The content is not in a supported format.
    public static let unsupportedFormat = Self(rawValue: "unsupportedFormat")
    /// The format is supported, but not this feature of it.
    public static let unsupportedFeature = Self(rawValue: "unsupportedFeature")
    /// The file ends early.
    public static let truncated = Self(rawValue: "truncated")
    /// The content is damaged.
    public static let corrupt = Self(rawValue: "corrupt")
    /// A color profile is damaged or does not fit the pixels.
    public static let invalidProfile = Self(rawValue: "invalidProfile")
    // Limits
    /// The image has more pixels than the limit.
    public static let tooManyPixels = Self(rawValue: "tooManyPixels")
    /// A side is longer than the limit or than the format allows.
    public static let sideTooLong = Self(rawValue: "sideTooLong")
    /// A file or a metadata block has more bytes than the limit.
    public static let tooManyBytes = Self(rawValue: "tooManyBytes")
    /// Another limit is exceeded; the fact `what` names it.
    public static let limitExceeded = Self(rawValue: "limitExceeded")
    /// Memory could not be allocated.
    public static let outOfMemory = Self(rawValue: "outOfMemory")
    /// Too many operations are waiting.
    public static let overloaded = Self(rawValue: "overloaded")
    /// A wait for pixel memory took longer than its deadline.
    public static let timedOut = Self(rawValue: "timedOut")
    /// Work that holds a reservation asked for another one.
    public static let nestedReservation = Self(rawValue: "nestedReservation")
    /// No thread could be started for the pixel pool.
    public static let threadUnavailable = Self(rawValue: "threadUnavailable")
    // Geometry and masks
    /// A size, rectangle or padding is invalid for the image.
    public static let invalidGeometry = Self(rawValue: "invalidGeometry")
    /// A parameter is outside its range.
    public static let invalidParameter = Self(rawValue: "invalidParameter")
    /// The operation does not support the pixel format.
    public static let pixelFormatMismatch = Self(rawValue: "pixelFormatMismatch")
    /// The mask does not have the size of the upright image.
    public static let maskSizeMismatch = Self(rawValue: "maskSizeMismatch")
    /// The mask image has no alpha channel.
    public static let maskWithoutAlpha = Self(rawValue: "maskWithoutAlpha")
    /// The mask selects no pixel.
    public static let maskEmpty = Self(rawValue: "maskEmpty")
    /// The mask selects every pixel.
    public static let maskCoversEverything = Self(rawValue: "maskCoversEverything")
    /// There are more images than the model accepts.
    public static let tooManyImages = Self(rawValue: "tooManyImages")
    // Output
    /// An encoder failed.
    public static let encodingFailed = Self(rawValue: "encodingFailed")
    /// The output file already exists.
    public static let fileExists = Self(rawValue: "fileExists")
    /// The output file cannot be written.
    public static let fileNotWritable = Self(rawValue: "fileNotWritable")
    /// The task was cancelled.
    public static let cancelled = Self(rawValue: "cancelled")
}
