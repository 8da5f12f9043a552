import GessoPixels

/// The options that generations and edits share, validated.
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
    /// Frames of a GIF: 2 to 16.
    var frameCount = 9
    /// Duration of a GIF's frame in milliseconds: 20 to 655,350, in steps of 10.
    var frameMilliseconds = 200
    /// The model that writes an SVG; nil for other formats.
    var svgModel: String?
    /// Whether the response has URLs in place of base64; the older API only.
    var returnsURLs = false

    static let promptLimit = 32_000

    /// Takes the shared options from a request.
    ///
    /// - Parameters:
    ///   - kind: The kind of the request.
    ///   - isLegacy: Whether `response_format` of the older API is accepted.
    ///   - modelNamedByPath: The deployment in an Azure path.
    ///   - takesAnyModel: Whether models that are not known are served.
    init(
        from parameters: inout Parameters, for kind: GenerationJob.Kind, isLegacy: Bool,
        modelNamedByPath: String? = nil, takesAnyModel: Bool = false
    ) throws(APIErrorResponse) {
        prompt = try ImageOptions.takePrompt(from: &parameters)
        guard let id = try parameters.takeText("model") ?? modelNamedByPath else { throw .missing("model") }
        model = takesAnyModel ? (try? ServedModel.named(id)) ?? .any(id) : try ServedModel.named(id)
        count = try parameters.takeInteger("n", in: 1...10) ?? 1
        size = try model.size(named: parameters.takeText("size"))
        quality = try parameters.takeChoice("quality", of: model.qualities) ?? "auto"
        background = try parameters.takeChoice("background", of: ["transparent", "opaque", "auto"]) ?? "auto"
        format = try parameters.takeChoice("output_format", of: model.formats) ?? "png"
        compression = try ImageOptions.takeCompression(from: &parameters, format: format)
        if background == "transparent", format != "png", format != "webp" {
            throw .unsupported(
                "background",
                "Transparent background is not supported for output_format '\(format)'. Use 'png' or 'webp'.")
        }
        if try parameters.takeChoice("complexity", of: ["low", "medium", "high"]) != nil, !model.hasComplexity {
            throw .unsupported("complexity", "The model '\(model.id)' does not support 'complexity'.")
        }
        let user = try parameters.takeText("user")
        let identifier = try parameters.takeText("safety_identifier")
        safetyIdentifier = identifier.flatMap { $0.isEmpty ? nil : $0 } ?? user
        try takeAnimation(from: &parameters)
        try takeVectors(from: &parameters, for: kind)
        if isLegacy {
            returnsURLs = try parameters.takeChoice("response_format", of: ["url", "b64_json"]) == "url"
        }
    }

    /// Takes the options of a variation of the older API.
    init(fromVariation parameters: inout Parameters) throws(APIErrorResponse) {
        // Servers that still have variations name their models differently, so any name is accepted.
        let id = try parameters.takeText("model") ?? "dall-e-2"
        model = ServedModel(
            id: id, sizes: .classic, qualities: [], fidelity: .none, hasComplexity: false, tokens: .table)
        (prompt, quality, background, format, compression) = ("", "auto", "opaque", "png", 100)
        count = try parameters.takeInteger("n", in: 1...10) ?? 1
        size = try parameters.takeChoice("size", of: ["256x256", "512x512", "1024x1024"]).flatMap { Size($0) }
        safetyIdentifier = try parameters.takeText("user")
        returnsURLs = try parameters.takeChoice("response_format", of: ["url", "b64_json"]) != "b64_json"
    }

    private static func takePrompt(from parameters: inout Parameters) throws(APIErrorResponse) -> String {
        guard let prompt = try parameters.takeText("prompt") else { throw .missing("prompt") }
        let length = prompt.unicodeScalars.count
        guard length > 0 else {
            throw APIErrorResponse(
                400,
                "Invalid 'prompt': empty string. Expected a string with minimum length 1, but got an empty string instead.",
                param: "prompt", code: "empty_string")
        }
        guard length <= promptLimit else {
            throw APIErrorResponse(
                400,
                "Invalid 'prompt': string too long. Expected a string with maximum length \(promptLimit), "
                    + "but got a string with length \(length) instead.", param: "prompt",
                code: "string_above_max_length")
        }
        return prompt
    }

    private static func takeCompression(from parameters: inout Parameters, format: String) throws(APIErrorResponse)
        -> Int
    {
        guard let compression = try parameters.takeInteger("output_compression", in: 0...100) else { return 100 }
        if format == "gif" || format == "svg" {
            throw .unsupported(
                "output_compression", "'output_compression' is not supported when output_format is '\(format)'.")
        }
        guard format != "png" || compression == 100 else {
            throw .unsupported(
                "output_compression", "Compression less than 100 is not supported for PNG output format.")
        }
        return compression
    }

    private mutating func takeAnimation(from parameters: inout Parameters) throws(APIErrorResponse) {
        let frames = try parameters.takeInteger("frame_count", in: 2...16)
        let milliseconds = try parameters.takeInteger("frame_duration_ms", in: 20...Int.max)
        if format != "gif", let name = frames != nil ? "frame_count" : milliseconds != nil ? "frame_duration_ms" : nil {
            throw .unsupported(name, "'\(name)' is only supported when output_format is 'gif'.")
        }
        frameCount = frames ?? frameCount
        // GIF stores the duration in hundredths of a second, in 16 bits.
        frameMilliseconds = (min(milliseconds ?? frameMilliseconds, 655_350) + 5) / 10 * 10
    }

    private mutating func takeVectors(from parameters: inout Parameters, for kind: GenerationJob.Kind)
        throws(APIErrorResponse)
    {
        let given = try parameters.takeObject("svg")
        guard format == "svg" else {
            if given != nil { throw .unsupported("svg", "'svg' is only supported when output_format is 'svg'.") }
            return
        }
        guard count == 1 else { throw .unsupported("n", "'n' must be 1 when output_format is 'svg'.") }
        svgModel = "mock"
        guard var svg = given else { return }
        if let model = try svg.takeText("model") {
            svgModel = model
        } else if kind == .generation {
            throw .missing("svg.model")
        }
        if var reasoning = try svg.takeObject("reasoning") {
            _ = try reasoning.takeChoice("effort", of: ImageOptions.efforts)
            try reasoning.rejectUnknown()
        }
        try svg.rejectUnknown()
    }

    private static let efforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
}

/// Whether the response is streamed, and with how many partial images.
struct PartialImageOptions: Sendable {
    var isStreamed = false
    /// 0 to 3.
    var partials = 0

    init() {}

    init(from parameters: inout Parameters, format: String) throws(APIErrorResponse) {
        isStreamed = try parameters.takeFlag("stream") ?? false
        let partials = try parameters.takeInteger("partial_images", in: 0...3)
        if isStreamed || partials != nil, format == "gif" || format == "svg" {
            throw .unsupported(
                isStreamed ? "stream" : "partial_images",
                "Streaming is not supported when output_format is '\(format)'.")
        }
        guard isStreamed || (partials ?? 0) == 0 else {
            throw .unsupported("partial_images", "'partial_images' is only supported when 'stream' is true.")
        }
        self.partials = partials ?? 0
    }
}
