import GessoCodecs
import GessoPixels

/// Labels of metrics and attributes of spans, each of a set that does not grow: users may name stages, errors and formats
/// of their own.
enum ErrorLabel {
    static let other = "other"

    /// `stage.code` of an error of Gesso's.
    static func of(_ error: any Error) -> String {
        switch error {
        case let error as GessoError: stage(error.stage) + "." + code(error.code)
        case is CancellationError: "task.cancelled"
        default: other
        }
    }

    static func code(_ code: GessoError.Code) -> String { codes.contains(code) ? code.rawValue : other }

    private static func stage(_ name: String) -> String {
        stages.contains(name) || PixelWork.isOwnStage(name) ? name : other
    }

    static let stages: Set<String> = [
        "allocate", "audit", "budget", "color", "composite", "convert", "crop", "decode", "encode", "execution",
        "finish", "fit", "job", "jobs", "markup", "mask", "match", "pad", "paste", "patch", "placeholder", "prepare",
        "probe",
        "read", "render", "resize", "response", "restore", "rotate", "rows", "sharpen", "thumbnail", "trim", "write",
    ]

    static let codes: Set<GessoError.Code> = [
        .fileNotFound, .fileNotReadable, .emptyInput, .unsupportedFormat, .unsupportedFeature, .truncated, .corrupt,
        .invalidProfile, .tooManyPixels, .sideTooLong, .tooManyBytes, .limitExceeded, .outOfMemory, .overloaded,
        .timedOut, .nestedReservation, .threadUnavailable, .invalidGeometry, .invalidParameter, .pixelFormatMismatch,
        .maskSizeMismatch, .maskWithoutAlpha, .maskEmpty, .maskCoversEverything, .tooManyImages, .encodingFailed,
        .fileExists, .fileNotWritable, .cancelled, .markupOpaque,
    ]
}

extension PixelWork {
    /// Stages that pipelines in JSON cannot have are not in the registry.
    static func isOwnStage(_ name: String) -> Bool {
        StageRegistry.isOurs(name) || name == "ReduceTo8Bits" || name == "Composite"
    }

    /// The name of one of Gesso's stages, else `other`.
    static func label(_ stage: some Stage) -> String { isOwnStage(stage.name) ? stage.name : ErrorLabel.other }

    private static let formats: Set<ImageFormat> = [.png, .jpeg, .webp, .gif, .heic, .avif, .svg]

    /// The name of a format that Gesso knows, else `other`.
    static func label(_ format: ImageFormat?) -> String {
        format.flatMap { formats.contains($0) ? $0.rawValue : nil } ?? ErrorLabel.other
    }
}
