/// How to encode: the format with its settings.
public enum ImageEncoding: Sendable, Hashable, Codable {
    /// Lossless; every layout and both depths.
    case png(effort: PNGEffort = .default)
    /// `quality` 1...100. No alpha: flatten first.
    case jpeg(quality: Int = 85, subsampling: ChromaSubsampling = .half, progressive: Bool = false)
    /// Lossy: `quality` 0...100, `method` 0 (fast) ... 6 (small), `alphaQuality` 0...100 (100 keeps alpha exactly).
    case webp(quality: Int = 80, method: Int = 4, alphaQuality: Int = 100)
    /// `effort` 0 (fast) ... 9 (small). Keeps the colours under alpha 0 too.
    case webpLossless(effort: Int = 0)

    /// PNG, default effort.
    public static let png = ImageEncoding.png()
    /// JPEG, quality 85.
    public static let jpeg = ImageEncoding.jpeg()
    /// Lossy WebP, quality 80.
    public static let webp = ImageEncoding.webp()
    /// Lossless WebP at the least effort: smaller and quicker than PNG on photographs.
    public static let webpLossless = ImageEncoding.webpLossless()

    public var format: ImageFormat {
        switch self {
        case .png: .png
        case .jpeg: .jpeg
        case .webp, .webpLossless: .webp
        }
    }

    /// Whether decoding gives the same pixels back.
    public var isLossless: Bool {
        switch self {
        case .png, .webpLossless: true
        case .jpeg, .webp: false
        }
    }
}

/// How hard to try for a small PNG.
public enum PNGEffort: String, Sendable, Codable, CaseIterable {
    /// For hand-overs: largest, quickest.
    case fast
    /// About the size others reach by default, many times quicker.
    case `default`
    /// For what is stored or sent often.
    case small
}

/// How many chroma samples JPEG keeps.
public enum ChromaSubsampling: String, Sendable, Codable, CaseIterable {
    /// 4:4:4: all of them.
    case none = "4:4:4"
    /// 4:2:2: half, across.
    case horizontal = "4:2:2"
    /// 4:2:0: half in both directions.
    case half = "4:2:0"
}
