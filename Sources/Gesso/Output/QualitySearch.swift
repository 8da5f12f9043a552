import GessoCodecs
import GessoPixels

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The highest quality of one image that fits.
struct QualitySearch {
    let bitmap: Bitmap
    let encoding: ImageEncoding
    let profile: ColorProfile?
    let metadata: ImageMetadata
    let limit: Int
    let lowest: Int
    private(set) var encodes = 0
    /// The fewest bytes that were seen.
    private(set) var smallest = Int.max

    init(
        bitmap: Bitmap, encoding: ImageEncoding, profile: ColorProfile?, metadata: ImageMetadata, limit: Int,
        lowest: Int
    ) {
        (self.bitmap, self.encoding, self.profile, self.metadata) = (bitmap, encoding, profile, metadata)
        (self.limit, self.lowest) = (limit, lowest)
    }

    /// Begins with the quality `start`; nil for lossless encodings, which have one size. Returns nil when nothing fits.
    ///
    /// The curve of most images, moved to the sizes seen and bent by the last two, tells which quality to try next.
    mutating func run(from start: Int?) throws(GessoError) -> (image: EncodedImage, quality: Int?)? {
        guard let highest = encoding.quality, let start else {
            let image = try encode(encoding)
            return image.data.count <= limit ? (image, nil) : nil
        }
        let curve: QualityCurve =
            switch encoding.format {
            case .webp: .webp
            case .avif: .avif
            default: .jpeg
            }
        var (low, high) = (lowest - 1, highest + 1)
        var fits: EncodedImage?
        var seen: [(curve: Double, bytes: Double)] = []
        var next = start
        while true {
            let image = try encode(encoding.with(quality: next))
            if image.data.count <= limit { (low, fits) = (next, image) } else { high = next }
            guard high - low > 1 else { return fits.map { ($0, low) } }
            seen.append((curve[next], log(Double(image.data.count))))
            let wanted = Self.wanted(log(Double(limit)), seen)
            next = min(max(curve.quality(reaching: wanted), low + 1), high - 1)
        }
    }

    /// Where on the curve the file has that logarithm of bytes.
    private static func wanted(_ bytes: Double, _ seen: [(curve: Double, bytes: Double)]) -> Double {
        guard let last = seen.last else { return 0 }
        guard let before = seen.dropLast().last, last.curve != before.curve else {
            return last.curve + bytes - last.bytes
        }
        let slope = (last.bytes - before.bytes) / (last.curve - before.curve)
        // Beyond these it says more about a step of the encoder than about the image.
        return last.curve + (bytes - last.bytes) / (0.25...4 ~= slope ? slope : 1)
    }

    private mutating func encode(_ encoding: ImageEncoding) throws(GessoError) -> EncodedImage {
        let image = try PixelWork.encode(bitmap, as: encoding, profile: profile, metadata: metadata)
        encodes += 1
        smallest = min(smallest, image.data.count)
        return image
    }
}

/// How the size of a photograph goes with quality: the mean logarithm of bytes over those at quality 75, of fourteen
/// photographs of 384 pixels.
struct QualityCurve {
    private let points: [(quality: Int, value: Double)]

    /// libjpeg-turbo, 4:2:0, optimized tables.
    static let jpeg = QualityCurve(points: [
        (0, -2.5), (5, -2.03), (10, -1.53), (20, -1.04), (30, -0.76), (40, -0.57), (50, -0.42), (60, -0.28),
        (70, -0.1), (75, 0), (80, 0.14), (85, 0.3), (90, 0.53), (93, 0.7), (95, 0.88), (97, 1.11), (99, 1.45),
        (100, 1.57),
    ])

    /// libwebp, method 4.
    static let webp = QualityCurve(points: [
        (0, -1.7), (5, -1.32), (10, -1.13), (20, -0.85), (30, -0.64), (40, -0.46), (50, -0.32), (60, -0.19),
        (70, -0.07), (75, 0), (80, 0.2), (85, 0.42), (90, 0.69), (93, 0.9), (95, 1.05), (97, 1.23), (99, 1.38),
        (100, 1.4),
    ])

    /// libaom, 4:2:0, speed 7; of four photographs.
    static let avif = QualityCurve(points: [
        (0, -2.81), (5, -2.61), (10, -2.36), (20, -1.9), (30, -1.51), (40, -1.12), (50, -0.74), (60, -0.35),
        (70, -0.11), (75, 0), (80, 0.13), (85, 0.34), (90, 0.55), (93, 0.73), (95, 0.83), (97, 0.96), (100, 1.35),
    ])

    /// Straight between the points.
    subscript(_ quality: Int) -> Double {
        guard let right = points.firstIndex(where: { $0.quality >= quality }), right > 0 else { return points[0].value }
        let (from, to) = (points[right - 1], points[right])
        return from.value + (to.value - from.value) * Double(quality - from.quality) / Double(to.quality - from.quality)
    }

    /// The highest quality whose value is not above `value`; 0 when there is none.
    func quality(reaching value: Double) -> Int { (0...100).last { self[$0] <= value + 1e-9 } ?? 0 }
}
