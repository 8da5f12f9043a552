import CGessoCodecs
import CGessoDeflate
import GessoPixels

/// The memory that decoding and encoding PNG take in addition to the pixels.
///
/// libpng decodes rows directly into the bitmap, also interlaced ones, and allocates three rows and zlib's window.
/// Images of 8 bits that are not interlaced are inflated into space after the pixels, which stays with the bitmap.
///
/// Encoding takes a buffer for the longest possible file. Effort `small` takes all filtered rows, a second such buffer
/// and 9 MB for libdeflate; `reduces` takes a copy of the image in its reduced format.
enum PNGMemory {
    /// The space after the pixels for decoding in place, in bytes.
    static func spare(_ header: ImageHeader, _ format: Bitmap.Format) -> Int {
        guard header.bitsPerChannel == 8, !header.isProgressive else { return 0 }
        return spare(header.size, channels: header.channels, format)
    }

    static func spare(_ size: Size, channels: Int, _ format: Bitmap.Format) -> Int {
        gesso_png_spare(size.width * channels, (size.width * format.bytesPerPixel + 63) & ~63, size.height)
    }

    static func decoding(_ header: ImageHeader) -> Int {
        // Rows of up to four 16-bit samples, zlib's window, and the chunks that libpng reads.
        256 << 10 + 3 * 8 * header.size.width
    }

    static func encoding(_ size: Size, _ format: Bitmap.Format, _ effort: ImageEncoding.PNGEffort, reduces: Bool) -> Int
    {
        let pixels = size.pixelCount ?? Int.max / 64
        let depth = format.bitsPerChannel / 8
        let plain = writing(size, channels: format.channels * depth, effort)
        guard reduces, effort != .fast else { return plain }
        // An image with fewer channels is copied first. If a palette is possible, both forms are encoded and the
        // shorter one is kept.
        let fewer = max(1, format.channels - 1) * depth
        let copied = writing(size, channels: fewer, effort).saturatingAdding(pixels.saturatingMultiplied(by: fewer))
        return max(plain, copied).saturatingAdding(pixels)
    }

    private static func writing(_ size: Size, channels: Int, _ effort: ImageEncoding.PNGEffort) -> Int {
        let filtered = (size.width.saturatingMultiplied(by: channels).saturatingAdding(1))
            .saturatingMultiplied(by: size.height)
        let longest = gesso_deflate_bound(min(filtered, Int.max / 8))
        // The compressor holds two rows.
        let state = 768 << 10 + 8 * size.width * channels
        guard effort == .small else { return longest.saturatingAdding(state) }
        return filtered.saturatingAdding(longest).saturatingAdding(longest).saturatingAdding(state).saturatingAdding(
            9_100_000)
    }
}
