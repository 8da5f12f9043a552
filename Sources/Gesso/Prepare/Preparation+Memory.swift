import GessoCodecs
import GessoPixels

extension Preparation {
    /// The bytes of pixels that finishing one result takes at most: what is reserved before the original is decoded.
    public var finishingBytes: Int {
        Preparation.finishingBytes(
            header: header, picture: area?.picture ?? placement.upright, edited: area?.rect.size, canvas: canvas,
            options: options)
    }

    /// The original in its own depth, once more while it is turned upright or encoded; the edited part and the canvas a
    /// few times over.
    static func finishingBytes(
        header: ImageHeader, picture: Size, edited: Size?, canvas: Size, options: EditOptions
    ) -> Int {
        let format: PixelFormat = header.hasAlpha ? .rgba8 : .rgb8
        let depth = header.bitsPerChannel > 8 ? 2 : 1
        let original = (Bitmap.byteCount(size: picture, format: format) ?? Int.max / 32) * depth
        let margin = 2 * options.feather
        let area = edited.map { Size(width: $0.width + margin, height: $0.height + margin) } ?? picture
        let part = Bitmap.byteCount(size: area, format: .rgba8) ?? Int.max / 32
        let sent = Bitmap.byteCount(size: canvas, format: .rgba8) ?? Int.max / 32
        return 2 * original + 4 * min(part, original) + 6 * sent
    }
}
