import CGessoCodecs
import GessoPixels

// Bitmaps in the form that the C drivers take.
extension Bitmap {
    /// Calls `body` with the pixels to write, and room for `spareByteCount` more bytes behind them.
    mutating func withCodecImage<R>(
        spareByteCount: Int = 0, _ body: (inout gesso_codec_image) throws(GessoError) -> R
    ) throws(GessoError) -> R {
        let (rows, size, format) = (bytesPerRow, size, format)
        return try withUnsafeMutablePixels { pixels throws(GessoError) in
            var image = gesso_codec_image(pixels, rows, size, format, spareByteCount: spareByteCount)
            return try body(&image)
        }
    }

    /// Calls `body` with the pixels for a driver that only reads them; the C type is the one that decoders write to.
    func withCodecImage<R>(reading body: (inout gesso_codec_image) -> R) -> R {
        withUnsafePixels { pixels in
            var image = gesso_codec_image(UnsafeMutablePointer(mutating: pixels), bytesPerRow, size, format)
            return body(&image)
        }
    }
}

extension gesso_codec_image {
    fileprivate init(
        _ pixels: UnsafeMutablePointer<UInt8>, _ bytesPerRow: Int, _ size: Size, _ format: Bitmap.Format,
        spareByteCount: Int = 0
    ) {
        self.init(
            pixels: pixels, bytes_per_row: bytesPerRow, width: UInt32(size.width), height: UInt32(size.height),
            channels: Int32(format.channels), bits: Int32(format.bitsPerChannel),
            capacity: bytesPerRow * size.height + spareByteCount)
    }
}
