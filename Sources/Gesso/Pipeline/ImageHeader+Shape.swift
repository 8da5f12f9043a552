import GessoCodecs
import GessoPixels

extension ImageHeader {
    /// The pixel format that decoding to 8 bits gives.
    var decodedFormat: Bitmap.Format {
        if hasAlpha { return .rgba8 }
        return colorModel == .gray ? .gray8 : .rgb8
    }

    /// Whether the samples mean sRGB once decoded; CMYK is converted while it is decoded.
    var isSRGB: Bool { profileKind == .none || profileKind == .sRGB || colorModel == .cmyk }
}
