import GessoPixels

/// The options that generations and edits share, checked.
struct ImageOptions: Sendable {
    var model: ServedModel
    var prompt: String
    var count: Int
    /// Nil for `auto`.
    var size: Size?
    var quality: String
    var background: String
    var format: String
    /// 0 to 100.
    var compression: Int
    var safetyIdentifier: String?

    static let promptLimit = 32_000

    /// Takes the shared options out of a request. `modelNamedByPath`: the deployment of an Azure-style address.
    init(from parameters: inout Parameters, modelNamedByPath: String? = nil) throws(Refusal) {
        guard let prompt = try parameters.takeText("prompt") else { throw .missing("prompt") }
        let length = prompt.unicodeScalars.count
        guard length > 0 else {
            throw Refusal(
                400,
                "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.",
                param: "prompt", code: "empty_string")
        }
        guard length <= ImageOptions.promptLimit else {
            throw Refusal(
                400,
                "Invalid 'prompt': string too long. Expected a string with maximum length \(ImageOptions.promptLimit), "
                    + "but got a string with length \(length) instead.", param: "prompt",
                code: "string_above_max_length")
        }
        self.prompt = prompt
        guard let id = try parameters.takeText("model") ?? modelNamedByPath else { throw .missing("model") }
        model = try ServedModel.named(id)
        count = try parameters.takeInteger("n", in: 1...10) ?? 1
        size = try model.size(named: parameters.takeText("size"))
        quality = try parameters.takeChoice("quality", of: model.qualities) ?? "auto"
        background = try parameters.takeChoice("background", of: ["transparent", "opaque", "auto"]) ?? "auto"
        format = try ImageOptions.takeFormat(from: &parameters)
        compression = try ImageOptions.takeCompression(from: &parameters, format: format)
        if background == "transparent", format == "jpeg" {
            throw .unsupported(
                "background", "Transparent background is not supported for output_format 'jpeg'. Use 'png' or 'webp'.")
        }
        if try parameters.takeChoice("complexity", of: ["low", "medium", "high"]) != nil, !model.hasComplexity {
            throw .unsupported("complexity", "The model '\(model.id)' does not support 'complexity'.")
        }
        let user = try parameters.takeText("user")
        let identifier = try parameters.takeText("safety_identifier")
        safetyIdentifier = identifier.flatMap { $0.isEmpty ? nil : $0 } ?? user
        try ImageOptions.refuseAnimationAndVectors(from: &parameters)
    }

    private static func takeFormat(from parameters: inout Parameters) throws(Refusal) -> String {
        guard let format = try parameters.takeText("output_format") else { return "png" }
        if format == "gif" || format == "svg" {
            throw .unsupported(
                "output_format",
                "output_format '\(format)' needs a model and project with access to it; the stand-in has none.")
        }
        guard ServedModel.formats.contains(format) else {
            throw .invalidValue("output_format", format, supported: ServedModel.formats)
        }
        return format
    }

    private static func takeCompression(from parameters: inout Parameters, format: String) throws(Refusal) -> Int {
        guard let compression = try parameters.takeInteger("output_compression", in: 0...100) else { return 100 }
        guard format != "png" || compression == 100 else {
            throw .unsupported(
                "output_compression", "Compression less than 100 is not supported for PNG output format.")
        }
        return compression
    }

    private static func refuseAnimationAndVectors(from parameters: inout Parameters) throws(Refusal) {
        for name in ["frame_count", "frame_duration_ms"] where try parameters.take(name) != nil {
            throw .unsupported(name, "'\(name)' is only supported when output_format is 'gif'.")
        }
        for name in ["svg", "svg[model]", "svg[reasoning][effort]"] where try parameters.take(name) != nil {
            throw .unsupported("svg", "'svg' is only supported when output_format is 'svg'.")
        }
    }
}
