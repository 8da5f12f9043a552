import CGessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes files of pixels.
public enum ImageEncoder {
    /// Encodes `bitmap`; embeds `profile` when given and writes no other metadata.
    ///
    /// The caller says with `profile` what the samples mean; nil means sRGB and embeds nothing.
    /// Throws `pixelFormatMismatch` for what the format cannot hold (alpha in JPEG, 16 bits outside of PNG),
    /// `invalidParameter` for settings out of range, `sideTooLong`, `outOfMemory`, `cancelled`.
    public static func encode(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil
    ) throws(GessoError) -> EncodedImage {
        let job = EncodeJob(bitmap: bitmap, profile: profile)
        let data =
            switch encoding {
            case .png(let effort): try job.encodePNG(effort)
            case .jpeg(let quality, let subsampling, let progressive):
                try job.encodeJPEG(quality, subsampling, progressive)
            case .webp(let quality, let method, let alphaQuality):
                try job.encodeWebP(quality: quality, method: method, alphaQuality: alphaQuality)
            case .webpLossless(let effort): try job.encodeWebPLossless(effort)
            }
        return EncodedImage(data: data, format: encoding.format, size: bitmap.size)
    }
}
