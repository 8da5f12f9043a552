import Gesso

/// What is asked of an image in an address: `original`, `full.png`, `1600`, `1600.webp`, `512-cover.jpg`.
///
/// Without an extension the request's `Accept` decides the format. Each rendition has one name only.
struct RenditionName: Sendable, Hashable, LosslessStringConvertible {
    enum Scale: Sendable, Hashable {
        /// The file as it is.
        case original
        /// All pixels, encoded anew.
        case full
        /// Inside a square of that many pixels, or filling it; never enlarged.
        case side(Int, covers: Bool)
    }

    let scale: Scale
    /// Nil is negotiated.
    let format: ImageFormat?

    /// Sides in pixels that may be asked for.
    static let sides = 16...4096
    private static let formats: [String: ImageFormat] = ["jpg": .jpeg, "png": .png, "webp": .webp, "avif": .avif]

    init(_ scale: Scale, _ format: ImageFormat? = nil) {
        self.scale = scale
        self.format = format
    }

    /// Nil for all that is not exactly such a name.
    init?(_ description: String) {
        let parts = description.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        var format: ImageFormat?
        if parts.count == 2 {
            guard let named = Self.formats[String(parts[1])] else { return nil }
            format = named
        }
        let (stem, covers) = parts[0].hasSuffix("-cover") ? (parts[0].dropLast(6), true) : (parts[0], false)
        switch stem {
        case "original" where format == nil && !covers: self.init(.original)
        case "full" where !covers: self.init(.full, format)
        default:
            guard let side = Int(stem), Self.sides.contains(side), "\(side)" == stem else { return nil }
            self.init(.side(side, covers: covers), format)
        }
    }

    var description: String {
        let stem =
            switch scale {
            case .original: "original"
            case .full: "full"
            case .side(let side, let covers): "\(side)\(covers ? "-cover" : "")"
            }
        return format.map { "\(stem).\($0.fileExtension)" } ?? stem
    }

    /// The same with the format that was negotiated.
    func named(_ format: ImageFormat) -> RenditionName { RenditionName(scale, format) }

    /// How a rendition of that format is encoded.
    func encoding(_ format: ImageFormat) -> ImageEncoding {
        let isSmall = if case .side = scale { true } else { false }
        return switch format {
        case .jpeg: .jpeg(quality: isSmall ? 82 : 92, progressive: true)
        case .webp: .webp(quality: isSmall ? 80 : 90)
        case .avif: .avif(quality: isSmall ? 60 : 75)
        default: .png(effort: .default, reduces: true)
        }
    }

    /// The steps of the rendition.
    func applied(to image: Image) -> Image {
        switch scale {
        case .original, .full: image
        case .side(let side, let covers): image.thumbnail(side, covers: covers)
        }
    }
}
