import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EditResult.EditedImage {
    /// Puts what was returned onto the original and makes all outputs of the plan.
    ///
    /// A JPEG whose blocks are replaced comes last, when the whole image's pixels are gone.
    init(returned: [Data], photo: Data, prepared: Editor.PreparedEdit) throws(GessoError) {
        let metadata = try ImageMetadata(
            of: photo, policy: prepared.plan.options.metadata, limits: prepared.plan.options.limits)
        let finished = try EditResult.EditedImage.finished(returned, photo, prepared, metadata)
        var outputs = finished.outputs
        if let repair = finished.repair {
            let image = try PixelWork.observing(.encode(format: "jpeg")) { () throws(GessoError) in
                try repair.file(from: photo, metadata, of: prepared.plan.header)
            }
            for (index, rendition) in prepared.plan.renditions.enumerated() where outputs[index] == nil {
                outputs[index] = EditResult.Output(rendition: rendition, image: image)
            }
        }
        self.outputs = outputs.compactMap { $0 }
        (audit, rawAudit, regions) = (finished.audit, finished.rawAudit, finished.regions)
        self.returned = returned
        warnings = finished.warnings
    }

    /// An output for each rendition, nil for a JPEG whose blocks are to be replaced, and what is needed for that.
    private struct Finished {
        var outputs: [EditResult.Output?]
        var repair: JPEGRepair?
        let audit: EditAudit?
        let rawAudit: EditAudit?
        let regions: [EditResult.RegionAudit]
        let warnings: [ImageDecoder.Warning]
    }

    /// A function of its own: the pixels end with it, or with the last output that is made of them.
    private static func finished(
        _ returned: [Data], _ photo: Data, _ prepared: Editor.PreparedEdit, _ metadata: ImageMetadata
    ) throws(GessoError) -> Finished {
        let plan = prepared.plan
        let edit = try FinishedEdit(results: returned, photo: photo, prepared)
        var finished = Finished(
            outputs: Array(repeating: nil, count: plan.renditions.count), audit: edit.audit, rawAudit: edit.rawAudit,
            regions: edit.regions, warnings: edit.warnings)
        let order = Rendition.makingOrder(of: plan.renditions).filter { !plan.replacesBlocks(for: plan.renditions[$0]) }
        for index in plan.replacesBlocks ? order : order.dropLast() {
            finished.outputs[index] = try output(plan.renditions[index], of: edit.frame, plan, metadata)
        }
        if plan.replacesBlocks {
            finished.repair = try JPEGRepair(of: consume edit, plan.options)
        } else if let last = order.last {
            finished.outputs[last] = try output(plan.renditions[last], of: (consume edit).frame, plan, metadata)
        }
        return finished
    }

    private static func output(
        _ rendition: Rendition, of frame: consuming Frame, _ plan: EditPlan, _ metadata: ImageMetadata
    ) throws(GessoError) -> EditResult.Output {
        try GessoError.throwIfCancelled(stage: "render")
        let obstacle = rendition.isOriginalFile && plan.header.format == .jpeg ? plan.jpegObstacle : nil
        return EditResult.Output(
            rendition: rendition, image: try rendition.render(consume frame, for: plan.header, metadata),
            note: obstacle.map { "encoded anew as JPEG: \($0)" })
    }
}
