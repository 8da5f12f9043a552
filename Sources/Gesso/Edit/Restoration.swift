import GessoCodecs
public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The way back: what the model returned, put where it belongs on the original.
public struct Restoration: Sendable {
    /// The finished image, upright, in the original's pixel format and profile (sRGB without compositing).
    public let frame: Frame
    /// What changed outside mask and feather, with the measurements that led there; nil when there was no mask.
    public let audit: EditAudit?
    /// What the model had changed outside the mask, on the canvas that was sent; nil when there was no mask.
    public let rawAudit: EditAudit?
    /// The same for each region that was sent apart.
    public let regions: [RegionAudit]
    /// The pixels that may differ from the original (coverage above 0), region by region; none when there was no
    /// compositing.
    let touched: [BoundedMask]

    /// Decodes the result and the original, registers, matches, composites and measures.
    ///
    /// Synchronous and CPU-bound, like ``Preparation``. Beside the decoded original it needs memory for the canvas a few
    /// times over and for the edited part, not for the whole image.
    public init(result: Data, photo: Data, preparation: Preparation) throws(GessoError) {
        try self.init(results: [result], photo: photo, preparations: [preparation])
    }

    /// The same for regions that were sent apart, one result each: all are put onto one original.
    public init(results: [Data], photo: Data, preparations: [Preparation]) throws(GessoError) {
        guard let first = preparations.first, results.count == preparations.count else {
            throw GessoError(
                .invalidParameter, stage: "restore",
                "There are \(results.count) results for \(preparations.count) requests; give one for each.",
                facts: ["found": "\(results.count)", "allowed": "\(preparations.count)"])
        }
        let options = first.options
        guard first.area != nil, options.composites else {
            let returned = try Restoration.returned(results[0], options)
            (self.regions, self.touched) = ([], [])
            guard let patch = try Restoration.patch(returned, first) else {
                self.frame = try Restore(first.placement).run(Frame(bitmap: returned))
                (audit, rawAudit) = (nil, nil)
                return
            }
            let placed = patch.alignment.isConfident ? patch.alignment : .identity(on: first.canvas)
            self.frame = try Restoration.whole(returned, placed, first)
            (audit, rawAudit) = (patch.rawAudit, patch.rawAudit)
            return
        }
        // The original comes first: while it is turned it is there twice, and little else should be.
        var frame = try Restoration.original(photo, first)
        var regions: [RegionAudit] = []
        var touched: [BoundedMask] = []
        for (result, preparation) in zip(results, preparations) {
            let returned = try Restoration.returned(result, options)
            guard let area = preparation.area, let patch = try Restoration.patch(returned, preparation) else {
                continue
            }
            let composite = try PatchComposite(patch, over: consume frame, area: area, options: options)
            frame = composite.frame
            touched.append(composite.touched)
            regions.append(
                RegionAudit(
                    box: area.rect, window: preparation.window, canvas: preparation.canvas, audit: composite.audit,
                    rawAudit: patch.rawAudit))
        }
        self.frame = frame
        self.touched = touched
        self.regions = regions
        audit = EditAudit.joined(regions.map(\.audit))
        rawAudit = EditAudit.joined(canvases: regions)
    }

    /// What is known of a returned canvas; nil when there was no mask.
    private static func patch(_ returned: Bitmap, _ preparation: Preparation) throws(GessoError) -> ResultPatch? {
        guard let area = preparation.area else { return nil }
        let decode = ImageDecoder.Options(limits: preparation.options.limits)
        let sent = try Frame(decoding: preparation.parts[0].data, options: decode).bitmap
        return try ResultPatch(returned, sent: sent, area: area, preparation: preparation)
    }

    /// What the model returned, upright and in sRGB.
    private static func returned(_ result: Data, _ options: EditOptions) throws(GessoError) -> Bitmap {
        try Pipeline {
            Orient()
            ConvertToSRGB()
        }.run(Frame(decoding: result, options: ImageDecoder.Options(limits: options.limits))).bitmap
    }

    /// The original as it must come back outside the mask: upright, in its own profile, with its outpainted border.
    private static func original(_ photo: Data, _ preparation: Preparation) throws(GessoError) -> Frame {
        let options = preparation.options
        let frame = try Frame(
            decoding: photo, options: ImageDecoder.Options(limits: options.limits, preserve16Bit: true))
        return try Pipeline {
            Orient()
            if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
        }.run(frame)
    }

    /// All that the model returned, on the original's canvas, moved back by what was measured.
    private static func whole(
        _ returned: Bitmap, _ alignment: EditAudit.Alignment, _ preparation: Preparation
    ) throws(GessoError) -> Frame {
        let canvas = preparation.canvas
        let aligned = try returned.sampled(
            alignment.moved(Box(canvas)).scaled(from: canvas, to: returned.size), size: canvas)
        return try Restore(preparation.placement).run(Frame(bitmap: aligned))
    }
}

extension Box {
    /// The same box on an image of another size.
    func scaled(from old: Size, to new: Size) -> Box {
        let (x, y) = (Double(new.width) / Double(old.width), Double(new.height) / Double(old.height))
        return Box(left: left * x, top: top * y, right: right * x, bottom: bottom * y)
    }
}
