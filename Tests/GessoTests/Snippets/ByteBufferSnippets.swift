// The code stands here as the documents have it.
// swift-format-ignore-file
#if NIO
import Gesso
import GessoNIO
import NIOCore
import Testing

private func thumbnail<Body: AsyncSequence>(_ body: Body, _ announced: Int?) async throws -> EncodedImage.ByteBuffers
where Body.Element == ByteBuffer {
    // byte-buffers-begin
    let thumbnail = try await Image(collecting: body, expecting: announced).thumbnail(256).webp()
    let pieces = thumbnail.byteBuffers()
    // byte-buffers-end
    return pieces
}

@Suite("The documentation's code for byte buffers")
struct ByteBufferSnippets {
    @Test("makes a thumbnail of buffers, as buffers")
    func thumbnails() async throws {
        let file = try EncodedImage(Bitmap(size: Size(width: 600, height: 400), format: .rgb8), as: .png())
        var count = 0
        for await piece in try await thumbnail(file.byteBuffers(of: 100), nil) { count += piece.readableBytes }
        #expect(count > 0)
    }
}
#endif
