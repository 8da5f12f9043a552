import Foundation
import Testing

@testable import ImagesAPI

@Suite("Variations")
struct VariationTests {
    /// A server that has variations and responds to them with this status, and to edits with an image.
    private static func server(_ status: Int = 200, error: String = "{}") throws -> LoopbackServer {
        try LoopbackServer { connection, request in
            if status != 200, request.line.contains("variations") {
                connection.respond(status, json: error)
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
    }

    private static func paths(_ server: LoopbackServer) -> [String] {
        server.requests.map { $0.line.contains("variations") ? "variations" : "edits" }
    }

    /// A PNG whose header states other dimensions; it is not decoded here.
    private static func png(width: UInt8, height: UInt8) throws -> ImageUpload {
        var data = Samples.png
        (data[19], data[23]) = (width, height)
        return try ImageUpload(data)
    }

    @Test("A server that has variations is sent variations")
    func legacy() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        var request = VariationRequest(image: try ImageUpload(Samples.png), model: "dall-e-2", n: 2, size: "256x256")
        request.responseFormat = "b64_json"
        let outcome = try await Samples.client(server).vary(request)
        #expect(outcome.emulationPrompt == nil)
        let sent = try #require(server.requests.first)
        #expect(sent.line == "POST /v1/images/variations HTTP/1.1")
        let body = String(decoding: sent.body, as: UTF8.self)
        #expect(body.contains("name=\"response_format\"\r\n\r\nb64_json\r\n"))
        #expect(body.contains("name=\"image\"; filename=\"image-0.png\"\r\nContent-Type: image/png\r\n"))
    }

    @Test("A server without variations gets an edit, and the outcome says so", arguments: [404, 405, 410, 501])
    func emulated(status: Int) async throws {
        let server = try LoopbackServer { connection, request in
            if request.line.contains("variations") {
                connection.respond(status, json: "{}")
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let outcome = try await Samples.client(server).vary(VariationRequest(image: try ImageUpload(Samples.png)))
        #expect(outcome.emulationPrompt == VariationRequest.defaultPrompt)
        #expect(
            server.requests.map(\.line) == ["POST /v1/images/variations HTTP/1.1", "POST /v1/images/edits HTTP/1.1"])
    }

    /// What the legacy endpoint does not take.
    enum Odd: String, CaseIterable, CustomTestStringConvertible {
        case jpeg, wide, large, cut, size, automaticSize, quality, background, format
        var testDescription: String { rawValue }

        func request() throws -> VariationRequest {
            var request = VariationRequest(image: try ImageUpload(Samples.png), size: "512x512")
            switch self {
            case .jpeg: request.image = try ImageUpload(Samples.jpeg)
            case .wide: request.image = try png(width: 3, height: 2)
            case .large: request.image = try ImageUpload(Samples.png(byteCount: 4_000_000))
            case .cut: request.image = try ImageUpload(Samples.png.prefix(20))
            case .size: request.size = "832x800"
            case .automaticSize: request.size = .auto
            case .quality: request.quality = .high
            case .background: request.background = .transparent
            case .format: request.outputFormat = .webp
            }
            return request
        }
    }

    @Test(
        "What the endpoint does not take is edited at once, or refused where the endpoint is insisted on",
        arguments: Odd.allCases)
    func odd(_ odd: Odd) async throws {
        let server = try Self.server()
        defer { server.stop() }
        var request = try odd.request()
        let outcome = try await Samples.client(server).vary(request)
        #expect(outcome.emulationPrompt != nil && Self.paths(server) == ["edits"])
        request.isEmulated = false
        let insisting = request
        let error = await #expect(throws: ImagesAPIError.self) { try await Samples.client(server).vary(insisting) }
        #expect(error?.code == .invalidRequest && error?.message.contains("isEmulated") == true)
        #expect(server.requests.count == 1)
        #expect(request.validate().map(\.isRefusal) == [true])
    }

    @Test("The emulating edit has its own size and options")
    func options() async throws {
        let server = try Self.server()
        defer { server.stop() }
        var request = VariationRequest(image: try ImageUpload(Samples.png), size: "256x256")
        (request.emulationSize, request.quality, request.background, request.outputFormat) = (
            "832x800", .low, .opaque, .webp
        )
        _ = try await Samples.client(server).vary(request)
        let body = String(decoding: try #require(server.requests.first).body, as: UTF8.self)
        for (name, text) in [
            ("size", "832x800"), ("quality", "low"), ("background", "opaque"), ("output_format", "webp"),
        ] {
            #expect(body.contains("name=\"\(name)\"\r\n\r\n\(text)\r\n"), "\(name)")
        }
    }

    @Test(
        "An image the endpoint refuses is edited: nothing was generated, nothing paid",
        arguments: [
            #"{"message":"no","type":"invalid_request_error","param":"image","code":null}"#,
            #"{"message":"no","type":"x","param":null,"code":"invalid_image_file"}"#,
            #"{"message":"Uploaded image must be a PNG and less than 4 MB.","param":null,"code":null}"#,
            #"{"message":"Uploaded image must be square.","param":null,"code":null}"#,
        ])
    func refusedImage(error: String) async throws {
        let server = try Self.server(400, error: "{\"error\":\(error)}")
        defer { server.stop() }
        var request = VariationRequest(image: try ImageUpload(Samples.png))
        let outcome = try await Samples.client(server).vary(request)
        #expect(outcome.emulationPrompt != nil && Self.paths(server) == ["variations", "edits"])
        request.isEmulated = false
        let insisting = request
        _ = await #expect(throws: ImagesAPIError.self) { try await Samples.client(server).vary(insisting) }
        #expect(server.requests.count == 3)
    }

    @Test(
        "Other failures of a variation are failures",
        arguments: [
            (400, "{}"), (400, #"{"error":{"message":"n is too large","param":"n","code":"invalid_value"}}"#),
            (400, #"{"error":{"message":"Your image was refused","param":"image","code":"moderation_blocked"}}"#),
            (400, #"{"error":{"message":"no","code":"image_content_policy_violation"}}"#),
            (401, #"{"error":{"message":"no","param":"image"}}"#), (504, "{}"),
        ])
    func failing(status: Int, error: String) async throws {
        let server = try Self.server(status, error: error)
        defer { server.stop() }
        let thrown = await #expect(throws: ImagesAPIError.self) {
            try await Samples.client(server).vary(VariationRequest(image: try ImageUpload(Samples.png)))
        }
        #expect(thrown?.status == status)
        #expect(Self.paths(server) == ["variations"])
    }

    @Test(
        "OpenAI's hosts are known, with and without a port",
        arguments: [
            ("https://api.openai.com/v1", true), ("https://API.openai.com:443/v1", true),
            ("https://eu.api.openai.com:443/v1", true), ("https://api.openai.com.evil.test/v1", false),
            ("http://127.0.0.1:1/v1", false),
        ])
    func hosts(address: String, isOpenAI: Bool) throws {
        #expect(try Samples.client(address).hasNoVariations == isOpenAI)
    }

    @Test("Observers receive the model that was sent, or none")
    func watched() async throws {
        let server = try Self.server()
        defer { server.stop() }
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) { $0.observers = [notebook] }
        var request = VariationRequest(image: try ImageUpload(Samples.png))
        _ = try await client.vary(request)
        request.model = "dall-e-2"
        _ = try await client.vary(request)
        request.isEmulated = true
        _ = try await client.vary(request)
        #expect(
            notebook.lines.withLock { $0 }.filter { $0.hasPrefix("begin") } == [
                "begin images.variations -", "begin images.variations dall-e-2",
                "begin images.edits gpt-image-2.6-flare",
            ])
    }

    @Test("A variation is validated and priced as the edit that emulates it")
    func offline() throws {
        var request = VariationRequest(
            image: try ImageUpload(Samples.png), size: "1024x1024", emulationModel: .gptImage2)
        request.quality = .low
        #expect(request.validate().isEmpty)
        #expect(request.estimate()?.outputTokens == 196...196)
        request.emulationSize = "1000x1000"
        #expect(request.validate().map(\.field) == ["size"])
        request.isEmulated = false
        #expect(request.estimate() == nil)
    }
}
