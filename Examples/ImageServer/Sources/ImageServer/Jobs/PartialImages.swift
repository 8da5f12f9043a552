import Foundation
import Gesso
import GessoJobs

/// Partial images as small files, each made once for all who follow the job.
actor PartialImages {
    /// What an event says of one.
    struct Shown: Sendable, Encodable {
        /// A `data:` address.
        let image: String
        let width: Int
        let height: Int
        /// The part of the photo that it shows; missing where that is not one part.
        let window: Rect?
    }

    private var made: [(number: Int, task: Task<Shown, any Error>)] = []

    /// The partial image of an event; without padding, where the label says where that is.
    func shown(_ data: Data, event: Int, label: JobLabel?) async throws -> Shown {
        if let known = made.first(where: { $0.number == event }) { return try await known.task.value }
        let task = Task {
            var image = Image(data)
            if let content = label?.content, try await Rect(image.header().uprightSize).contains(content) {
                image = image.cropped(content)
            }
            let small = try await image.thumbnail(640).webp(quality: 72)
            return Shown(
                image: "data:image/webp;base64,\(small.data.base64EncodedString())", width: small.size.width,
                height: small.size.height, window: label?.window)
        }
        made.append((event, task))
        if made.count > 64 { made.removeFirst(made.count - 64) }
        return try await task.value
    }
}
