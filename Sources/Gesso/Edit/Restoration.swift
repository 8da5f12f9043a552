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
    /// What changed outside mask and feather, with the measurements that led there; nil when there was no mask.
    public let audit: EditAudit?
    /// What the model had changed outside the mask, on the canvas that was sent; nil when there was no mask.
    public let rawAudit: EditAudit?
    /// The pixels that may differ from the original (coverage above 0); nil when there was no compositing.
    let touched: EditArea?

    /// Decodes the result and the original, registers, matches, composites and measures.
    ///
    /// Synchronous and CPU-bound, like ``Preparation/init(photo:references:selection:options:)``. Beside the decoded
    /// original it needs memory for the canvas a few times over and for the edited part, not for the whole picture.
    public init(result: Data, photo: Data, preparation: Preparation) throws(GessoError) {
        let decode = DecodeOptions(limits: preparation.options.limits)
        let returned = try Pipeline {
            Orient(); ConvertToSRGB()
        }.run(Frame(decoding: result, options: decode)).bitmap
        guard let area = preparation.area else {
            frame = try Restore(preparation.placement).run(Frame(bitmap: returned))
            (audit, rawAudit, touched) = (nil, nil, nil)
            return
        }
        let sent = try Frame(decoding: preparation.parts[0].data, options: decode).bitmap
        let patch = try ReturnedPatch(returned, sent: sent, area: area, preparation: preparation)
        rawAudit = patch.rawAudit
        guard preparation.options.composites else {
            let placed = patch.alignment.isConfident ? patch.alignment : .identity(on: preparation.canvas)
            frame = try Restoration.whole(returned, placed, preparation)
            audit = patch.rawAudit
            touched = nil
            return
        }
        let original = try Restoration.original(photo, preparation)
        let composite = try PatchComposite(patch, over: original, area: area, options: preparation.options)
        frame = composite.frame
        audit = composite.audit
        touched = composite.touched
    }

    /// The original as it must come back outside the mask: upright, in its own profile, with its outpainted border.
    private static func original(_ photo: Data, _ preparation: Preparation) throws(GessoError) -> Frame {
        let options = preparation.options
        let frame = try Frame(
            decoding: photo, options: DecodeOptions(limits: options.limits, preserve16Bit: true))
        return try Pipeline {
            Orient()
            if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
        }.run(frame)
    }

    /// All that the model returned, on the original's canvas, moved back by what was measured.
    private static func whole(
        _ returned: Bitmap, _ alignment: Alignment, _ preparation: Preparation
    ) throws(GessoError) -> Frame {
        let canvas = preparation.canvas
        let aligned = try returned.sampled(
            alignment.moved(Box(canvas)).scaled(from: canvas, to: returned.size), size: canvas)
        return try Restore(preparation.placement).run(Frame(bitmap: aligned))
    }
}

extension Box {
    /// The same box on a picture of another size.
    func scaled(from old: Size, to new: Size) -> Box {
        let (x, y) = (Double(new.width) / Double(old.width), Double(new.height) / Double(old.height))
        return Box(left: left * x, top: top * y, right: right * x, bottom: bottom * y)
    }
}
