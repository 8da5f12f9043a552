public import GessoCodecs
public import GessoPixels

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Encodes a picture into at most so many bytes: the best quality that fits, and only then a smaller size.
public struct ByteLimit: Sendable, Hashable, Codable {
    public var bytes: Int
    /// The lowest quality that is tried before the picture is made smaller, 1…100.
    public var lowestQuality: Int

    public init(bytes: Int, lowestQuality: Int = 40) {
        self.bytes = bytes
        self.lowestQuality = lowestQuality
    }

    /// What a search gave.
    public struct Outcome: Sendable {
        public let image: EncodedImage
        /// The quality that was used; nil for lossless encodings.
        public let quality: Int?
        public let encodes: Int
    }

    /// Encodes `bitmap` as `encoding` says or with a lower quality, and smaller if that is not enough.
    ///
    /// File sizes grow about exponentially with quality, so the search goes by the logarithm: four encodes are typical.
    /// The quality found is the highest that fits. Throws `tooManyBytes` when not even the smallest picture fits.
    public func encode(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil
    ) throws(GessoError) -> Outcome {
        var picture = bitmap
        var encodes = 0
        while true {
            try GessoError.throwIfCancelled(stage: "encode")
            var search = QualitySearch(
                bitmap: picture, encoding: encoding, profile: profile, limit: bytes,
                lowest: min(lowestQuality, encoding.quality ?? 100))
            let found = try search.run()
            encodes += search.encodes
            if let found { return Outcome(image: found.image, quality: found.quality, encodes: encodes) }
            guard picture.size.longEdge > 1 else {
                throw GessoError(
                    .tooManyBytes, stage: "encode",
                    "Not even a picture of one pixel takes \(bytes) bytes or fewer as \(encoding.format); allow more.",
                    facts: ["allowed": "\(bytes)"])
            }
            // Bytes go with area; a little less than that predicts, so that the next size usually fits.
            let shrink = min(0.95, 0.97 * (Double(bytes) / Double(max(1, search.smallest))).squareRoot())
            let size = Size(
                width: max(1, Int(Double(picture.width) * shrink)), height: max(1, Int(Double(picture.height) * shrink))
            )
            picture = try bitmap.resized(to: size)
        }
    }
}

/// The highest quality of one picture that fits.
private struct QualitySearch {
    let bitmap: Bitmap
    let encoding: ImageEncoding
    let profile: ColorProfile?
    let limit: Int
    let lowest: Int
    private(set) var encodes = 0
    /// The fewest bytes that were seen.
    private(set) var smallest = Int.max

    init(bitmap: Bitmap, encoding: ImageEncoding, profile: ColorProfile?, limit: Int, lowest: Int) {
        (self.bitmap, self.encoding, self.profile) = (bitmap, encoding, profile)
        (self.limit, self.lowest) = (limit, lowest)
    }

    mutating func run() throws(GessoError) -> (image: EncodedImage, quality: Int?)? {
        let first = try encode(encoding)
        guard let highest = encoding.quality else { return first.data.count <= limit ? (first, nil) : nil }
        if first.data.count <= limit { return (first, highest) }
        var (high, highBytes) = (highest, Double(first.data.count))
        var (low, lowBytes, fits): (Int, Double, EncodedImage?) = (lowest - 1, 0, nil)
        while high - low > 1 {
            let quality: Int
            if lowBytes > 0 {
                let share = (log(Double(limit)) - log(lowBytes)) / (log(highBytes) - log(lowBytes))
                quality = low + Int((Double(high - low) * share).rounded())
            } else {
                // A point of quality is worth about 2.5 % of the bytes.
                quality = high - Int((log(highBytes / Double(limit)) / 0.025).rounded(.up))
            }
            let next = min(max(quality, low + 1), high - 1)
            let image = try encode(encoding.with(quality: next))
            if image.data.count <= limit {
                (low, lowBytes, fits) = (next, Double(image.data.count), image)
            } else {
                (high, highBytes) = (next, Double(image.data.count))
            }
        }
        return fits.map { ($0, low) }
    }

    private mutating func encode(_ encoding: ImageEncoding) throws(GessoError) -> EncodedImage {
        let image = try ImageEncoder.encode(bitmap, as: encoding, profile: profile)
        encodes += 1
        smallest = min(smallest, image.data.count)
        return image
    }
}

extension ImageEncoding {
    /// The quality of a lossy encoding; nil for lossless ones.
    var quality: Int? {
        switch self {
        case .jpeg(let quality, _, _): quality
        case .webp(let quality, _, _): quality
        case .png, .webpLossless: nil
        }
    }

    /// The same encoding with another quality; lossless ones stay as they are.
    func with(quality: Int) -> ImageEncoding {
        switch self {
        case .jpeg(_, let subsampling, let progressive):
            .jpeg(quality: quality, subsampling: subsampling, progressive: progressive)
        case .webp(_, let method, let alphaQuality):
            .webp(quality: quality, method: method, alphaQuality: alphaQuality)
        case .png, .webpLossless: self
        }
    }
}
