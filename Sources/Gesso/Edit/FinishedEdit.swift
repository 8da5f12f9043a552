import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The pixels of a finished edit: what the model returned, put where it belongs on the original.
struct FinishedEdit {
    /// The finished image, upright, in the original's pixel format and profile (sRGB without compositing).
    let frame: Frame
    /// What changed outside mask and feather; nil without a mask.
    let audit: EditAudit?
    /// What the model had changed outside the mask, on the canvas that was sent; nil without a mask.
    let rawAudit: EditAudit?
    /// The same for each region that was sent apart.
    let regions: [EditResult.RegionAudit]
    /// The pixels that may differ from the original (coverage above 0), region by region; none without compositing.
    let touched: [BoundedMask]
    /// What decoding the original and the returned files passed over, changed or left out.
    let warnings: [ImageDecoder.Warning]

    /// Decodes results and original, registers, matches, composites and measures.
    ///
    /// Synchronous and CPU-bound. `results` are the returned files, one for each upload; all are put onto one original.
    /// Beside the decoded original it needs memory for the canvas a few times over and for the edited part.
    init(results: [Data], photo: Data, _ prepared: Editor.PreparedEdit) throws(GessoError) {
        let plan = prepared.plan
        guard results.count == prepared.uploads.count else {
            throw GessoError(
                .invalidParameter, stage: "restore",
                "There are \(results.count) results for \(prepared.uploads.count) requests; give one for each.",
                facts: ["found": "\(results.count)", "allowed": "\(prepared.uploads.count)"])
        }
        guard plan.composites else {
            self = try FinishedEdit(uncomposited: results[0], prepared)
            return
        }
        // The original comes first: orienting it needs twice its memory, when little else is allocated.
        let decode = plan.options.decodeOptions(preserve16Bit: true)
        var frame = try plan.originalPipeline.run(
            Frame(decoding: photo, header: plan.header, options: decode))
        var regions: [EditResult.RegionAudit] = []
        var touched: [BoundedMask] = []
        var warnings = frame.warnings
        for (index, request) in plan.requests.enumerated() {
            let returned = try FinishedEdit.decoded(results[index], plan)
            warnings += returned.warnings
            guard let area = request.area else { continue }
            let patch = try FinishedEdit.patch(returned.bitmap, area, prepared.uploads[index], plan)
            let composite = try PatchComposite(patch, over: consume frame, area: area, options: plan.options)
            frame = composite.frame
            touched.append(composite.touched)
            regions.append(
                EditResult.RegionAudit(
                    box: area.rect, window: request.window, canvas: prepared.uploads[index].canvas,
                    audit: composite.audit, rawAudit: patch.rawAudit))
        }
        // Thumbnails by attention show what was edited.
        if let first = regions.first { frame.focus = regions.dropFirst().reduce(first.box) { $0.union($1.box) } }
        self.frame = frame
        self.touched = touched
        self.warnings = warnings.withoutRepetitions
        self.regions = regions
        audit = EditAudit.joined(regions.map(\.audit))
        rawAudit = EditAudit.joined(canvases: regions)
    }

    /// Everything that the model returned, in the original's size; with a mask, moved back by what was measured around it.
    private init(uncomposited result: Data, _ prepared: Editor.PreparedEdit) throws(GessoError) {
        let (plan, upload) = (prepared.plan, prepared.uploads[0])
        let decoded = try FinishedEdit.decoded(result, plan)
        let returned = decoded.bitmap
        (regions, touched, audit, warnings) = ([], [], nil, decoded.warnings)
        guard let area = plan.requests[0].area else {
            frame = try Restore(upload.placement).run(Frame(bitmap: returned))
            rawAudit = nil
            return
        }
        let patch = try FinishedEdit.patch(returned, area, upload, plan)
        let canvas = upload.canvas
        let alignment = patch.alignment.isConfident ? patch.alignment : .identity(on: canvas)
        let aligned = try returned.sampled(
            alignment.moved(Box(canvas)).scaled(from: canvas, to: returned.size), size: canvas)
        frame = try Restore(upload.placement).run(Frame(bitmap: aligned))
        rawAudit = patch.rawAudit
    }

    private static func patch(
        _ returned: Bitmap, _ area: BoundedMask, _ upload: Editor.PreparedEdit.Upload, _ plan: EditPlan
    ) throws(GessoError) -> ResultPatch {
        let decode = plan.options.decodeOptions()
        let sent = try Frame(decoding: upload.parts[0].data, options: decode).bitmap
        return try ResultPatch(returned, sent: sent, area: area, placement: upload.placement, options: plan.options)
    }

    /// What the model returned, upright and in sRGB.
    private static func decoded(_ result: Data, _ plan: EditPlan) throws(GessoError) -> Frame {
        try Pipeline {
            Orient()
            ConvertToSRGB()
        }.run(Frame(decoding: result, options: plan.options.decodeOptions()))
    }
}

extension Box {
    /// The same box on an image of another size.
    func scaled(from old: Size, to new: Size) -> Box {
        let (x, y) = (Double(new.width) / Double(old.width), Double(new.height) / Double(old.height))
        return Box(left: left * x, top: top * y, right: right * x, bottom: bottom * y)
    }
}
