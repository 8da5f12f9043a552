import Foundation
import GessoMockServer
import GessoPixels
import ImagesAPI
import Testing

/// Every kind of request that the client can make, sent to a server that validates strictly.
///
/// With `GESSO_REQUEST_DUMP=DIR` in the environment, writes the requests into DIR, where the interop tests validate them
/// against the official schema.
@Suite("Requests of the client")
struct ClientRequestTests {
    private static let png = Result {
        try RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 48)))
    }

    private func upload() throws -> ImageUpload { try ImageUpload(Self.png.get()) }

    private func mask() throws -> ImageUpload {
        let size = Size(width: 64, height: 48)
        let mask = try Mask.rectangle(Rect(x: 8, y: 8, width: 20, height: 20), size: size)
        return try ImageUpload(RenderingTests.png(mask.alphaBitmap()))
    }

    /// Runs `body` with a client, and checks that the server accepted every request.
    private func requests(
        _ name: String, behavior: MockServer.Behavior = .ideal, server: ServerProfile = .openAI,
        _ body: (ImagesClient) async throws -> Void
    ) async throws {
        let mock = try await MockServer.start(behavior: behavior, capture: true)
        var configuration = mock.clientConfiguration
        if server.name == "azure" { configuration.baseURL = String(configuration.baseURL.dropLast("/v1".count)) }
        configuration.server = server
        let client = ImagesClient(configuration: configuration)
        do {
            try await body(client)
        } catch {
            Issue.record(error, "\(name)")
        }
        client.shutdown()
        await client.waitUntilShutDown()
        await mock.stop()
        #expect(mock.capturedRequests.map(\.status).allSatisfy { $0 == 200 })
        for (index, request) in mock.capturedRequests.enumerated() { try Dump.write(request, "\(name)-\(index)") }
    }

    private func create(_ change: (inout GenerationRequest) -> Void = { _ in }) -> GenerationRequest {
        var request = GenerationRequest(prompt: "a hill", model: .gptImage26Flare)
        request.size = ImageSize(rawValue: "832x800")
        change(&request)
        return request
    }

    private func edit(_ change: (inout EditRequest) throws -> Void = { _ in }) throws -> EditRequest {
        var request = EditRequest(images: [try upload()], prompt: "a hill", model: .gptImage26Flare)
        request.size = ImageSize(rawValue: "832x800")
        try change(&request)
        return request
    }

    @Test("Generations with the fewest fields and with all fields")
    func creations() async throws {
        try await requests("create") { client in
            _ = try await client.generate(create())
            _ = try await client.generate(
                create { request in
                    (request.n, request.quality, request.background) = (2, .low, .transparent)
                    (request.outputFormat, request.outputCompression) = (.webp, 60)
                    (request.moderation, request.complexity) = (.low, .low)
                    (request.safetyIdentifier, request.user) = ("hash", "old")
                })
            _ = try await client.generate(
                create { request in
                    request.outputFormat = .gif
                    (request.frameCount, request.frameDurationMilliseconds) = (2, 100)
                })
            _ = try await client.generate(
                create { request in
                    request.outputFormat = .svg
                    request.svgModel = "gpt-6"
                    request.svgEffort = "low"
                })
            for try await _ in client.generateStream(create { $0.outputFormat = .jpeg }, partialImages: 3) {}
        }
    }

    @Test("Edits with one image, three and sixteen, a mask, a markup and all fields")
    func edits() async throws {
        try await requests("edit") { client in
            _ = try await client.edit(edit())
            _ = try await client.edit(edit { $0.mask = try mask() })
            _ = try await client.edit(edit { $0.markup = try mask() })
            _ = try await client.edit(edit { $0.images = [try upload(), try upload(), try upload()] })
            _ = try await client.edit(edit { request in request.images = try (0..<16).map { _ in try upload() } })
            _ = try await client.edit(
                edit { request in
                    (request.n, request.quality, request.background) = (2, .low, .opaque)
                    (request.outputFormat, request.outputCompression) = (.jpeg, 60)
                    (request.complexity, request.safetyIdentifier, request.user) = (.high, "hash", "old")
                })
            _ = try await client.edit(
                edit { request in
                    (request.model, request.inputFidelity) = (.gptImage15, .high)
                    request.size = ImageSize(rawValue: "1024x1024")
                })
            _ = try await client.edit(
                edit { request in
                    request.outputFormat = .svg
                    request.svgModel = "gpt-6"
                    request.svgEffort = "low"
                })
            for try await _ in client.editStream(try edit { $0.outputFormat = .webp }, partialImages: 2) {}
        }
    }

    @Test("Edits of images by reference, in JSON")
    func references() async throws {
        try await requests("reference") { client in
            let file = try await client.uploadFile(Self.png.get(), filename: "a.png", purpose: "vision")
            let size = ImageSize(rawValue: "1024x1024")
            var request = EditRequest(
                references: [.fileID(file.id), .inline(try upload())], mask: .inline(try mask()), prompt: "a hill",
                model: .gptImage26Flare, size: size)
            request.moderation = .low
            _ = try await client.edit(request)
            for try await _ in client.editStream(request, partialImages: 1) {}
        }
    }

    @Test("Variations by the older API, and emulated by an edit")
    func variations() async throws {
        let square = try ImageUpload(RenderingTests.png(RenderingTests.photograph(Size(width: 64, height: 64))))
        try await requests("variation", behavior: .init(isLegacy: true)) { client in
            var request = VariationRequest(image: square, n: 2, size: ImageSize(rawValue: "256x256"))
            (request.isEmulated, request.responseFormat) = (false, "b64_json")
            let outcome = try await client.vary(request)
            #expect(outcome.emulationPrompt == nil)
        }
        try await requests("emulated-variation") { client in
            var request = VariationRequest(image: square, size: ImageSize(rawValue: "832x800"))
            request.isEmulated = true
            let outcome = try await client.vary(request)
            #expect(outcome.emulationPrompt != nil)
        }
    }

    @Test("A batch, from its input lines to its results")
    func batch() async throws {
        try await requests("batch") { client in
            var writer = Batch.InputWriter()
            for id in ["a", "b"] { #expect(try writer.append(create { $0.outputFormat = .jpeg }, customID: id) == nil) }
            let rest = writer.finish()
            let lines = try #require(rest)
            let file = try await client.uploadFile(
                lines, filename: "batch.jsonl", purpose: "batch", expiresAfterSeconds: 3600)
            var batch = try await client.createBatch(
                inputFileID: file.id, endpoint: writer.endpoint ?? "", metadata: ["for": "a test"],
                outputExpiresAfterSeconds: 3600)
            while batch.status != .completed {
                try #require(batch.status != .failed)
                try await Task.sleep(for: .milliseconds(20))
                batch = try await client.batch(batch.id)
            }
            #expect(try await client.batches(limit: 5).items.map(\.id) == [batch.id])
            let output = try #require(batch.outputFileID)
            var images: [String: Int] = [:]
            for try await result in client.batchResults(fileID: output) {
                images[try #require(result.customID)] = try result.response.get().images.count
            }
            #expect(images == ["a": 1, "b": 1])
            _ = try await client.file(output)
            #expect(try await client.deleteFile(output))
        }
    }

    @Test("A provenance check, and requests to Azure")
    func others() async throws {
        try await requests("provenance") { client in
            let findings = try await client.checkProvenance(of: Self.png.get())
            #expect(findings.map(\.signal) == ["c2pa", "synthid"])
            #expect(findings.map(\.isDetected) == [false, false])
            #expect(findings[0].validationState == "not_present" && findings[0].issuer == nil)
        }
        try await requests("azure", server: .azure(apiVersion: "2026-01-01")) { client in
            _ = try await client.generate(create())
            _ = try await client.edit(edit())
        }
    }
}

/// Writes captured requests for the interop tests.
private enum Dump {
    struct Request: Encodable {
        struct Part: Encodable {
            let name: String
            let filename: String?
            let contentType: String?
            let text: String?
            let byteCount: Int
        }

        let method: String
        let path: String
        let contentType: String?
        let body: String
        let parts: [Part]
    }

    static func write(_ request: CapturedRequest, _ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["GESSO_REQUEST_DUMP"] else { return }
        let parts = request.parts.map { part in
            Request.Part(
                name: part.name, filename: part.filename, contentType: part.contentType,
                text: part.filename == nil ? part.text : nil, byteCount: part.data.count)
        }
        let dump = Request(
            method: request.method, path: request.path, contentType: request.header("content-type"),
            body: String(decoding: request.body, as: UTF8.self), parts: parts)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(dump).write(to: URL(filePath: folder).appending(path: name + ".json"))
    }
}
