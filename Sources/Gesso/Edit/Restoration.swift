import GessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The way back: what the model returned, put where it belongs on the original.
public struct Restoration: Sendable {
    /// The finished picture, upright, in the original's pixel format and profile (sRGB without compositing).
    public let frame: Frame
    /// What changed outside the mask; nil when there was no mask.
    public let audit: EditAudit?
    /// What the model returned, outside the mask, before the original was put back; nil when there was no mask.
    public let rawAudit: EditAudit?

    /// Decodes the result and the original, undoes the placement, composites and measures.
    ///
    /// Synchronous and CPU-bound, like ``Preparation/init(photo:references:selection:options:)``.
    public init(result: Data, photo: Data, preparation: Preparation) throws(GessoError) {
        let options = preparation.options
        let returned = try Frame(decoding: result, options: DecodeOptions(limits: options.limits))
        let restored = try Pipeline {
            Orient()
            ConvertToSRGB()
            Restore(preparation.placement)
        }.run(returned)

        guard let mask = preparation.mask else {
            frame = restored
            (audit, rawAudit) = (nil, nil)
            return
        }
        let original = try Restoration.original(photo, preparation)
        let sRGB = try ConvertToSRGB().run(original).bitmap
        rawAudit = try EditAudit.measuring(before: sRGB, after: restored.bitmap, mask: mask)
        guard options.composites else {
            frame = restored
            audit = rawAudit
            return
        }
        frame = try Composite(
            over: original.bitmap, profile: original.profile, mask: mask, feather: options.feather
        ).run(restored)
        let touched = options.feather > 0 ? try mask.feathered(radius: options.feather) : mask
        audit = try EditAudit.measuring(before: original.bitmap, after: frame.bitmap, mask: touched)
    }

    /// The original as it must come back outside the mask: upright, in its own profile, with its outpainted border.
    static func original(_ photo: Data, _ preparation: Preparation) throws(GessoError) -> Frame {
        let options = preparation.options
        let decoded = try ImageDecoder.decode(
            photo, options: DecodeOptions(limits: options.limits, preserve16Bit: true))
        return try Pipeline {
            Orient()
            if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
        }.run(Frame(decoded))
    }
}
