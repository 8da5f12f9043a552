import Foundation
import Gesso
import HTTPTypes
import Hummingbird

extension JobsController {
    /// `GET /edits/{id}/heatmap`: what differs between photo and result, in color over the dark photo.
    func heatmap(_ request: Request, _ context: ServerContext) async throws -> Response {
        let response = try await presenter.response(job(context))
        guard let before = response.photo.flatMap({ ImageID($0.id) }),
            let after = response.result.flatMap({ ImageID($0.photo.id) })
        else { throw HTTPError(.notFound, message: "There is no result to measure yet.") }
        let file = FileResponse(
            contentType: "image/webp", eTag: "\"\(after.digest.prefix(32))-\(before.digest.prefix(16))-heatmap\"",
            cacheControl: "private, max-age=86400, immutable")
        if let response = file.notModified(request) { return response }
        let store = store
        let url = try await cache.file("heatmap-\(before.digest.prefix(16)).webp", of: after) { target in
            let data = try await Self.heatmap(store.file(of: before), store.file(of: after))
            try data.write(to: target, options: .atomic)
        }
        return try await file.response(from: url, request, context)
    }

    /// Both are reduced alike first: where they are the same, so are the reduced ones.
    private static func heatmap(_ before: URL, _ after: URL) async throws -> Data {
        let old = try await Image(contentsOf: before).fitted(side).flattened().frame().bitmap
        let new = try await Image(contentsOf: after).fitted(side).flattened().frame().bitmap
        // Three bitmaps, and what encoding takes.
        return try await PixelBudget.shared.withReservation(side * side * 24) {
            try await PixelPool.shared.run {
                try EncodedImage(old.heatmap(against: new), as: .webp(quality: 85)).data
            }
        }
    }

    private static var side: Int { 1_600 }
}
