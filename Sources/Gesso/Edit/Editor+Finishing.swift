import GessoCodecs
import GessoPixels
package import ImagesAPI

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

extension Editor {
    /// The last part of an edit, also for responses that were saved: one for each request, in their order.
    ///
    /// All regions are put onto one original. When responses have unequally many images, as many are finished as the
    /// fewest. Throws ``Editor/UnfinishedEdit`` with the responses.
    package func finish(
        _ responses: [ImagesResponse], photo: Data, _ prepared: PreparedEdit
    ) async throws -> EditResult {
        do {
            return EditResult(
                images: try await PixelWork.observing(.finish) {
                    try await finishedImages(responses, photo, prepared)
                }, prepared: prepared, responses: responses)
        } catch {
            throw UnfinishedEdit(responses: responses, prepared: prepared, cause: error)
        }
    }

    private func finishedImages(
        _ responses: [ImagesResponse], _ photo: Data, _ prepared: PreparedEdit
    ) async throws -> [EditResult.EditedImage] {
        let files = responses.map { response in response.images.compactMap(\.data) }
        let count = files.map(\.count).min() ?? 0
        guard count > 0, responses.count == prepared.uploads.count else {
            let silent = responses.first { $0.images.allSatisfy { $0.data == nil } }
            throw GessoError(
                .emptyInput, stage: "finish",
                "There is no image data for each of \(prepared.uploads.count) requests (request "
                    + "\(silent?.requestID ?? "without an id") has none); the raw response may say why.",
                facts: ["found": "\(responses.count)", "allowed": "\(prepared.uploads.count)"])
        }
        let limits = prepared.plan.options.limits
        var images: [EditResult.EditedImage] = []
        for index in 0..<count {
            let returned = files.map { $0[index] }
            let headers = try await PixelPool.shared.run {
                try returned.map { file throws(GessoError) in
                    try ImagesResponse.requireComplete(file, index)
                    return try ImageHeader(probing: file, limits: limits)
                }
            }
            let bytes = prepared.plan.finishingBytes(returned: headers)
            images.append(
                try await budget.withReservation(bytes) {
                    try await PixelPool.shared.run {
                        try EditResult.EditedImage(returned: returned, photo: photo, prepared: prepared)
                    }
                })
        }
        return images
    }
}
