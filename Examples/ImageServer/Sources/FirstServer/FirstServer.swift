import Foundation
import Gesso
import GessoMockServer
import Hummingbird

@main struct FirstServer {
    static func main() async throws {
        let editor = try await Editor(client: MockServer.start().client())  // with a key: ImagesClient()
        let router = Router()
        router.post("thumbnail") { request, _ in
            try await response(Image(collecting: request.body.map(\.readableBytesView)).thumbnail(256).webp())
        }
        router.post("edit") { request, _ in
            let photo = try await Data(request.body.collect(upTo: 50_000_000).readableBytesView)
            let mask = MaskSource.ellipse(in: Rect(x: 300, y: 200, width: 200, height: 150))
            let edit = try await editor.edit(
                photo, prompt: request.uri.queryParameters.require("prompt"), mask: mask, renditions: [.original])
            return response(edit.images[0].outputs[0].image)
        }
        let address = BindAddress.hostname("127.0.0.1", port: CommandLine.arguments.last.flatMap { Int($0) } ?? 8080)
        try await Application(router: router, configuration: .init(address: address)).runService()
    }

    static func response(_ file: EncodedImage) -> Response {
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: file.data))
        return Response(status: .ok, headers: [.contentType: file.format.mimeType], body: body)
    }
}
