import Foundation
import Testing

@testable import ImagesAPI

/// What a client sends to each built-in server, against the facts written down here once more.
@Suite("Requests to servers")
struct ServerRequestTests {
    struct Expected: Sendable, CustomTestStringConvertible {
        let server: ServerProfile
        var generation: String
        var edit: String?
        var header: (name: String, value: String)? = ("authorization", "Bearer sk-test")
        /// Names of the fields of a generation with every common parameter set.
        var fields: Set<String>
        var model: String? = "gpt-image-2"
        var imageFields: [String] = ["image", "mask"]

        var testDescription: String { server.name }
    }

    static let all: Set<String> = [
        "model", "prompt", "n", "size", "quality", "background", "output_format", "output_compression",
    ]

    static let expected: [Expected] = [
        Expected(
            server: .openAI, generation: "/images/generations", edit: "/images/edits", fields: all),
        Expected(
            server: .azure(apiVersion: "2026-10-01 preview"),
            generation: "/openai/deployments/gpt-image-2/images/generations?api-version=2026-10-01%20preview",
            edit: "/openai/deployments/gpt-image-2/images/edits?api-version=2026-10-01%20preview",
            header: ("api-key", "sk-test"), fields: all.subtracting(["model"]), model: nil),
        Expected(
            server: .azure(apiVersion: "v", usesBearer: true),
            generation: "/openai/deployments/gpt-image-2/images/generations?api-version=v",
            edit: "/openai/deployments/gpt-image-2/images/edits?api-version=v",
            fields: all.subtracting(["model"]), model: nil),
        Expected(
            server: .azureV1, generation: "/openai/v1/images/generations", edit: "/openai/v1/images/edits",
            header: ("api-key", "sk-test"), fields: all),
        Expected(server: .liteLLM, generation: "/images/generations", edit: "/images/edits", fields: all),
        Expected(server: .localAI, generation: "/images/generations", fields: all.union(["response_format"])),
        Expected(
            server: .vllmOmni, generation: "/images/generations", edit: "/images/edits",
            fields: all.subtracting(["quality"]), imageFields: ["image", "mask_image"]),
        Expected(
            server: .stableDiffusionCPP, generation: "/images/generations", edit: "/images/edits", header: nil,
            fields: all, imageFields: ["image[]", "mask"]),
        Expected(
            server: .xAI, generation: "/images/generations", edit: "/images/edits",
            fields: ["model", "prompt", "n", "aspect_ratio", "response_format"], imageFields: ["image"]),
        Expected(
            server: .openRouter, generation: "/images", edit: "/images", fields: all, imageFields: ["input_references"]),
        Expected(
            server: .together, generation: "/images/generations", edit: "/images/generations",
            fields: ["model", "prompt", "n", "width", "height", "output_format", "response_format"],
            imageFields: ["image_url"]),
        Expected(
            server: .gemini, generation: "/images/generations",
            fields: ["model", "prompt", "n", "size", "response_format"]),
        Expected(server: .generic, generation: "/images/generations", edit: "/images/edits", fields: all),
    ]

    private static func body(_ request: ReceivedRequest) throws -> [String: JSONValue] {
        try JSONDecoder().decode([String: JSONValue].self, from: request.body)
    }

    static func generation() -> GenerationRequest {
        GenerationRequest(
            prompt: "p", model: .gptImage2, n: 2, size: "1536x1024", quality: .high, background: .opaque,
            outputFormat: .jpeg, outputCompression: 80)
    }

    @Test("Path, key and fields of a generation are those of the server", arguments: expected)
    func generations(_ expected: Expected) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client("http://127.0.0.1:\(server.port)") { $0.server = expected.server }
        _ = try await client.generate(Self.generation())
        let request = try #require(server.requests.last)
        #expect(request.line == "POST \(expected.generation) HTTP/1.1")
        #expect(request["user-agent"]?.hasPrefix("gesso/\(ImagesClient.version) ") == true)
        for name in ["authorization", "api-key", "x-key"] {
            #expect(request[name] == (expected.header?.name == name ? expected.header?.value : nil))
        }
        let body = try Self.body(request)
        #expect(Set(body.keys) == expected.fields)
        #expect(body["model"]?.stringValue == expected.model)
        switch expected.server.name {
        case "xai":
            #expect(body["aspect_ratio"] == "3:2" && body["response_format"] == "b64_json")
        case "together":
            #expect(body["width"] == 1536 && body["height"] == 1024 && body["response_format"] == "base64")
        default: #expect(body["size"] == "1536x1024")
        }
    }

    @Test(
        "An edit has the encoding and the names of the server; one without a mask is refused a mask",
        arguments: expected)
    func edits(_ expected: Expected) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client("http://127.0.0.1:\(server.port)") { $0.server = expected.server }
        let upload = try ImageUpload(Samples.png)
        var edit = EditRequest(images: [upload], mask: upload, prompt: "p", model: .gptImage2, size: "1024x1024")
        guard let path = expected.edit else {
            let error = await #expect(throws: ImagesAPIError.self) { try await client.edit(edit) }
            #expect(error?.code == .unsupportedFeature && error?.facts["field"] == "edits")
            #expect(server.requests.isEmpty)
            return
        }
        if expected.imageFields.count == 1 {
            let error = await #expect(throws: ImagesAPIError.self) { try await client.edit(edit) }
            #expect(error?.code == .unsupportedFeature && error?.facts["field"] == "mask")
            #expect(server.requests.isEmpty)
            edit.mask = nil
        }
        _ = try await client.edit(edit)
        let request = try #require(server.requests.last)
        #expect(request.line == "POST \(path) HTTP/1.1")
        let text = String(decoding: request.body, as: UTF8.self)
        if request["content-type"] == "application/json" {
            let body = try Self.body(request)
            #expect(expected.imageFields.allSatisfy { body[$0] != nil })
            #expect(text.contains("\"data:image/png;base64,\(Samples.png.base64EncodedString())\""))
        } else {
            let names = text.components(separatedBy: "name=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
            for field in expected.imageFields { #expect(names.filter { $0 == field }.count == 1) }
            #expect(names.contains("model") == (expected.model != nil))
        }
    }

    @Test("xAI, OpenRouter and Together get images in the forms that they document")
    func references() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let upload = try ImageUpload(Samples.png)
        let data = JSONValue.string("data:image/png;base64,\(Samples.png.base64EncodedString())")
        let forms: [(ServerProfile, (JSONValue) -> JSONValue, String?, String)] = [
            (.xAI, { ["url": $0, "type": "image_url"] }, "image", "images"),
            (.openRouter, { ["type": "image_url", "image_url": ["url": $0]] }, nil, "input_references"),
            (.together, { $0 }, "image_url", "reference_images"),
        ]
        for (profile, form, single, list) in forms {
            let client = try Samples.client(server) { $0.server = profile }
            for count in 1...2 {
                _ = try await client.edit(
                    EditRequest(images: Array(repeating: upload, count: count), prompt: "p", model: "m"))
                let body = try Self.body(try #require(server.requests.last))
                if count == 1, let single {
                    #expect(body[single] == form(data) && body[list] == nil)
                } else {
                    #expect(body[list] == .array(Array(repeating: form(data), count: count)))
                }
            }
            _ = try await client.edit(
                EditRequest(references: [.url("https://x.test/a \"b\".png")], prompt: "p", model: "m"))
            let body = try Self.body(try #require(server.requests.last))
            let url = form("https://x.test/a \"b\".png")
            #expect(single.map { body[$0] == url } ?? (body[list] == .array([url])))
            let error = await #expect(throws: ImagesAPIError.self) {
                try await client.edit(EditRequest(references: [.fileID("file-1")], prompt: "p", model: "m"))
            }
            #expect(error?.code == .unsupportedFeature)
        }
    }

    @Test("A server that requires a field name gets it, for each image", arguments: [("image", 2), ("image[]", 1)])
    func imageField(name: String, count: Int) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.server.form = ServerProfile.ImageFields(image: name, images: name)
        }
        let images = Array(repeating: try ImageUpload(Samples.png), count: count)
        _ = try await client.edit(EditRequest(images: images, prompt: "p", model: "m"))
        let body = String(decoding: try #require(server.requests.last).body, as: UTF8.self)
        #expect(body.components(separatedBy: "name=\"\(name)\"").count == count + 1)
    }

    @Test("More images than the server takes are refused")
    func imageLimits() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let upload = try ImageUpload(Samples.png)
        for (count, isAllowed) in [(3, true), (4, false)] {
            let client = try Samples.client(server) { $0.server = .xAI }
            let edit = EditRequest(images: Array(repeating: upload, count: count), prompt: "p", model: "m")
            if isAllowed {
                _ = try await client.edit(edit)
            } else {
                let error = await #expect(throws: ImagesAPIError.self) { try await client.edit(edit) }
                #expect(error?.code == .unsupportedFeature && error?.facts["field"] == "image")
            }
        }
        #expect(server.requests.count == 1)
    }

    @Test("A deployment named otherwise than its model is in the path or the body; the price stays that of the model")
    func deployments() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        for var profile in [ServerProfile.azure(apiVersion: "v"), .azureV1] {
            profile.deployments = [.gptImage2: "my image/1"]
            let client = try Samples.client("http://127.0.0.1:\(server.port)") {
                $0.server = profile
                $0.spendingLimit = 0.001
            }
            // A known model has a known price, so the limit refuses the request.
            let request = GenerationRequest(prompt: "p", model: .gptImage2, size: .square1024, quality: .high)
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(request) }
            #expect(error?.code == .spendingLimit)
            _ = try await client.with { $0.spendingLimit = nil }.generate(request)
            let sent = try #require(server.requests.last)
            let body = try Self.body(sent)
            if profile.name == "azure" {
                #expect(
                    sent.line
                        == "POST /openai/deployments/my%20image%2F1/images/generations?api-version=v HTTP/1.1")
                #expect(body["model"] == nil)
            } else {
                #expect(body["model"] == "my image/1")
            }
            #expect(request.validate(server: profile).isEmpty)
            _ = try await client.with { $0.spendingLimit = nil }.generate(Samples.generation)
            let other = try #require(server.requests.last)
            #expect(
                other.line.contains("gpt-image-2.6-flare") != (try Self.body(other)["model"] == "gpt-image-2.6-flare"))
        }
    }

    @Test("A key is needed only where the profile says so, and never on loopback", arguments: ServerProfile.builtIn)
    func keys(profile: ServerProfile) async throws {
        var configuration = ImagesClient.Configuration(server: profile, environment: [:])
        configuration.baseURL = "https://gesso.invalid"
        configuration.retryPolicy = .never
        configuration.proxy = .none
        if profile.apiVersion != nil { configuration.server.apiVersion = "v" }
        let client = ImagesClient(configuration: configuration)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        let free: Set = ["localai", "vllm-omni", "sdcpp", "generic"]
        #expect((error?.code == .missingAPIKey) == !free.contains(profile.name))
        if let error, error.code == .missingAPIKey {
            #expect(profile.keyVariables.allSatisfy(error.message.contains))
        }
    }

    @Test("A stream is refused before it is sent where the server does not stream", arguments: ServerProfile.builtIn)
    func streams(profile: ServerProfile) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.server = profile
            if profile.apiVersion != nil { $0.server.apiVersion = "v" }
        }
        let error = await StreamingTests.read(client.generateStream(Samples.generation)).error
        let streams = ["openai", "azure", "azure-v1", "generic"].contains(profile.name)
        #expect((error?.code == .unsupportedFeature) == !streams)
        #expect(server.requests.isEmpty == !streams)
        #expect(
            Samples.generation.validate(streaming: true, server: profile).contains { $0.field == "stream" } == !streams)
    }

    @Test("The caller's own fields are sent as they are; the profile's are added")
    func ownFields() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.server = .xAI
            $0.server.fields = ["resolution": "2k", "n": 3]
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .invalidConfiguration && error?.message.contains("fields sets n") == true)
        var request = Samples.generation
        request.extra = ["quality": "high", "seed": 7]
        request.quality = .low
        _ = try await client.with { $0.server.fields = ["resolution": "2k"] }.generate(request)
        let body = try Self.body(try #require(server.requests.last))
        #expect(
            body == [
                "model": "gpt-image-2.6-flare", "prompt": "a lighthouse", "quality": "high", "seed": 7,
                "response_format": "b64_json", "resolution": "2k",
            ])
        request.responseFormat = "url"
        _ = try await client.with { $0.server.fields = [:] }.generate(request)
        #expect(try Self.body(try #require(server.requests.last))["response_format"] == "url")
    }

    @Test("The reserved header is that of the profile")
    func reservedHeader() async throws {
        let client = try Samples.client("http://127.0.0.1:1") {
            $0.server.keyHeader = "x-key"
            $0.headers = [("X-Key", "other")]
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test(
        "The nearest known ratio is sent",
        arguments: [
            ("1024x1024", "1:1"), ("1536x1024", "3:2"), ("1024x1536", "2:3"), ("3840x2160", "16:9"),
            ("1000x3000", "9:20"),
            ("1280x1024", "4:3"), ("2016x1024", "2:1"),
        ])
    func ratios(size: String, ratio: String) {
        #expect(ServerProfile.xAI.sizeFields(size).map(\.1) == [.string(ratio)])
        #expect(ServerProfile.xAI.ratio(for: ImageSize(rawValue: size)) == ratio)
    }
}
