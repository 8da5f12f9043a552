import Foundation
import Gesso
import HTTPTypes
import Hummingbird

/// An image as the page sees it: what it is, and where smaller versions are, which every browser can show.
struct PhotoResponse: ResponseCodable {
    let id: String
    let width: Int
    let height: Int
    let format: String
    let byteCount: Int
    /// At most 2048 pixels a side, as WebP: somebody waits for it, and AVIF takes ten times as long to make.
    let preview: String
    /// At most 480 pixels a side, in a format by the browser's `Accept`.
    let thumbnail: String

    init(_ image: StoredImage, _ signer: URLSigner) {
        id = "\(image.id)"
        (width, height, format, byteCount) = (image.width, image.height, image.format, image.byteCount)
        preview = signer.address(of: image.id, RenditionName(.side(2048, covers: false), .webp))
        thumbnail = signer.address(of: image.id, RenditionName(.side(480, covers: false)))
    }
}

/// `POST /photos`: takes a photo of any format, and names it for edits.
struct PhotosController: Sendable {
    let store: ImageStore
    let signer: URLSigner
    let limits: UploadForm.Limits

    func addRoutes(to router: some RouterMethods<ServerContext>) {
        router.post("photos") { request, context in
            let owner = try context.requireOwner()
            let form = try await UploadForm(reading: request, into: store.uploads, limits: limits)
            guard let image = try await form.addPhoto(to: store, owner: owner) else {
                throw HTTPError(.badRequest, message: "Send the photo as a file named “photo”.")
            }
            return EditedResponse(status: .created, response: PhotoResponse(image, signer))
        }
    }
}
