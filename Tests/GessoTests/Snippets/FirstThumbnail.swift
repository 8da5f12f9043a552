// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

private func several(_ upload: Data) async throws -> [EncodedImage] {
    // thumbnails-begin
    let files = try await Image(upload).renditions([
        .thumbnail(512, as: .webp), .thumbnail(128, covers: true, as: .jpeg(quality: 75)),
    ])
    // thumbnails-end
    return files
}

private func file(_ photo: URL, _ target: URL) async throws {
    // thumbnail-file-begin
    try await Image(contentsOf: photo).thumbnail(256).write(to: target)      // the name decides: .png, .jpg or .webp
    // thumbnail-file-end
}

// thumbnail-route-begin
func thumbnail(of body: some AsyncSequence<Data, any Error> & Sendable) async -> (status: Int, body: Data) {
    var limits = ImageDecoder.Limits.default
    limits.byteCount = 20_000_000
    do {
        let image = try await Image(collecting: body, limits: limits)
        return (200, try await image.thumbnail(256).webp().data)
    } catch let error as GessoError where [.overloaded, .timedOut].contains(error.code) {
        return (503, Data())                                // no memory in time: the client may retry
    } catch let error as GessoError {
        return (422, Data(error.message.utf8))              // what is wrong with the file, and what to do
    } catch {
        return (400, Data())                                // the body broke off
    }
}
// thumbnail-route-end

@Suite("Code of the article about thumbnails")
struct FirstThumbnail {
    private func photo() throws -> Data {
        try ImageEncoder.encode(TestBitmaps.smooth(900, 600), as: .jpeg(quality: 90)).data
    }

    @Test("makes several sizes at once")
    func sizes() async throws {
        let files = try await several(try photo())
        #expect(files.map(\.size) == [Size(width: 512, height: 341), Size(width: 128, height: 128)])
        #expect(files.map(\.format) == [.webp, .jpeg])
    }

    @Test("makes a file of a file")
    func files() async throws {
        try await withTemporaryFolder { folder in
            let (photo, target) = (folder.appending(path: "photo.jpg"), folder.appending(path: "small.webp"))
            try self.photo().write(to: photo)
            try await file(photo, target)
            #expect(ImageFormat(sniffing: try Data(contentsOf: target)) == .webp)
        }
    }

    @Test("tells a server's client what is wrong")
    func statuses() async throws {
        func response(to body: Data) async -> Int {
            await thumbnail(of: AsyncThrowingStream<Data, any Error> { stream in
                stream.yield(body)
                stream.finish()
            }).status
        }
        #expect(await response(to: try photo()) == 200)
        #expect(await response(to: Data("no image".utf8)) == 422)
        #expect(await response(to: Data(count: 20_000_001)) == 422)
        let broken = AsyncThrowingStream<Data, any Error> { $0.finish(throwing: URLError(.networkConnectionLost)) }
        #expect(await thumbnail(of: broken).status == 400)
    }
}
