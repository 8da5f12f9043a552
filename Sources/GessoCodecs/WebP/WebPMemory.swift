import GessoPixels

/// The memory that libwebp takes in addition to the pixels; measured with version 1.2.4.
///
/// Decoding VP8 takes some rows. VP8L is decoded as a whole to 32 bits per pixel, at any output size, and takes up to
/// 21 KB for each group of Huffman codes; a separate alpha plane takes 6 bytes per pixel.
///
/// Lossy encoding stores its tokens from method 3 on, up to 29 bytes per pixel for noise at quality 100. The lossless
/// encoder, which also encodes alpha, stores hashes, several versions of its references and histograms: 28 bytes per
/// pixel at effort 0, 40 at the others, and up to 45 MB.
enum WebPMemory {
    static func decoding(_ header: ImageHeader) -> Int {
        let pixels = header.size.pixelCount ?? Int.max / 64
        let rows = 192 << 10 + 256 * header.size.width
        var bytesPerPixel = 0
        if header.coding.isLossless { bytesPerPixel = 4 } else if header.coding.hasAlphaPlane { bytesPerPixel = 6 }
        let planes = pixels.saturatingMultiplied(by: bytesPerPixel).saturatingAdding(rows)
        return bytesPerPixel == 0 ? planes : planes.saturatingAdding(tables(header))
    }

    /// The tables of the Huffman codes, one group for each tile of at least 4 × 4 pixels. libwebp's encoder makes at
    /// most 2600 tiles, and a group of five codes takes at least 16 bytes in a file with more than one color.
    private static func tables(_ header: ImageHeader) -> Int {
        let tiles = ((header.size.width + 3) / 4).saturatingMultiplied(by: (header.size.height + 3) / 4)
        return max(1, min(tiles, 2600, header.coding.bitstreamByteCount / 16)) * 21_000
    }

    /// Lossy encoding.
    static func encoding(_ size: Size, _ format: Bitmap.Format, quality: Int, method: Int) -> Int {
        let pixels = size.pixelCount ?? Int.max / 1024
        let planes = method < 3 ? (quality > 95 ? 850 : 480) : tokens(quality)
        let color = hundredths(planes, of: pixels).saturatingAdding(gray(size, format))
        guard format.hasAlpha else { return color.saturatingAdding(fixed) }
        // Alpha is encoded first, while the planes are allocated; its data stays while the tokens are stored.
        let alpha = lossless(size, method: method, hundredths: method < 4 ? 3_800 : 4_500)
        return max(color.saturatingAdding(hundredths(400, of: pixels)), alpha).saturatingAdding(fixed)
    }

    static func encodingLossless(_ size: Size, _ format: Bitmap.Format, effort: Int, nearLossless: Int) -> Int {
        let method = nearLossless < 100 && effort == 0 ? 1 : presetMethods[min(max(effort, 0), 9)]
        return lossless(size, method: method, hundredths: losslessHundredths(method: method))
            .saturatingAdding(gray(size, format)).saturatingAdding(fixed)
    }

    /// Gray images are converted to RGB first.
    private static func gray(_ size: Size, _ format: Bitmap.Format) -> Int {
        format.layout == .gray ? Bitmap.byteCount(size: size, format: .rgb8) ?? Int.max / 4 : 0
    }

    private static let fixed = 512 << 10

    private static func hundredths(_ count: Int, of pixels: Int) -> Int { pixels.saturatingMultiplied(by: count) / 100 }

    /// Hundredths of bytes per pixel for planes, tokens and file; measured with noise at these qualities, interpolated
    /// linearly.
    private static func tokens(_ quality: Int) -> Int {
        let points = [(0, 480), (30, 1270), (50, 1460), (75, 1690), (85, 2030), (90, 2260), (95, 2590), (100, 3000)]
        guard let next = points.firstIndex(where: { $0.0 >= quality }), next > 0 else { return points[0].1 }
        let (from, to) = (points[next - 1], points[next])
        return from.1 + (to.1 - from.1) * (quality - from.0) / (to.0 - from.0)
    }

    /// The memory of the lossless encoder, with its copy of the image. References grow with the pixels; histograms
    /// grow with the tiles, at most 2600, whose side depends on `method`.
    private static func lossless(_ size: Size, method: Int, hundredths: Int) -> Int {
        let pixels = size.pixelCount ?? Int.max / 1024
        let side = 1 << max(2, 7 - method)
        let tiles = ((size.width + side - 1) / side).saturatingMultiplied(by: (size.height + side - 1) / side)
        let histograms = method < 2 ? 0 : min(tiles, 2600) * 18_000
        return WebPMemory.hundredths(hundredths, of: pixels).saturatingAdding(histograms)
    }

    /// The methods of libwebp's presets 0…9.
    private static let presetMethods = [0, 1, 2, 3, 3, 4, 4, 4, 5, 6]

    private static func losslessHundredths(method: Int) -> Int { method == 0 ? 2_950 : method == 1 ? 3_700 : 4_200 }
}
