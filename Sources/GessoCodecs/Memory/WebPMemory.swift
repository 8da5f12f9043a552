import GessoPixels

/// What libwebp holds beside the pixels; measured with 1.2.4.
///
/// Decoding VP8 takes some rows. VP8L is decoded whole to 32 bits a pixel, whatever size is asked for, and takes up to
/// 21 KB for each group of Huffman codes; an alpha plane that is coded apart takes 6 bytes a pixel. Encoding takes far
/// more than the pixels: lossy from method 3 on keeps its tokens, up to 29 bytes a pixel on noise at quality 100; the
/// lossless coder, which codes alpha too, keeps hashes, several versions of its references, and histograms: 28 bytes a pixel
/// at effort 0, 40 at the others, and up to 45 MB more.
enum WebPMemory {
    static func decoding(_ header: ImageHeader) -> Int {
        let pixels = header.size.pixelCount ?? Int.max / 64
        let rows = 192 << 10 + 256 * header.size.width
        var bytesPerPixel = 0
        if header.coding.isLossless { bytesPerPixel = 4 } else if header.coding.hasAlphaPlane { bytesPerPixel = 6 }
        let planes = pixels.saturatingMultiplied(by: bytesPerPixel).saturatingAdding(rows)
        return bytesPerPixel == 0 ? planes : planes.saturatingAdding(tables(header))
    }

    /// The tables of the Huffman codes: one group a tile of at least 4 × 4 pixels. libwebp's encoder makes at most 2600
    /// tiles, and a group of five codes takes 16 bytes of any file that says more than one color.
    private static func tables(_ header: ImageHeader) -> Int {
        let tiles = ((header.size.width + 3) / 4).saturatingMultiplied(by: (header.size.height + 3) / 4)
        return max(1, min(tiles, 2600, header.coding.bitstreamByteCount / 16)) * 21_000
    }

    /// `method` from 3 on keeps tokens.
    static func encoding(_ size: Size, _ format: Bitmap.Format, quality: Int, method: Int) -> Int {
        let pixels = size.pixelCount ?? Int.max / 1024
        let planes = method < 3 ? (quality > 95 ? 850 : 480) : tokens(quality)
        let color = hundredths(planes, of: pixels).saturatingAdding(gray(size, format))
        guard format.hasAlpha else { return color.saturatingAdding(fixed) }
        // Alpha is coded first, while the planes are there; its file stays beside the tokens.
        let alpha = lossless(size, method: method, hundredths: method < 4 ? 3_800 : 4_500)
        return max(color.saturatingAdding(hundredths(400, of: pixels)), alpha).saturatingAdding(fixed)
    }

    static func encodingLossless(_ size: Size, _ format: Bitmap.Format, effort: Int, nearLossless: Int) -> Int {
        let method = nearLossless < 100 && effort == 0 ? 1 : presetMethods[min(max(effort, 0), 9)]
        return lossless(size, method: method, hundredths: losslessHundredths(method: method))
            .saturatingAdding(gray(size, format)).saturatingAdding(fixed)
    }

    /// Gray images are made RGB first.
    private static func gray(_ size: Size, _ format: Bitmap.Format) -> Int {
        format.layout == .gray ? Bitmap.byteCount(size: size, format: .rgb8) ?? Int.max / 4 : 0
    }

    private static let fixed = 512 << 10

    private static func hundredths(_ count: Int, of pixels: Int) -> Int { pixels.saturatingMultiplied(by: count) / 100 }

    /// Hundredths of bytes a pixel for planes, tokens and file: noise, at nine qualities, and straight between them.
    private static func tokens(_ quality: Int) -> Int {
        let points = [(0, 480), (30, 1270), (50, 1460), (75, 1690), (85, 2030), (90, 2260), (95, 2590), (100, 3000)]
        guard let next = points.firstIndex(where: { $0.0 >= quality }), next > 0 else { return points[0].1 }
        let (from, to) = (points[next - 1], points[next])
        return from.1 + (to.1 - from.1) * (quality - from.0) / (to.0 - from.0)
    }

    /// Bytes that the lossless coder takes, its image included. Its references grow with the pixels; its histograms
    /// with the tiles, whose sides `method` decides and which are at most 2600.
    private static func lossless(_ size: Size, method: Int, hundredths: Int) -> Int {
        let pixels = size.pixelCount ?? Int.max / 1024
        let side = 1 << max(2, 7 - method)
        let tiles = ((size.width + side - 1) / side).saturatingMultiplied(by: (size.height + side - 1) / side)
        let histograms = method < 2 ? 0 : min(tiles, 2600) * 18_000
        return WebPMemory.hundredths(hundredths, of: pixels).saturatingAdding(histograms)
    }

    /// The methods that libwebp's presets 0…9 choose.
    private static let presetMethods = [0, 1, 2, 3, 3, 4, 4, 4, 5, 6]

    private static func losslessHundredths(method: Int) -> Int { method == 0 ? 2_950 : method == 1 ? 3_700 : 4_200 }
}
