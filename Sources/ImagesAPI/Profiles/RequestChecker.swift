/// Holds a request against its model's profile.
struct RequestChecker {
    struct Fields {
        var prompt: String
        var n: Int?
        var size: ImageSize?
        var quality: Quality?
        var background: Background?
        var outputFormat: OutputFormat?
        var outputCompression: Int?
        var complexity: Complexity?
        var frameCount: Int?
        var frameDurationMilliseconds: Int?
        var svg: SVGOptions?
        var responseFormat: ResponseFormat?
        var style: String?
    }

    let model: Model
    let profile: ModelProfile?
    private(set) var issues: [RequestIssue] = []

    init(model: Model, catalog: ModelCatalog) {
        self.model = model
        profile = catalog.profile(for: model)
    }

    mutating func refuse(_ field: String, _ message: String) {
        issues.append(RequestIssue(severity: .refused, field: field, message: message))
    }

    mutating func warn(_ field: String, _ message: String) {
        issues.append(RequestIssue(severity: .warning, field: field, message: message))
    }

    mutating func check(fields: Fields) {
        guard let profile else {
            let name = ShownText.sanitized(model.rawValue, limit: 64)
            return warn("model", "\(name) is not in the table of known models; the request is sent as it is.")
        }
        checkLife(profile)
        if fields.prompt.isEmpty { refuse("prompt", "It is empty.") }
        if fields.prompt.unicodeScalars.count > profile.maxPromptCharacters {
            refuse("prompt", "It is longer than \(profile.maxPromptCharacters) characters.")
        }
        if let n = fields.n, !(1...profile.maxOutputImages).contains(n) {
            refuse("n", "\(n) pictures; 1 to \(profile.maxOutputImages) can be asked for at once.")
        }
        checkSize(fields.size, profile)
        checkWords(fields, profile)
        checkFormat(fields, profile)
        checkLegacy(fields, profile)
    }

    private mutating func checkLife(_ profile: ModelProfile) {
        let instead = profile.replacement.map { "; use \($0)" } ?? ""
        switch profile.state {
        case .active: break
        case .deprecated:
            warn(
                "model",
                "\(profile.model) is deprecated and ends on \(profile.shutdown ?? "a day not announced")\(instead).")
        case .ended: refuse("model", "\(profile.model) ended on \(profile.shutdown ?? "an unknown day")\(instead).")
        }
    }

    private mutating func checkSize(_ size: ImageSize?, _ profile: ModelProfile) {
        guard let size, size != .auto else { return }
        guard let width = size.width, let height = size.height else {
            return refuse("size", "\(ShownText.sanitized(size.rawValue, limit: 32)) is neither auto nor WIDTHxHEIGHT.")
        }
        guard profile.sizes.allows(width: width, height: height) else {
            return refuse("size", "\(profile.model) does not paint \(size); it paints \(profile.sizes.words).")
        }
        if case .free(let rule) = profile.sizes, let limit = rule.experimentalAbovePixels, width * height > limit {
            warn("size", "Sizes above \(limit) pixels are experimental.")
        }
    }

    private mutating func checkWords(_ fields: Fields, _ profile: ModelProfile) {
        if let quality = fields.quality, !profile.qualities.contains(quality) {
            refuse("quality", "\(profile.model) knows \(profile.qualities.listed), not \(quality).")
        }
        if let background = fields.background, !profile.backgrounds.contains(background) {
            refuse("background", "\(profile.model) knows \(profile.backgrounds.listed), not \(background).")
        }
        if fields.complexity != nil, !profile.supportsComplexity {
            refuse("complexity", "\(profile.model) does not have it; leave it out.")
        }
    }

    private mutating func checkFormat(_ fields: Fields, _ profile: ModelProfile) {
        let format = fields.outputFormat ?? .png
        if !profile.formats.contains(format) {
            refuse("output_format", "\(profile.model) gives \(profile.formats.listed), not \(format).")
        } else if format == .gif || format == .svg {
            warn("output_format", "\(format) needs the project to have access to it.")
        }
        if fields.background == .transparent, format != .png, format != .webp {
            refuse("background", "A transparent background needs png or webp, not \(format).")
        }
        if let compression = fields.outputCompression {
            if !(0...100).contains(compression) {
                refuse("output_compression", "\(compression) is not within 0...100.")
            }
            if format != .jpeg, format != .webp {
                refuse("output_compression", "It is for jpeg and webp, not for \(format).")
            }
        }
        if let count = fields.frameCount, format != .gif || !(2...16).contains(count) {
            refuse("frame_count", "It is for gif, 2 to 16 (found: \(count) for \(format)).")
        }
        if let duration = fields.frameDurationMilliseconds, format != .gif || duration < 20 {
            refuse("frame_duration_ms", "It is for gif, at least 20 (found: \(duration) for \(format)).")
        }
        if fields.svg != nil, format != .svg { refuse("svg", "It is for svg, not for \(format).") }
        if format == .svg, let n = fields.n, n > 1 { refuse("n", "An svg comes alone; n must be 1.") }
    }

    private mutating func checkLegacy(_ fields: Fields, _ profile: ModelProfile) {
        let isLegacy = profile.model.rawValue.hasPrefix("dall-e")
        if fields.responseFormat != nil, !isLegacy {
            refuse("response_format", "GPT Image models refuse it; they always answer in base64.")
        }
        if fields.style != nil, profile.model != "dall-e-3" { refuse("style", "Only dall-e-3 had it.") }
    }
}

extension ModelProfile.Sizes {
    /// The sizes in words.
    var words: String {
        switch self {
        case .fixed(let sizes): sizes.listed
        case .free(let rule):
            "edges in multiples of \(rule.multipleOf) up to \(rule.maxEdge), ratio up to \(rule.maxRatio):1, "
                + "\(rule.minPixels) to \(rule.maxPixels) pixels"
        }
    }
}

extension Array where Element: OpenString {
    var listed: String { map(\.rawValue).joined(separator: ", ") }
}
