#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Checks a request against its model's profile.
struct RequestChecker {
    struct Fields {
        var prompt: String
        var n: Int?
        var size: ImageSize?
        var quality: GenerationRequest.Level?
        var background: GenerationRequest.Background?
        var outputFormat: GenerationRequest.OutputFormat?
        var outputCompression: Int?
        var complexity: GenerationRequest.Level?
        var frameCount: Int?
        var frameDurationMilliseconds: Int?
        var hasSVGOptions = false
        var responseFormat: String?
        var style: String?
    }

    let model: Model
    let profile: ModelProfile?
    private let today: Date
    let server: ServerProfile
    private(set) var issues: [ModelProfile.Issue] = []

    init(model: Model, server: ServerProfile, catalog: ModelProfile.Catalog, today: Date) {
        self.model = model
        self.server = server
        profile = catalog.profile(for: model)
        self.today = today
    }

    mutating func refuse(_ field: String, _ message: String) {
        issues.append(ModelProfile.Issue(isRefusal: true, field: field, message: message))
    }

    mutating func warn(_ field: String, _ message: String) {
        issues.append(ModelProfile.Issue(isRefusal: false, field: field, message: message))
    }

    mutating func check(fields: Fields, streaming: Bool, partialImages: Int) {
        guard let profile else {
            let name = SanitizedText.sanitized(model.rawValue, limit: 64)
            return warn("model", "\(name) is not in the table of known models; the request is sent as it is.")
        }
        if let ending = profile.ending(at: server, on: today) { issues.append(ending.issue) }
        if fields.prompt.isEmpty { refuse("prompt", "It is empty.") }
        if fields.prompt.unicodeScalars.count > profile.maxPromptCharacters {
            refuse("prompt", "It is longer than \(profile.maxPromptCharacters) characters.")
        }
        if let n = fields.n, n < 1 || n > profile.maxOutputImages {
            refuse("n", "\(n) images; 1 to \(profile.maxOutputImages) can be requested at once.")
        }
        checkSize(fields.size, profile)
        checkParameters(fields, profile)
        checkFormat(fields, profile)
        checkAnimation(fields, profile)
        checkDrawing(fields)
        checkStream(fields.outputFormat, streaming: streaming, partialImages: partialImages, profile)
        checkLegacy(fields, profile)
    }

    private mutating func checkSize(_ size: ImageSize?, _ profile: ModelProfile) {
        guard let size, size != .auto else { return }
        guard let width = size.width, let height = size.height else {
            return refuse(
                "size", "\(SanitizedText.sanitized(size.rawValue, limit: 32)) is neither auto nor WIDTHxHEIGHT.")
        }
        guard profile.sizes.allows(width: width, height: height) else {
            return refuse("size", "\(profile.model) does not support \(size); it supports \(profile.sizes.listed).")
        }
        if case .free(let rule) = profile.sizes, let limit = rule.experimentalAbovePixels, width * height > limit {
            warn("size", "Sizes above \(limit) pixels are experimental.")
        }
    }

    private mutating func checkParameters(_ fields: Fields, _ profile: ModelProfile) {
        if let quality = fields.quality, !profile.qualities.contains(quality) {
            refuse("quality", "\(profile.model) knows \(profile.qualities.listed), not \(quality).")
        }
        if let background = fields.background, !profile.backgrounds.contains(background) {
            refuse("background", "\(profile.model) knows \(profile.backgrounds.listed), not \(background).")
        }
        if let background = fields.background, profile.previewBackgrounds?.contains(background) == true {
            warn(
                "background",
                "\(background) is a preview feature of \(profile.model) and may not have the requested effect.")
        }
        // Only third parties have published which models have it.
        if fields.complexity != nil, !profile.supportsComplexity {
            warn("complexity", "\(profile.model) is not known to have it and may refuse it.")
        }
    }

    private mutating func checkLegacy(_ fields: Fields, _ profile: ModelProfile) {
        // Servers that have it take it for every model.
        if fields.responseFormat != nil, !profile.isLegacy, server.responseFormat == nil {
            refuse("response_format", "GPT Image models refuse it; they always respond with base64.")
        }
        if fields.style != nil, profile.model != "dall-e-3" { refuse("style", "Only dall-e-3 accepted it.") }
    }
}

extension ModelProfile.Sizes {
    /// The sizes as text.
    var listed: String {
        switch self {
        case .fixed(let sizes): sizes.listed
        case .free(let rule):
            "edges in multiples of \(rule.multipleOf) up to \(rule.maxEdge), ratio up to \(rule.maxRatio):1, "
                + "\(rule.minPixels) to \(rule.maxPixels) pixels"
        }
    }
}

extension Array where Element: ExtensibleString {
    var listed: String { map(\.rawValue).joined(separator: ", ") }
}
