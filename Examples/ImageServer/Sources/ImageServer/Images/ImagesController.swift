import Foundation
import Gesso
import HTTPTypes
import Hummingbird

/// `GET /images/{id}/{rendition}`: made when it is first asked for, and then a file.
struct ImagesController: Sendable {
    let store: ImageStore
    let cache: RenditionCache
    let signer: URLSigner

    func addRoutes(to router: some RouterMethods<ServerContext>) {
        router.get("images/{id}/{rendition}") { try await image($0, $1) }
        router.head("images/{id}/{rendition}") { try await image($0, $1) }
    }

    private func image(_ request: Request, _ context: ServerContext) async throws -> Response {
        guard let id = ImageID(try context.parameters.require("id")),
            let name = RenditionName(try context.parameters.require("rendition"))
        else { throw HTTPError(.notFound, message: "There is no such image.") }
        let query = request.uri.queryParameters
        let seconds = try signer.check("/images/\(id)/\(name)") { query[Substring($0)].map(String.init) }
        guard let image = store.image(id) else {
            throw HTTPError(.notFound, message: "This image is no longer on this server.")
        }
        let format = try format(of: name, image, request)
        var file = FileResponse(
            contentType: format.mimeType,
            // What a rendition is depends on nothing but the bytes it is made of and its name.
            eTag: "\"\(id.digest.prefix(32))-\(name.named(format))\"",
            cacheControl: "private, max-age=\(seconds), immutable")
        if name.format == nil, name.scale != .original { file.varies = "Accept" }
        if let response = file.notModified(request) { return response }
        let url = try await name.scale == .original ? store.file(of: id) : cache.file(name, as: format, of: id)
        return try await file.response(from: url, request, context)
    }

    private func format(
        of name: RenditionName, _ image: StoredImage, _ request: Request
    ) throws(HTTPError) -> ImageFormat {
        if name.scale == .original { return ImageFormat(rawValue: image.format) }
        if let format = name.format { return format }
        let accept = request.headers[values: .accept].joined(separator: ",")
        guard let encoding = ImageEncoding.accepted(by: accept, hasAlpha: image.hasAlpha) else {
            throw HTTPError(
                .notAcceptable, message: "This server sends AVIF, WebP, JPEG and PNG; Accept allows none of them.")
        }
        return encoding.format
    }
}
