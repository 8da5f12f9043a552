import Foundation
import Testing

@testable import ImagesAPI

@Suite("Image files")
struct ImageFileTests {
    private static func folder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    private static func names(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test(
        "Each image of a response is a complete, private file with the extension of its type", arguments: [false, true])
    func files(stream: Bool) async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let expected = [Samples.png(byteCount: 3_000_000), Samples.jpeg]
        let server =
            stream
            ? try StreamingTests.server([
                StreamingTests.event("partial_image", expected[0], index: 0),
                StreamingTests.event("completed", expected[1]),
            ]) : try LoopbackServer { connection, _ in connection.respond(json: Samples.response(expected)) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imageDirectory = folder }
        var images: [ImagesResponse.GeneratedImage] = []
        if stream {
            for try await event in client.generateStream(Samples.generation, partialImages: 1) {
                images.append(event.image)
            }
        } else {
            images = try await client.generate(Samples.generation).images
        }
        #expect(images.map(\.data) == expected)
        #expect(images.map(\.contentType) == [.png, .jpeg])
        let paths = images.compactMap(\.file)
        #expect(paths.map { URL(filePath: $0).pathExtension } == ["png", "jpg"])
        #expect(try Self.names(folder) == paths.map { URL(filePath: $0).lastPathComponent }.sorted())
        for (path, expected) in zip(paths, expected) {
            #expect(try Data(contentsOf: URL(filePath: path)) == expected)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("Images of a batch are files too")
    func batch() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let line =
            "{\"custom_id\":\"a\",\"response\":{\"status_code\":200,\"body\":\(Samples.response([Samples.png]))}}\n"
        let server = try LoopbackServer { connection, _ in connection.respond(headers: [], json: line) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imageDirectory = folder }
        for try await result in client.batchResults(fileID: "f") {
            let image = try result.response.get().images[0]
            #expect(image.data == Samples.png && image.file != nil)
        }
        #expect(try Self.names(folder).count == 1)
    }

    @Test("An image that is truncated or not an image leaves no file")
    func broken() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = Samples.png(byteCount: 900_000).base64EncodedString()
        let server = try LoopbackServer { connection, request in
            let isLong = request.body.count > 60
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\n\r\n{\"data\":[{\"b64_json\":\"\(text)\(isLong ? "!" : "")"
            )
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imageDirectory = folder }
        for length in [1, 200] {
            _ = await #expect(throws: ImagesAPIError.self) {
                try await client.generate(GenerationRequest(prompt: String(repeating: "x", count: length), model: "m"))
            }
        }
        client.shutdown()
        await client.waitUntilShutDown()
        for _ in 0..<200 where try !Self.names(folder).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try Self.names(folder).isEmpty)
    }

    @Test("Without a writable directory, images stay in memory", arguments: [100, 200_000, 300_000, 900_000])
    func noFolder(length: Int) async throws {
        let expected = Samples.png(byteCount: length)
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([expected])) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imageDirectory = "/nonexistent/folder" }
        let image = try await client.generate(Samples.generation).images[0]
        #expect(image.data == expected && image.file == nil)
    }

    @Test("Bytes of any length and in any pieces are returned unchanged", arguments: [false, true])
    func pieces(hasFolder: Bool) throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for length in [1, 200_000, 262_144, 262_145, 600_000, 1_500_000] {
            for step in [100_000, 262_144, 400_000] {
                let expected = Samples.png(byteCount: length)
                let buffer = ByteBuffer(directory: hasFolder ? folder : "/nonexistent/folder")
                for start in stride(from: 0, to: length, by: step) {
                    let piece = expected[start..<min(start + step, length)]
                    #expect(piece.withUnsafeBytes { buffer.append($0) })
                }
                #expect(buffer.count == length)
                #expect(buffer.take() == expected)
                #expect((buffer.path != nil) == hasFolder)
            }
        }
    }

    @Test("Truncating the file of an image that is in use changes none of its bytes", arguments: [1, 5_000, 1_500_000])
    func shortened(length: Int) async {
        await #expect(processExitsWith: .success) { [length] in
            let folder = try Self.folder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let image = Samples.png(byteCount: length)
            let buffer = ByteBuffer(directory: folder)
            try #require(image.withUnsafeBytes { buffer.append($0) })
            let held = buffer.take()
            let path = try #require(buffer.path)
            try #require(truncate(path, 0) == 0)
            try #require(held == image)
            try #require(try Self.names(folder).count == 1, "the copy has no name")
        }
    }

    @Test("Without room for a copy the bytes of a file are read into memory, and the file stays")
    func noRoomForCopy() async {
        await #expect(processExitsWith: .success) {
            let folder = try Self.folder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let image = Samples.png(byteCount: 600_000)
            let buffer = ByteBuffer(directory: folder)
            try #require(image.withUnsafeBytes { buffer.append($0) })
            // No descriptor is left for the copy.
            var most = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &most)
            let next = dup(0)
            close(next)
            most.rlim_cur = rlim_t(next)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &most)
            let held = buffer.take()
            most.rlim_cur = most.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &most)
            let path = try #require(buffer.path)
            try #require(held == image)
            try #require(try Data(contentsOf: URL(filePath: path)) == image)
        }
    }

    #if os(Linux)
    @Test("A disk that fills up in the middle of an image loses none of it")
    func fullDisk() async {
        await #expect(processExitsWith: .success) {
            let folder = try Self.folder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            signal(SIGXFSZ, SIG_IGN)
            var most = rlimit(rlim_cur: 600_000, rlim_max: 600_000)
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &most)
            let expected = Samples.png(byteCount: 2_000_000)
            let buffer = ByteBuffer(directory: folder)
            for start in stride(from: 0, to: expected.count, by: 50_000) {
                try #require(expected[start..<start + 50_000].withUnsafeBytes { buffer.append($0) })
            }
            try #require(buffer.count == expected.count)
            try #require(buffer.take() == expected)
            try #require(buffer.path == nil)
            try #require(try Self.names(folder).isEmpty)
        }
    }

    @Test("An image of 28 MiB that goes to a file takes at most two MiB of memory")
    func memory() async {
        await #expect(processExitsWith: .success) {
            let folder = try Self.folder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let (growth, outcome) = try await LargeResponseTests.growth("stream \(28 << 20)", imageDirectory: folder)
            try #require(outcome == "\((28 << 20) / 4 * 3)")
            try #require(growth <= 2_048, "\(growth) KiB")
        }
    }
    #endif
}
