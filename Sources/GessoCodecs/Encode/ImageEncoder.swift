import CGessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes files of pixels.
public enum ImageEncoder {
    /// Encodes `bitmap`; embeds `profile` and writes `metadata` when given, and nothing else.
    ///
    /// The caller says with `profile` what the samples mean; nil means sRGB and embeds nothing.
    /// Throws `pixelFormatMismatch` for what the format cannot hold (alpha in JPEG, 16 bits outside of PNG),
    /// `invalidParameter` for settings out of range, `tooManyBytes` for metadata longer than the format takes,
    /// `sideTooLong`, `outOfMemory`, `cancelled`.
    public static func encode(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil,
        metadata: ImageMetadata = .none
    ) throws(GessoError) -> EncodedImage {
        let job = EncodeJob(bitmap: bitmap, profile: profile, metadata: metadata)
        let data =
            switch encoding {
            case .png(let effort, let reduces): try job.encodePNG(effort, reduces: reduces)
            case .jpeg(let quality, let subsampling, let progressive):
                try job.encodeJPEG(quality, subsampling, progressive)
            case .webp(let quality, let method, let alphaQuality):
                try job.encodeWebP(quality: quality, method: method, alphaQuality: alphaQuality)
            case .webpLossless(let effort, let nearLossless):
                try job.encodeWebPLossless(effort, nearLossless)
            }
        return EncodedImage(data: data, format: encoding.format, size: bitmap.size)
    }
}
