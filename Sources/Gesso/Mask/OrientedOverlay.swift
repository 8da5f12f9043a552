import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An image that lies over the original: a mask or a markup, decoded and oriented upright.
struct OrientedOverlay {
    let bitmap: Bitmap
    let header: ImageHeader
    /// nil means sRGB.
    let profile: ColorProfile?

    /// Throws `maskSizeMismatch` before a pixel is decoded; all errors tell `stage`.
    init(_ data: Data, for size: Size, stage: String, noun: String, limits: ImageDecoder.Limits) throws(GessoError) {
        let decoded: ImageDecoder.Output
        do throws(GessoError) {
            let header = try ImageHeader(probing: data, limits: limits)
            guard header.uprightSize == size else {
                throw GessoError(
                    .maskSizeMismatch, stage: stage,
                    "The \(noun) is \(header.uprightSize) and the upright image is \(size); make the \(noun) "
                        + "exactly as large as the image.",
                    facts: ["found": "\(header.uprightSize)", "allowed": "\(size)"])
            }
            decoded = try PixelWork.decode(data, options: ImageDecoder.Options(limits: limits))
        } catch {
            guard error.stage != stage else { throw error }
            throw GessoError(
                error.code, stage: stage, "The \(noun) cannot be read: \(error.message)", facts: error.facts)
        }
        bitmap = try decoded.bitmap.oriented(decoded.header.orientation)
        header = decoded.header
        profile = decoded.profile
    }
}
