import GessoPixels

/// The memory that libjpeg-turbo takes in addition to the pixels.
///
/// Decoding a file of one scan takes some rows of samples. Several scans (progressive files, and sequential files with
/// a scan for each component) take the coefficients of the whole image, two bytes each, at any output size. Encoding
/// takes them too, because the Huffman tables are optimized for the image. Measured with version 2.1.5.
enum JPEGMemory {
    /// Tables, the memory manager's pools and up to 16 rows; 55 bytes per column and 20 KiB are usual.
    private static func rows(_ width: Int, components: Int) -> Int { 192 << 10 + 48 * width * max(3, components) }

    static func decoding(_ header: ImageHeader) -> Int {
        let rows = rows(header.size.width, components: header.channels)
        guard header.coding.hasSeveralScans else { return rows }
        return rows.saturatingAdding(coefficients(header.size, header.coding.sampling))
    }

    /// Replacing blocks takes the coefficients and the new file.
    static func replacing(_ header: ImageHeader) -> Int {
        let coefficients = coefficients(header.size, header.coding.sampling)
        // The output buffer doubles until it suffices; new blocks may be longer than the old ones.
        return rows(header.size.width, components: header.channels).saturatingAdding(coefficients)
            .saturatingAdding(2 * header.byteCount + coefficients / 4)
    }

    static func encoding(
        _ size: Size, _ format: Bitmap.Format, quality: Int, _ subsampling: ImageEncoding.ChromaSubsampling
    ) -> Int {
        let one = Size(width: 1, height: 1)
        let luminance =
            switch subsampling {
            case .none: one
            case .horizontal: Size(width: 2, height: 1)
            case .half: Size(width: 2, height: 2)
            }
        let sampling = format.layout == .gray ? [one] : [luminance, one, one]
        let coefficients = coefficients(size, sampling)
        return rows(size.width, components: format.channels).saturatingAdding(coefficients)
            .saturatingAdding(file(size, samples: coefficients / 2, quality: quality))
    }

    /// The file's buffer, which doubles until it suffices. Noise takes 0.48 bytes per sample at quality 85, 0.55 at
    /// 90, 0.67 at 95 and 0.98 at 100.
    private static func file(_ size: Size, samples: Int, quality: Int) -> Int {
        let hundredths = quality > 95 ? 120 : quality > 90 ? 85 : quality > 80 ? 70 : 60
        let longest = samples.saturatingMultiplied(by: hundredths) / 100
        var capacity = (size.pixelCount ?? Int.max / 8) / 4 + 4096
        while capacity < longest { capacity = capacity.saturatingMultiplied(by: 2) }
        return capacity
    }

    /// Blocks of 64 coefficients, their number rounded up to each component's sampling factors.
    private static func coefficients(_ size: Size, _ sampling: [Size]) -> Int {
        let (most, lines) = (sampling.map(\.width).max() ?? 1, sampling.map(\.height).max() ?? 1)
        var total = 0
        for factors in sampling {
            let across = blocks(size.width, factors.width, of: most)
            let down = blocks(size.height, factors.height, of: lines)
            total = total.saturatingAdding(across.saturatingMultiplied(by: down).saturatingMultiplied(by: 128))
        }
        return total
    }

    private static func blocks(_ side: Int, _ factor: Int, of most: Int) -> Int {
        let blocks = (side * factor + 8 * most - 1) / (8 * most)
        return (blocks + factor - 1) / factor * factor
    }
}
