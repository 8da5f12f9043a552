import GessoCodecs
package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

extension Editor.PreparedEdit {
    /// An edit that was prepared and sent earlier: all that finishing needs, and no other files of the requests.
    ///
    /// - Parameters:
    ///   - plan: the plan of the same job and photograph.
    ///   - images: of each request the image that was sent, and where the original lies on it.
    package init(_ plan: EditPlan, sent images: [(file: Data, placement: Placement)]) throws(GessoError) {
        guard images.count == plan.requests.count else {
            throw GessoError(
                .invalidParameter, stage: "restore",
                "The edit has \(plan.requests.count) requests and \(images.count) images were kept; plan the job again.",
                facts: ["found": "\(images.count)", "allowed": "\(plan.requests.count)"])
        }
        var uploads: [Upload] = []
        for (index, image) in images.enumerated() {
            let header = try ImageHeader(probing: image.file, limits: plan.options.limits)
            let file = EncodedImage(data: image.file, format: header.format, size: header.size)
            uploads.append(
                Upload(
                    parts: [Part(.image, field: "image", stem: "image-\(index)", file, .png())],
                    placement: image.placement, changes: []))
        }
        (self.plan, self.uploads, warnings) = (plan, uploads, [])
    }
}
