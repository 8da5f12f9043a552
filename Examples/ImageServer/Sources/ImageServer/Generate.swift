import Foundation
import Gesso
import Hummingbird

extension ImageServer {
    /// `GET /generate?prompt=…`: the image while it is generated, as server-sent events for a browser's `EventSource`.
    ///
    /// Each event's data is a `data:` URL of a small WebP. Whoever closes the page ends the request to the API too.
    static func generate(_ request: Request, client: ImagesClient) throws -> Response {
        let prompt = try request.uri.queryParameters.require("prompt")
        let images = client.generateStream(
            GenerationRequest(prompt: prompt, model: .gptImage26Flare, quality: .low), partialImages: 2)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    do {
                        for try await received in images {
                            let name = received.isPartial ? "partial" : "completed"
                            try await writer.write(shown(received.image, as: name))
                        }
                    } catch let error as ImagesAPIError {
                        try await writer.write(ByteBuffer(string: "event: failed\ndata: \(error.code)\n\n"))
                    }
                }
                try await writer.finish(nil)
            })
    }

    private static func shown(_ image: ImagesResponse.GeneratedImage, as event: String) async throws -> ByteBuffer {
        let file = image.data ?? Data()
        let small = try await Image(file).thumbnail(512).webp(quality: 80)
        var text = ByteBuffer(string: "event: \(event)\ndata: data:image/webp;base64,")
        text.writeString(small.data.base64EncodedString())
        text.writeString("\n\n")
        return text
    }
}
