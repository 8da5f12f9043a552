import CGessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Encodes image files on the calling thread.
package enum ImageEncoder {
    /// Encodes `bitmap`; see ``EncodedImage/init(_:as:profile:metadata:)``.
    package static func encode(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil,
        metadata: ImageMetadata = .none
    ) throws(GessoError) -> EncodedImage {
        let fitted = try bitmap.fitting(profile, in: encoding.format)
        let job = EncodeJob(bitmap: fitted.bitmap, profile: fitted.profile, metadata: metadata)
        var size = bitmap.size
        let data: Data
        switch encoding {
        case .png(let effort, let reduces): data = try job.encodePNG(effort, reduces: reduces)
        case .jpeg(let quality, let subsampling, let progressive):
            data = try job.encodeJPEG(quality, subsampling, progressive)
        case .webp, .webpLossless: data = try job.encodeWebP(try encoding.webPParameters())
        case .avif(let quality, let speed, let subsampling):
            data = try job.encodeAVIF(quality: quality, speed: speed, subsampling)
            size = metadata.orientation.upright(size)
        }
        var image = EncodedImage(data: data, format: encoding.format, size: size)
        if let warning = fitted.warning { image.warnings.append(warning) }
        return image
    }
}

/// An encoded image file in memory.
public struct EncodedImage: Sendable, Hashable {
    /// The bytes of the file.
    public let data: Data
    /// The format of the file.
    public let format: ImageFormat
    /// The size in pixels, as stored.
    public let size: Size
    /// What decoding the source passed over, changed or left out; empty for a file that was encoded elsewhere.
    public package(set) var warnings: [ImageDecoder.Warning] = []
    /// The header of the source, if the file was made of one. Not compared.
    package var source: ImageHeader?

    /// Encodes `bitmap`, with `profile` embedded and `metadata` written if given.
    ///
    /// `profile` says what the samples mean; nil means sRGB, and no profile is embedded. A profile that does not fit the
    /// pixels or the format is left out with a warning, and the pixels are converted to sRGB if possible.
    ///
    /// Synchronous, without a time limit, for callers with threads of their own: `Image` in Gesso encodes on the pixel
    /// pool and within the memory budget. Checks for cancellation. Throws `pixelFormatMismatch` for pixels that the
    /// format cannot represent (alpha in JPEG, 16 bits in JPEG, WebP and AVIF), `invalidParameter` for settings out of
    /// range, `tooManyBytes` for metadata that is too long for the format, `sideTooLong`, `outOfMemory` and
    /// `cancelled`; for AVIF `unsupportedFormat` if Gesso was built without the trait `HEIF`.
    public init(
        _ bitmap: Bitmap, as encoding: ImageEncoding, profile: ColorProfile? = nil, metadata: ImageMetadata = .none
    ) throws(GessoError) {
        self = try ImageEncoder.encode(bitmap, as: encoding, profile: profile, metadata: metadata)
    }

    /// A file that was encoded elsewhere; not checked.
    public init(data: Data, format: ImageFormat, size: Size) {
        self.data = data
        self.format = format
        self.size = size
    }
}

extension EncodedImage {
    /// Whether the files are the same bytes and have the same warnings, whatever they were made of.
    public static func == (left: EncodedImage, right: EncodedImage) -> Bool {
        left.format == right.format && left.size == right.size && left.warnings == right.warnings
            && left.data == right.data
    }

    /// Hashes the file.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(format)
        hasher.combine(size)
        hasher.combine(data)
    }
}
