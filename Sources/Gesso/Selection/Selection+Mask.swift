import GessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Selection {
    /// The mask for a picture whose upright size is `size`.
    ///
    /// Throws `maskSizeMismatch`, `maskWithoutAlpha`, `maskEmpty` or `maskCoversEverything`, each with what to do, and
    /// whatever decoding a mask picture throws.
    public func mask(for size: Size) throws(GessoError) -> Mask {
        let mask: Mask
        switch shape {
        case .rectangle(let rect): mask = try .rectangle(rect, size: size)
        case .ellipse(let rect): mask = try .ellipse(in: rect, size: size)
        case .image(let data, let polarity): mask = try Selection.decoded(data, polarity, for: size)
        }
        try mask.requireUsable(for: size)
        return mask
    }

    private static func decoded(_ data: Data, _ polarity: MaskPolarity, for size: Size) throws(GessoError) -> Mask {
        let decoded: DecodedImage
        do throws(GessoError) {
            let header = try ImageHeader(probing: data)
            guard header.uprightSize == size else {
                throw GessoError(
                    .maskSizeMismatch, stage: "mask",
                    "The mask is \(header.uprightSize) and the picture, turned upright, is \(size); make the mask "
                        + "exactly as large as the picture.",
                    facts: ["found": "\(header.uprightSize)", "allowed": "\(size)"])
            }
            decoded = try ImageDecoder.decode(data)
        } catch {
            guard error.stage != "mask" else { throw error }
            throw GessoError(error.code, stage: "mask", "The mask cannot be read: \(error.message)", facts: error.facts)
        }
        let upright = try decoded.bitmap.oriented(decoded.header.orientation)
        switch polarity {
        case .alpha: return try Mask(alphaOf: upright)
        case .white: return try Mask(luminanceOf: upright, polarity: .whiteMeansEdit)
        case .black: return try Mask(luminanceOf: upright, polarity: .blackMeansEdit)
        }
    }
}
