/// How to encode: the format with its settings.
public enum ImageEncoding: Sendable, Hashable, Codable {
    /// Lossless; every layout and both depths.
    ///
    /// With `reduces`, channels and bits that say nothing are left out where that is exact: full alpha, three equal
    /// channels, gray of few levels, and up to 256 colors as a palette; not at effort `fast`. Costs next to nothing on
    /// photographs. Not for readers that want the layout itself, such as the alpha of a mask.
    case png(effort: PNGEffort = .default, reduces: Bool = false)
    /// `quality` 1...100. No alpha: flatten first.
    case jpeg(quality: Int = 85, subsampling: ChromaSubsampling = .half, progressive: Bool = false)
    /// Lossy: `quality` 0...100, `method` 0 (fast) ... 6 (small), `alphaQuality` 0...100 (100 keeps alpha exactly).
    case webp(quality: Int = 80, method: Int = 4, alphaQuality: Int = 100)
    /// `effort` 0 (fast) ... 9 (small). Keeps the colors under alpha 0 too.
    ///
    /// `nearLossless` 0…100: below 100 samples may change where that makes the file smaller, by 1 level from 80 on, 2 from
    /// 60, 4 from 40, 8 from 20, else 16. Colors under alpha 0 go then, and effort 0 counts as 1.
    case webpLossless(effort: Int = 0, nearLossless: Int = 100)

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
        case .png: true
        case .webpLossless(_, let nearLossless): nearLossless == 100
        case .jpeg, .webp: false
        }
    }
}

extension ImageEncoding {
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
}
