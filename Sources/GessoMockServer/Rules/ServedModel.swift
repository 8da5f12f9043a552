import GessoPixels

/// What one model accepts, as documented for the Images API in November 2026.
struct ServedModel: Sendable {
    enum Sizes: Sendable {
        /// 1024x1024, 1024x1536 and 1536x1024.
        case classic
        /// Any size for which ``ServedModel/isFree(_:)`` is true.
        case free
        /// Any size up to 4096 pixels a side.
        case any
    }

    enum Fidelity: Sendable {
        case none
        case low
        case lowAndHigh
    }

    /// The source of the output token count in `usage`.
    enum Tokens: Sendable {
        case table
        case formula
    }

    let id: String
    let sizes: Sizes
    let qualities: [String]
    let fidelity: Fidelity
    let hasComplexity: Bool
    let tokens: Tokens
    var takesMarkup = false
    var shutdownDate: String?

    static let classicSizes = ["1024x1024", "1024x1536", "1536x1024"]
    /// The output formats; only the newest models return animations and SVG.
    var formats: [String] { ["png", "webp", "jpeg"] + (hasComplexity ? ["gif", "svg"] : []) }

    /// Whether a model with free sizes accepts the size: both edges multiples of 16 and at most 3840, aspect ratio
    /// between 1:3 and 3:1, 655,360 to 8,294,400 pixels.
    static func isFree(_ size: Size) -> Bool {
        guard size.width % 16 == 0, size.height % 16 == 0, size.longEdge <= 3840, size.longEdge <= 3 * size.shortEdge,
            let pixels = size.pixelCount
        else { return false }
        return (655_360...8_294_400).contains(pixels)
    }

    /// The size of that name; nil for `auto` and for no name.
    func size(named name: String?) throws(APIErrorResponse) -> Size? {
        guard let name, name != "auto" else { return nil }
        if ServedModel.classicSizes.contains(name) { return Size(name) }
        if sizes == .any {
            guard let size = Size(name), (16...4096).contains(size.width), (16...4096).contains(size.height) else {
                throw .unsupported("size", "Invalid size '\(name.prefix(100))'.")
            }
            return size
        }
        guard sizes == .free else {
            throw .invalidValue("size", name, supported: ServedModel.classicSizes + ["auto"])
        }
        guard let size = Size(name), "\(size)" == name else {
            throw .unsupported("size", "Invalid size '\(name.prefix(100))'. Sizes are written WIDTHxHEIGHT, or 'auto'.")
        }
        guard ServedModel.isFree(size) else {
            throw .unsupported(
                "size",
                "Invalid size '\(name)'. Width and height must be multiples of 16 and at most 3840 pixels, their ratio "
                    + "between 1:3 and 3:1, and the image between 655360 and 8294400 pixels.")
        }
        return size
    }

    /// The size chosen for `auto`: the classic size with the nearest aspect ratio.
    static func automaticSize(like image: Size?) -> Size {
        guard let image else { return Size(width: 1024, height: 1024) }
        // Ratios between √1.5 and its inverse are nearest to a square.
        let squared = Double(image.width * image.width) / Double(image.height * image.height)
        if squared > 1.5 { return Size(width: 1536, height: 1024) }
        if squared < 1 / 1.5 { return Size(width: 1024, height: 1536) }
        return Size(width: 1024, height: 1024)
    }
}

extension ServedModel {
    private static let plainQualities = ["low", "medium", "high", "auto"]
    private static let extendedQualities = ["low", "medium", "high", "xhigh", "max", "auto"]

    /// The models served, newest first.
    static let all: [ServedModel] =
        ["gpt-image-2.6-sunburst", "gpt-image-2.6-flare"].map {
            ServedModel(
                id: $0, sizes: .free, qualities: extendedQualities, fidelity: .none, hasComplexity: true,
                tokens: .formula, takesMarkup: true)
        }
        + [
            "gpt-image-2.5-sunburst", "gpt-image-2.5-sunburst-2026-09-08", "gpt-image-2.5-flare",
            "gpt-image-2.5-flare-2026-09-08",
        ].map {
            ServedModel(
                id: $0, sizes: .free, qualities: extendedQualities, fidelity: .none, hasComplexity: false,
                tokens: .formula, takesMarkup: true)
        }
        + ["gpt-image-2", "gpt-image-2-2026-04-21"].map {
            ServedModel(
                id: $0, sizes: .free, qualities: plainQualities, fidelity: .none, hasComplexity: false, tokens: .formula
            )
        }
        + [
            ("gpt-image-1.5", Fidelity.lowAndHigh), ("gpt-image-1.5-2025-12-16", .lowAndHigh),
            ("chatgpt-image-latest", .none), ("gpt-image-1-mini", .low),
        ].map { id, fidelity in
            ServedModel(
                id: id, sizes: .classic, qualities: plainQualities, fidelity: fidelity, hasComplexity: false,
                tokens: .table, shutdownDate: "2026-12-01")
        }

    /// The models that were shut down, with the date.
    static let ended = ["gpt-image-1": "2026-10-23", "dall-e-2": "2026-05-12", "dall-e-3": "2026-05-12"]

    /// A model of which nothing is known.
    static func any(_ id: String) -> ServedModel {
        ServedModel(
            id: id, sizes: .any, qualities: extendedQualities + ["standard", "hd"], fidelity: .lowAndHigh,
            hasComplexity: true, tokens: .formula, takesMarkup: true)
    }

    static func named(_ id: String) throws(APIErrorResponse) -> ServedModel {
        if let model = all.first(where: { $0.id == id }) { return model }
        if let day = ended[id] {
            var apiError = APIErrorResponse.unknownModel(id)
            apiError.message =
                "The model '\(id)' was shut down on \(day). Use 'gpt-image-2.6-sunburst' or 'gpt-image-2.6-flare' instead."
            throw apiError
        }
        throw .unknownModel(id)
    }
}
