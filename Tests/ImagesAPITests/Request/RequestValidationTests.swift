import Foundation
import Testing

@testable import ImagesAPI

@Suite("Checks before anything is sent")
struct RequestValidationTests {
    private func code(_ body: () async throws -> Void) async -> ImagesAPIError.Code? {
        await #expect(throws: ImagesAPIError.self) { try await body() }?.code
    }

    @Test("No key, a bad base URL, a bad header: one clear error each, and no connection")
    func configuration() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: "{}") }
        defer { server.stop() }
        let key = try Samples.client("https://api.example.com/v1", key: nil)
        #expect(await code { _ = try await key.generate(Samples.generation) } == .missingAPIKey)
        for base in [
            "", "api.openai.com", "ftp://127.0.0.1/v1", "http://example.com/v1", "https://user:pw@example.com/v1",
            "https:///v1", "https://example.com/v1?x=1", "https://example.com/v1#x", "https://exa mple.com",
            "http://127.0.0.1.evil.com/",
            "http://[::2]/", "http://localhost.evil.com", "file:///etc/passwd", "https://é.com",
        ] {
            let client = try Samples.client(base)
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            #expect(error?.code == .invalidConfiguration, "\(base)")
            #expect(error?.description.contains("pw") == false)
        }
        for header in [
            ("A\r\nB", "x"), ("", "x"), ("A B", "x"), ("X", "a\r\nB: c"), ("X", "a\u{0}"), ("Authorization", "x"),
            ("hOST", "x"), ("Content-Length", "1"), ("Transfer-Encoding", "x"), ("é", "x"),
        ] {
            let client = try Samples.client(server) { $0.headers = [header] }
            #expect(
                await code { _ = try await client.generate(Samples.generation) } == .invalidConfiguration, "\(header)")
        }
        let organization = try Samples.client(server) { $0.organization = "a\r\nX: y" }
        #expect(await code { _ = try await organization.generate(Samples.generation) } == .invalidConfiguration)
        #expect(server.connections == 0)
    }

    @Test("Plain http beyond loopback is used only where it is allowed")
    func insecureHTTP() throws {
        let address = try APIAddress("http://example.com/v1", allowsInsecureHTTP: true)
        #expect(address.url("/x") == "http://example.com/v1/x" && !address.isSecure && !address.isLoopback)
        let error = #expect(throws: ImagesAPIError.self) {
            try APIAddress("http://example.com/v1", allowsInsecureHTTP: false)
        }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("plain http") == true)
        for base in ["ftp://example.com/v1", "http://user:pw@example.com/v1"] {
            #expect(throws: ImagesAPIError.self) { try APIAddress(base, allowsInsecureHTTP: true) }
        }
    }

    @Test("Loopback needs no key, and one slash more or less does not matter", arguments: ["", "/", "//"])
    func loopback(tail: String) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        _ = try await Samples.client(server.baseURL + tail, key: nil).generate(Samples.generation)
        #expect(server.requests.first?.line == "POST /v1/images/generations HTTP/1.1")
        #expect(server.requests.first?["authorization"] == nil)
    }

    @Test("Requests that every server refuses are refused")
    func requests() async throws {
        let client = try Samples.client("http://127.0.0.1:9/v1")
        let upload = try ImageUpload(Samples.png)
        func edit(_ change: (inout EditRequest) -> Void) async -> ImagesAPIError.Code? {
            var request = EditRequest(images: [upload], prompt: "p", model: "m")
            change(&request)
            let final = request
            return await code { _ = try await client.edit(final) }
        }
        #expect(await edit { $0.images = [] } == .noImages)
        #expect(await edit { $0.images = Array(repeating: upload, count: 17) } == .tooManyImages)
        #expect(await edit { $0.prompt = "" } == .invalidRequest)
        #expect(await edit { $0.n = 0 } == .invalidRequest)
        #expect(await edit { $0.n = 11 } == .invalidRequest)
        #expect(await edit { $0.outputCompression = 101 } == .invalidRequest)
        #expect(
            await edit {
                $0.mask = upload; $0.markup = upload
            } == .invalidRequest)
        let large = try ImageUpload(Samples.png(byteCount: 50_000_000))
        #expect(await edit { $0.images = [large] } == .imageTooLarge)
        #expect(await edit { $0.mask = large } == .imageTooLarge)
        #expect(await edit { _ in } == .couldNotConnect)
    }

    @Test(
        "Fields with a property of their own are refused as extra, with its name",
        arguments: [
            ("n", true, "the property n"), ("model", true, "the property model"), ("stream", true, "generateStream"),
            ("partial_images", true, "partialImages"), ("n[]", true, "the property n"), ("images", false, "references"),
            ("image[]", false, "the property images"), ("mask", false, "maskReference"), ("markup", false, "markup"),
        ])
    func extra(name: String, inCreate: Bool, property: String) async throws {
        let client = try Samples.client("http://127.0.0.1:9/v1")
        let edit = EditRequest(
            images: [try ImageUpload(Samples.png)], prompt: "p", model: "m", extra: [name: .null, "quality": "high"])
        let error = await #expect(throws: ImagesAPIError.self) { try await client.edit(edit) }
        #expect(error?.code == .invalidRequest && error?.message.contains(property) == true)
        #expect(error?.facts["field"] == name)
        let create = GenerationRequest(prompt: "p", model: "m", extra: [name: .null])
        #expect(await code { _ = try await client.generate(create) } == (inCreate ? .invalidRequest : .couldNotConnect))
    }

    @Test("Neither GIF nor SVG is streamed", arguments: [GenerationRequest.OutputFormat.gif, .svg])
    func streams(format: GenerationRequest.OutputFormat) async throws {
        let client = try Samples.client("http://127.0.0.1:9/v1")
        let create = GenerationRequest(prompt: "p", model: "m", outputFormat: format)
        let edit = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: "m", outputFormat: format)
        #expect(await code { for try await _ in client.generateStream(create) {} } == .invalidRequest)
        #expect(await code { for try await _ in client.editStream(edit) {} } == .invalidRequest)
    }

    @Test("The error for a host without a server names the host and the remedy, and is not billed")
    func nobodyListening() async throws {
        let dead = try DeadPort()
        let client = try Samples.client(dead.baseURL)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .couldNotConnect)
        #expect(error?.mayHaveBeenBilled == false && error?.isRetryable == true)
        #expect(error?.message.contains("127.0.0.1:\(dead.port)") == true)
        #expect(error?.message.contains("start the server") == true)
    }

    @Test("A cancelled task sends nothing")
    func cancelledBefore() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server)
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await code { _ = try await client.generate(Samples.generation) }
        }
        #expect(await task.value == .cancelled)
        #expect(server.connections == 0)
    }

    @Test(
        "Uploads are what their bytes are",
        arguments: [
            (Data(), ImagesAPIError.Code.emptyImage), (Data("hello".utf8), .unsupportedImageType),
            (Data("GIF89a......".utf8), .unsupportedImageType), (Data("<svg xmlns='x'/>".utf8), .unsupportedImageType),
            (Data("RIFF....WAVE".utf8), .unsupportedImageType), (Data([0x89]), .unsupportedImageType),
        ])
    func uploads(data: Data, code: ImagesAPIError.Code) {
        let error = #expect(throws: ImagesAPIError.self) { try ImageUpload(data, filename: "x.png") }
        #expect(error?.code == code)
    }

    @Test(
        "Content decides an image's type",
        arguments: [
            (Samples.png, "image/png", "png"), (Samples.jpeg, "image/jpeg", "jpg"),
            (Samples.webp, "image/webp", "webp"),
        ])
    func types(data: Data, type: String, fileExtension: String) throws {
        let upload = try ImageUpload(data, filename: "x.gif")
        #expect(upload.contentType.rawValue == type)
        #expect(upload.contentType.fileExtension == fileExtension)
    }

    @Test(
        "SVG and GIF in responses are recognized by content",
        arguments: [
            ("<svg/>", "image/svg+xml"), ("\u{FEFF} \n<svg/>", "image/svg+xml"),
            ("<?xml version='1.0'?>\n<svg/>", "image/svg+xml"),
            ("<!-- x --><svg/>", "image/svg+xml"), ("GIF87a", "image/gif"), ("<html><svg/>", nil),
            ("<?xml version='1.0'?><x/>", nil),
        ] as [(String, String?)])
    func sniffing(text: String, type: String?) {
        #expect(ImageUpload.ContentType(sniffing: Data(text.utf8))?.rawValue == type)
    }
}
