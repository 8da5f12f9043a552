package import GessoPixels

/// A file format and its encoder settings.
public enum ImageEncoding: Sendable, Hashable, Codable {
    /// PNG: lossless, for all pixel formats.
    ///
    /// If `reduces` is true and `effort` is not `fast`, channels and bits without information are left out: full
    /// alpha, three equal channels, gray with few levels; images of up to 256 colors get a palette. This takes little
    /// time on photographs. Do not use it where a reader expects a channel, as in a mask.
    case png(effort: PNGEffort = .default, reduces: Bool = false)
    /// JPEG with `quality` 1…100 and 8 bits; has no alpha, so flatten the image first.
    case jpeg(quality: Int = 85, subsampling: ChromaSubsampling = .half, progressive: Bool = false)
    /// Lossy WebP with `quality` 0…100, `method` 0 (fast) … 6 (small) and `alphaQuality` 0…100 (100 keeps alpha
    /// exactly).
    case webp(quality: Int = 80, method: Int = 4, alphaQuality: Int = 100)
    /// Lossless WebP with `effort` 0 (fast) … 9 (small); keeps colors under alpha 0.
    ///
    /// With `nearLossless` below 100, samples may change to make the file smaller: by 1 level from 80 on, 2 from 60, 4
    /// from 40, 8 from 20, else 16. Colors under alpha 0 are not kept then, and effort 0 means 1.
    case webpLossless(effort: Int = 0, nearLossless: Int = 100)
    /// AVIF with `quality` 0…100, `speed` 0 (small) … 10 (fast) and subsampling 4:2:0 or 4:4:4, for 8 bits; alpha has the
    /// same quality. Needs the package trait `HEIF`.
    ///
    /// libaom encodes on one thread and cannot be stopped: the task's cancellation counts before and after.
    case avif(quality: Int = 60, speed: Int = 7, subsampling: ChromaSubsampling = .half)

    /// PNG with default effort.
    public static let png = ImageEncoding.png()
    /// JPEG with quality 85.
    public static let jpeg = ImageEncoding.jpeg()
    /// Lossy WebP with quality 80.
    public static let webp = ImageEncoding.webp()
    /// Lossless WebP with the least effort: on photographs smaller than PNG and faster.
    public static let webpLossless = ImageEncoding.webpLossless()
    /// AVIF with quality 60 and speed 7.
    public static let avif = ImageEncoding.avif()

    /// The format of the encoded file.
    public var format: ImageFormat {
        switch self {
        case .png: .png
        case .jpeg: .jpeg
        case .webp, .webpLossless: .webp
        case .avif: .avif
        }
    }

    /// Whether decoding returns the same pixels.
    public var isLossless: Bool {
        switch self {
        case .png: true
        case .webpLossless(_, let nearLossless): nearLossless == 100
        case .jpeg, .webp, .avif: false
        }
    }
}

extension ImageEncoding {
    /// How much time to spend on a small PNG.
    public enum PNGEffort: String, Sendable, Codable, CaseIterable {
        /// The fastest and largest; for short-lived files.
        case fast
        /// About the size that other encoders reach by default, several times faster.
        case `default`
        /// The smallest; for files that are stored or sent often.
        case small
    }

    /// The resolution of the chroma components of a JPEG or AVIF.
    public enum ChromaSubsampling: String, Sendable, Codable, CaseIterable {
        /// 4:4:4: full.
        case none = "4:4:4"
        /// 4:2:2: half horizontally.
        case horizontal = "4:2:2"
        /// 4:2:0: half in both directions.
        case half = "4:2:0"
    }
}

extension ImageEncoding {
    /// The most memory in bytes that encoding a bitmap of that size and format takes, without the bitmap: the codec's
    /// working memory and the file.
    ///
    /// Computed for noise, the worst content. WebP needs the most, up to 100 bytes per pixel. `JPEGMemory`,
    /// `PNGMemory`, `WebPMemory` and `HEIFMemory` document the figures.
    package func workingByteCount(for size: Size, format: Bitmap.Format) -> Int {
        // No format has longer sides.
        guard size.longEdge <= Int(Int32.max) else { return Int.max / 2 }
        return switch self {
        case .png(let effort, let reduces): PNGMemory.encoding(size, format, effort, reduces: reduces)
        case .jpeg(let quality, let subsampling, _):
            JPEGMemory.encoding(size, format, quality: quality, subsampling)
        case .webp(let quality, let method, _):
            WebPMemory.encoding(size, format, quality: quality, method: method)
        case .webpLossless(let effort, let nearLossless):
            WebPMemory.encodingLossless(size, format, effort: effort, nearLossless: nearLossless)
        case .avif(_, let speed, let subsampling):
            HEIFMemory.encoding(size, format, speed: speed, subsampling)
        }
    }

    /// The length of the longest file that encoding a bitmap of that size and format can produce.
    package func longestFile(for size: Size, format: Bitmap.Format) -> Int {
        let samples = (size.pixelCount ?? Int.max / 16).saturatingMultiplied(by: format.bytesPerPixel)
        switch self {
        case .png: return samples.saturatingAdding(samples / 256).saturatingAdding(min(size.height, 1 << 31) + 4096)
        case .webpLossless:
            return max(samples, (size.pixelCount ?? 0).saturatingMultiplied(by: 3)).saturatingAdding(4096)
        case .jpeg(_, let subsampling, _): return (subsampling == .none ? samples : samples / 2).saturatingAdding(4096)
        case .avif(_, _, let subsampling):
            return (subsampling == .none || format.hasAlpha ? samples : samples / 2).saturatingAdding(8192)
        case .webp(_, _, _): return (format.hasAlpha ? samples : samples / 2).saturatingAdding(4096)
        }
    }
}
