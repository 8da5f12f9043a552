import Foundation
import Gesso
import HTTPTypes
import Hummingbird

extension ImageServer {
    /// `POST /edit?prompt=…&x=…&y=…&width=…&height=…` with a photograph: the photograph, edited inside the rectangle
    /// and the same outside, in the format it came in.
    static func edit(_ request: Request, editor: Editor) async throws -> Response {
        let query = request.uri.queryParameters
        let area = try Rect(
            x: query.require("x", as: Int.self), y: query.require("y", as: Int.self),
            width: query.require("width", as: Int.self), height: query.require("height", as: Int.self))
        let result = try await editor.edit(
            photograph(request), prompt: query.require("prompt"), mask: .rectangle(area), renditions: [.original])
        let image = result.images[0]
        var response = response(of: image.outputs[0].image)
        // The proof that nothing else changed: 0.
        if let audit = image.audit, let name = HTTPField.Name("x-changed-outside") {
            response.headers[name] = "\(audit.changedPixelsOutside)"
        }
        return response
    }

    /// `POST /thumbnail?side=…` with an image: a small WebP.
    static func thumbnail(_ request: Request) async throws -> Response {
        let side = try request.uri.queryParameters.require("side", as: Int.self)
        return try await response(of: Image(photograph(request)).thumbnail(side).webp(quality: 80))
    }

    /// What was uploaded, at most as large as the API takes.
    private static func photograph(_ request: Request) async throws -> Data {
        let body = try await request.body.collect(upTo: 50_000_000)
        return Data(body.readableBytesView)
    }

    private static func response(of image: EncodedImage) -> Response {
        Response(
            status: .ok, headers: [.contentType: image.format.mimeType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: image.data)))
    }
}
