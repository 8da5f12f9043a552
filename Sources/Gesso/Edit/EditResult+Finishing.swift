import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EditResult.EditedImage {
    /// Puts what was returned in its place and makes all outputs.
    ///
    /// Outputs that need the whole image's pixels come first; a JPEG is patched once they are gone.
    init(
        returned: [Data], photo: Data, preparations: [Preparation], renditions: [Rendition]
    ) throws(GessoError) {
        let made = try Self.restored(returned, photo, preparations, renditions)
        var outputs = made.outputs
        if let repair = made.repair {
            let image = try repair.file(from: photo)
            for (index, rendition) in renditions.enumerated() where outputs[index] == nil {
                outputs[index] = EditResult.Output(rendition: rendition, image: image)
            }
        }
        self.outputs = outputs.compactMap { $0 }
        (audit, rawAudit, regions) = (made.audit, made.rawAudit, made.regions)
        self.returned = returned
    }

    /// What was made of the pixels: an output for each rendition, nil for each patched JPEG, whose parts come along.
    private struct Made {
        var outputs: [EditResult.Output?] = []
        var repair: JPEGRepair?
        let audit: EditAudit?
        let rawAudit: EditAudit?
        let regions: [RegionAudit]
    }

    /// A function of its own: the pixels end with it.
    private static func restored(
        _ returned: [Data], _ photo: Data, _ preparations: [Preparation], _ renditions: [Rendition]
    ) throws(GessoError) -> Made {
        let restoration = try Restoration(results: returned, photo: photo, preparations: preparations)
        let preparation = preparations[0]
        var made = Made(
            audit: restoration.audit, rawAudit: restoration.rawAudit, regions: restoration.regions)
        if renditions.contains(where: \.isOriginalFile),
            case .success(let repair) = try JPEGRepair.of(restoration, preparation)
        {
            made.repair = repair
        }
        for rendition in renditions {
            try GessoError.throwIfCancelled(stage: "render")
            if rendition.isOriginalFile, made.repair != nil {
                made.outputs.append(nil)
            } else {
                made.outputs.append(try restoration.render(rendition, photo: photo, preparation: preparation))
            }
        }
        return made
    }
}
