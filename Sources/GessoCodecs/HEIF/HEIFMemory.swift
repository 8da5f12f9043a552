import GessoPixels

/// The memory that decoding HEIC and AVIF takes in addition to the pixels; measured with libheif 1.15.1, libde265 1.0.11
/// and dav1d 1.0.0, with images of 12 megapixels.
///
/// One tile is decoded at a time. The decoder holds its planes (with 4:2:0, 1.5 samples per pixel) and libheif a copy of
/// them; then libheif frees the decoder and converts to three planes of RGB. libde265 takes 2 to 3 bytes per pixel for
/// its blocks. dav1d, which libheif lets decode with several threads, takes 2.2 times its planes for coefficients, and
/// 3.4 bytes per pixel. The data is copied three times.
enum HEIFMemory {
    static func decoding(_ container: HEIFContainer, _ image: HEIFImage) throws(GessoError) -> Int {
        var most = 0
        for plane in [image.color, image.alpha].compactMap(\.self) {
            let longest = plane.tiles.reduce(0) { longest, tile in
                max(longest, tile.extents.reduce(0) { $0.saturatingAdding($1.length) })
            }
            let tile = decoding(plane.coding, byteCount: min(longest, container.file.count))
            most = max(most, tile)
        }
        return most
    }

    /// Encoding: planes in libheif and libaom, what libaom holds of each block, and the file three times; measured with
    /// libaom 3.6.0 and noise.
    static func encoding(
        _ size: Size, _ format: Bitmap.Format, speed: Int, _ subsampling: ImageEncoding.ChromaSubsampling
    ) -> Int {
        let pixels = size.pixelCount ?? Int.max / 1024
        let planes = subsampling == .half ? 44 : 66
        let bytes = planes + (speed < 7 ? 16 : 0) + (format.hasAlpha ? 10 : 0)
        return pixels.saturatingMultiplied(by: bytes).saturatingAdding(8 << 20)
    }

    private static func decoding(_ samples: CodedSamples, byteCount: Int) -> Int {
        let pixels = samples.codedSize.pixelCount ?? Int.max / 64
        let depth = samples.bits > 8 ? 2 : 1
        // Hundredths of bytes per pixel.
        let planes = [100, 150, 200, 300][samples.chroma] * depth
        let rgb = samples.isGray ? 0 : 300 * depth
        let decoder = samples.isAV1 ? planes * 22 / 10 + 360 : 350
        return (pixels.saturatingMultiplied(by: max(2 * planes + decoder, planes + rgb)) / 100)
            .saturatingAdding(byteCount.saturatingMultiplied(by: 3)).saturatingAdding(8 << 20)
    }
}
