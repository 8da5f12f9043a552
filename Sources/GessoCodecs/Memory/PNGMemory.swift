import CGessoCodecs
import CGessoDeflate
import GessoPixels

/// What reading and writing PNG takes beside the pixels.
///
/// libpng reads rows straight into the bitmap, interlaced ones too, and holds three rows and zlib's window. Files of 8
/// bits that are not interlaced are inflated behind the pixels, into room that stays with the bitmap. Encoding takes a
/// buffer of the longest file that there can be; at effort `small` all filtered rows, a second such buffer and
/// libdeflate's 9 MB for its thorough levels; with `reduces` a copy of the image in its reduced layout.
enum PNGMemory {
    /// Room behind the pixels for a decoder that works in place.
    static func spare(_ header: ImageHeader, _ format: Bitmap.Format) -> Int {
        guard header.bitsPerChannel == 8, !header.isProgressive else { return 0 }
        return spare(header.size, channels: header.channels, format)
    }

    static func spare(_ size: Size, channels: Int, _ format: Bitmap.Format) -> Int {
        gesso_png_spare(size.width * channels, (size.width * format.bytesPerPixel + 63) & ~63, size.height)
    }

    static func decoding(_ header: ImageHeader) -> Int {
        // Rows of up to four samples of 16 bits, zlib's window, and the chunks that libpng reads.
        256 << 10 + 3 * 8 * header.size.width
    }

    static func encoding(_ size: Size, _ format: Bitmap.Format, _ effort: ImageEncoding.PNGEffort, reduces: Bool) -> Int
    {
        let pixels = size.pixelCount ?? Int.max / 64
        let depth = format.bitsPerChannel / 8
        let plain = writing(size, channels: format.channels * depth, effort)
        guard reduces, effort != .fast else { return plain }
        // Fewer channels are copied first. Of a palette and the plain layout both are made, and the shorter one is kept.
        let fewer = max(1, format.channels - 1) * depth
        let copied = writing(size, channels: fewer, effort).saturatingAdding(pixels.saturatingMultiplied(by: fewer))
        return max(plain, copied).saturatingAdding(pixels)
    }

    private static func writing(_ size: Size, channels: Int, _ effort: ImageEncoding.PNGEffort) -> Int {
        let filtered = (size.width.saturatingMultiplied(by: channels).saturatingAdding(1))
            .saturatingMultiplied(by: size.height)
        let longest = gesso_deflate_bound(min(filtered, Int.max / 8))
        // The compressor's window holds two rows.
        let state = 768 << 10 + 8 * size.width * channels
        guard effort == .small else { return longest.saturatingAdding(state) }
        return filtered.saturatingAdding(longest).saturatingAdding(longest).saturatingAdding(state).saturatingAdding(
            9_100_000)
    }
}
