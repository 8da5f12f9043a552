import GessoCodecs
import GessoPixels

extension Preparation {
    /// The bytes of pixels that finishing one result takes at most: what is reserved before the original is decoded.
    ///
    /// The original in its own depth, once more while it is turned upright or encoded; the edited part and the canvas
    /// a few times over.
    public var finishingBytes: Int {
        let size = area?.picture ?? placement.upright
        let format: PixelFormat = header.hasAlpha ? .rgba8 : .rgb8
        let original =
            (Bitmap.byteCount(size: size, format: format) ?? Int.max / 16) * (header.bitsPerChannel > 8 ? 2 : 1)
        let margin = 2 * options.feather
        let edited = area.map { Size(width: $0.rect.width + margin, height: $0.rect.height + margin) } ?? size
        let part = Bitmap.byteCount(size: edited, format: .rgba8) ?? Int.max / 16
        let canvas = Bitmap.byteCount(size: placement.canvas, format: .rgba8) ?? Int.max / 16
        return 2 * original + 4 * min(part, original) + 6 * canvas
    }
}
