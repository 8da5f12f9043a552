// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import GessoStorage
import StorageDouble
import Testing

private func signed(_ sign: @escaping @Sendable (String, String, [String: String]) async throws -> URL) -> ObjectStorage {
    // open-storage-begin
    let storage = ObjectStorage { request in
        try await sign(request.method.rawValue, request.key, request.headers)     // by the storage's own SDK
    }
    // open-storage-end
    return storage
}

private func publish(_ storage: ObjectStorage, _ photo: Data, _ hash: String) async throws -> StoredImage {
    // object-sink-begin
    let sink = ObjectSink(storage, existing: .keep, checksum: .sha256, headers: ["cache-control": "max-age=31536000"])
    let thumbnail = try await Image(photo).thumbnail(256).webp()
    let stored = try await sink.write(thumbnail, as: "thumbnails/\(hash)-256.webp")
    // object-sink-end
    return stored
}

private func streamed(_ send: @escaping @Sendable (String, Data) async throws -> Void, _ image: EncodedImage) async throws {
    // stream-sink-begin
    let sink = ByteStreamSink { name, pieces in
        for try await piece in pieces { try await send(name, piece) }
    }
    try await sink.write(image, as: "photo.webp")
    // stream-sink-end
}

private func fetched(_ url: URL) async throws -> EncodedImage {
    // fetch-image-begin
    let thumbnail = try await Image(fetching: url).thumbnail(256).webp()
    // fetch-image-end
    return thumbnail
}

private func probed(_ url: URL) async throws -> Size {
    // probe-image-begin
    let source = ImageSource(only: ["https://images.example.org", "http://10.0.0.5:9000"])
    let probe = try await source.probe(url)      // at most 256 KiB of the file
    let size = probe.header.uprightSize
    // probe-image-end
    return size
}

private func bought(
    _ client: ImagesClient, _ storage: ObjectStorage, _ spool: String, _ request: GenerationRequest,
    _ list: @escaping @Sendable (String) async throws -> [String]
) async throws -> ImagesResponse {
    // object-journal-begin
    let journal = Purchase.ObjectStorageJournal(storage, prefix: "purchases/", spoolDirectory: spool, list: list)
    let key = await Purchase.key(for: request)
    let response = try await client.with {
        ($0.journal, $0.spoolDirectory, $0.purchaseKey) = (journal, spool, key)
    }.generate(request)
    // object-journal-end
    return response
}

@Suite("The documentation's code for storage")
struct StorageSnippets {
    @Test("stores an image once, and buys once on any number of machines")
    func storage() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-snippet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let double = StorageDouble()
        let photo = try EncodedImage(Bitmap(size: Size(width: 600, height: 400), format: .rgb8), as: .png()).data
        #expect(try await publish(double.storage(), photo, "h").wasKept == false)
        #expect(try await publish(double.storage(), photo, "h").wasKept)
        try await MockServer.run { mock in
            let client = mock.client()
            let request = GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare, size: .square1024)
            for machine in ["a", "b"] {
                let spool = folder.appending(path: machine).path
                try FileManager.default.createDirectory(atPath: spool, withIntermediateDirectories: true)
                let response = try await bought(client, double.storage(), spool, request) { double.keys($0) }
                #expect(response.data != nil)
            }
            #expect(mock.requestCount == 1)
            client.shutdown()
        }
    }

    @Test("streams an image, signs by the SDK, and fetches nothing from inside")
    func others() async throws {
        let image = EncodedImage(data: Data(count: 100_000), format: .webp, size: Size(width: 1, height: 1))
        try await streamed({ name, piece in #expect(name == "photo.webp" && piece.count <= 65_536) }, image)
        let url = try #require(URL(string: "http://127.0.0.1:1/photo.jpg?sig=x"))
        _ = signed { method, key, headers in url }
        await #expect(throws: ImagesAPIError.self) { _ = try await fetched(url) }
        await #expect(throws: ImagesAPIError.self) { _ = try await probed(url) }
    }
}
