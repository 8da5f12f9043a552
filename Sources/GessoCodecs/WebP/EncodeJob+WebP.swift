import CGessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The parameters of libwebp's encoder, in the ranges that it accepts.
struct WebPParameters {
    let isLossless: Bool
    /// The effort if lossless.
    let quality: Int32
    /// Not used if lossless.
    let method: Int32
    /// The quality of alpha, or nearLossless.
    let fidelity: Int32
}

extension ImageEncoding {
    /// The parameters for a still image or an animation. Throws `invalidParameter` for settings out of range, and for
    /// another format.
    func webPParameters() throws(GessoError) -> WebPParameters {
        switch self {
        case .webp(let quality, let method, let alphaQuality):
            try EncodeJob.require("quality", quality, in: 0...100)
            try EncodeJob.require("method", method, in: 0...6)
            try EncodeJob.require("alphaQuality", alphaQuality, in: 0...100)
            return WebPParameters(
                isLossless: false, quality: Int32(quality), method: Int32(method), fidelity: Int32(alphaQuality))
        case .webpLossless(let effort, let nearLossless):
            try EncodeJob.require("effort", effort, in: 0...9)
            try EncodeJob.require("nearLossless", nearLossless, in: 0...100)
            return WebPParameters(isLossless: true, quality: Int32(effort), method: 0, fidelity: Int32(nearLossless))
        // Still images of other formats do not come here.
        case .png, .jpeg, .avif: throw .animatedOutput(format)
        }
    }
}

extension EncodeJob {
    func encodeWebP(_ parameters: WebPParameters) throws(GessoError) -> Data {
        try require(bitmap.format.bitsPerChannel == 8, .webp, remedy: "convert it to 8 bits a channel, or choose PNG")
        // WebP has no gray: encode RGB with three equal channels. A gray profile does not apply to them, so convert to
        // sRGB.
        let isGray = bitmap.format == .gray8
        let colored = isGray ? try bitmap.converted(from: profile, to: nil).grayAsRGB() : bitmap
        let profile = isGray ? nil : profile
        let file = try EncodeJob(bitmap: colored, profile: nil).run(.webp) { image, _, _, watch, output, report in
            gesso_webp_encode(
                &image, parameters.isLossless ? 1 : 0, parameters.quality, parameters.method, parameters.fidelity,
                &watch, &output, &report)
        }
        return try WebPContainer.embed(
            icc: profile?.icc, exif: exif(profile), xmp: metadata.xmp, in: file, size: bitmap.size)
    }
}

extension Bitmap {
    fileprivate func grayAsRGB() throws(GessoError) -> Bitmap {
        var result = try Bitmap(size: size, format: .rgb8, zeroed: false)
        let (from, to, width, height) = (bytesPerRow, result.bytesPerRow, width, height)
        try result.withUnsafeMutablePixels { target throws(GessoError) in
            withUnsafePixels { source in
                for y in 0..<height {
                    let (row, out) = (source + y * from, target + y * to)
                    for x in 0..<width {
                        let value = row[x]
                        out[3 * x] = value
                        out[3 * x + 1] = value
                        out[3 * x + 2] = value
                    }
                }
            }
        }
        return result
    }
}
