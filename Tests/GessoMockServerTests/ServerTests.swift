import Foundation
import GessoCodecs
import GessoPixels
import ImagesAPI
import Testing

@testable import GessoMockServer

@Suite("Imitated servers", .timeLimit(.minutes(10)))
struct ServerTests {
    private static func image(_ width: Int = 64, _ height: Int = 48) throws -> Data {
        try RenderingTests.png(Landscape(prompt: "test", index: 0).rendered(size: Size(width: width, height: height)))
    }

    private func run<R>(_ server: MockServer.Server, _ body: (MockServer, RawClient) async throws -> R) async throws
        -> R
    {
        try await MockServer.run(behavior: MockServer.Behavior(server: server)) { mock in
            try await body(mock, RawClient(mock))
        }
    }

    /// What each server needs in the smallest request.
    private static func smallest(_ server: MockServer.Server) -> (path: String, body: [String: Any]) {
        switch server {
        case .azure: ("/openai/deployments/any/images/generations?api-version=1", ["prompt": "x", "size": "1024x1024"])
        case .azureV1: ("/openai/v1/images/generations", ["prompt": "x", "model": "any"])
        case .openAI: ("/v1/images/generations", ["prompt": "x", "model": "gpt-image-2"])
        case .openRouter: ("/api/v1/images", ["prompt": "x", "model": "any"])
        case .gemini: ("/v1beta/openai/images/generations", ["prompt": "x", "model": "any"])
        case .xAI, .together, .liteLLM: ("/v1/images/generations", ["prompt": "x", "model": "any"])
        case .localAI, .vllmOmni, .stableDiffusionCPP, .generic: ("/v1/images/generations", ["prompt": "x"])
        }
    }

    @Test(
        "A path or a key of another server is refused in the server's own form", arguments: MockServer.Server.allCases)
    func pathsAndKeys(server: MockServer.Server) async throws {
        try await run(server) { mock, client in
            let (path, body) = Self.smallest(server)
            #expect(try client.postJSON(path, body).status == 200)
            #expect(mock.baseURL.hasPrefix("http://127.0.0.1:\(mock.port)"))
            for wrong in ["/images/creations", "/v2/images/generations", "/v1/images/variations/x", "/elsewhere"] {
                #expect(try client.postJSON(wrong, body).status == 404)
            }
            let keyless = try client.send(
                "POST", path, headers: ["Content-Type: application/json"],
                body: JSONSerialization.data(withJSONObject: body))
            let isOpen = [.localAI, .vllmOmni, .stableDiffusionCPP, .generic].contains(server)
            #expect(keyless.status == (isOpen ? 200 : 401))
            guard !isOpen else { return }
            let text = String(decoding: keyless.body, as: UTF8.self)
            switch server {
            case .azure, .azureV1: #expect(keyless.json["statusCode"] as? Int == 401)
            case .xAI: #expect(keyless.json["error"] is String && keyless.json["code"] is String)
            case .liteLLM: #expect(keyless.error["code"] as? String == "401")
            case .openRouter: #expect(keyless.error["code"] as? Int == 401)
            case .gemini: #expect(text.hasPrefix("[{\"error\":{\"code\":401"))
            default: #expect(keyless.error["message"] is String)
            }
        }
    }

    @Test("Azure refuses a model in the body of a deployment, and takes its own header for the key")
    func azure() async throws {
        try await run(.azure) { _, client in
            let path = "/openai/deployments/my-name/images/generations"
            let refused = try client.postJSON(path + "?api-version=1", ["prompt": "x", "model": "my-name"])
            #expect(refused.status == 400 && refused.error["param"] as? String == "model")
            #expect(try client.postJSON(path, ["prompt": "x"]).status == 404)
            let body = try JSONSerialization.data(withJSONObject: ["prompt": "x"])
            let reply = try client.send(
                "POST", path + "?api-version=1", headers: ["api-key: k", "Content-Type: application/json"], body: body)
            #expect(
                reply.status == 200 && reply.headers["apim-request-id"] != nil && reply.headers["x-request-id"] == nil)
        }
        try await run(.xAI) { _, client in
            let body = try JSONSerialization.data(withJSONObject: ["prompt": "x", "model": "m"])
            let reply = try client.send(
                "POST", "/v1/images/generations", headers: ["api-key: k", "Content-Type: application/json"], body: body)
            #expect(reply.status == 401)
        }
    }

    @Test(
        "xAI refuses unknown fields with 422, and what it does not support with 400",
        arguments: [
            (["seed": 1], 422), (["output_format": "png"], 422), (["mask": "x"], 422), (["size": "1024x1024"], 400),
            (["aspect_ratio": "5:1"], 400), (["response_format": "base64"], 400), (["aspect_ratio": "3:2"], 200),
            (["response_format": "b64_json", "n": 2], 200),
        ] as [([String: any Sendable], Int)])
    func xAI(fields: [String: any Sendable], status: Int) async throws {
        try await run(.xAI) { _, client in
            let body = ["prompt": "x", "model": "grok-imagine-image"].merging(fields) { $1 }
            let reply = try client.postJSON("/v1/images/generations", body)
            #expect(reply.status == status)
            if status != 200 { #expect(reply.json["error"] is String) }
            guard status == 200 else { return }
            let data = try #require(reply.json["data"] as? [[String: Any]])
            #expect(data.allSatisfy { ($0["b64_json"] != nil) == (fields["response_format"] != nil) })
            let usage = try #require(reply.json["usage"] as? [String: Any])
            #expect(usage["cost_in_usd_ticks"] as? Int == 200_000_000 * data.count)
        }
    }

    @Test("xAI takes edits as JSON only, with one to three images")
    func xAIEdits() async throws {
        let png = try Self.image()
        let reference = ["url": "data:image/png;base64,\(png.base64EncodedString())", "type": "image_url"]
        try await run(.xAI) { _, client in
            func post(_ fields: [String: Any]) throws -> Int {
                try client.postJSON(
                    "/v1/images/edits",
                    ["prompt": "x", "model": "m", "response_format": "b64_json"].merging(fields) { $1 }
                ).status
            }
            #expect(try post(["image": reference]) == 200)
            #expect(try post(["images": [reference, reference]]) == 200)
            #expect(try post(["images": [reference, reference, reference, reference]]) == 400)
            #expect(try post(["image": reference, "images": [reference]]) == 400)
            #expect(try post([:]) == 400)
            #expect(try post(["image": ["type": "image_url"]]) == 422)
            #expect(try post(["image": ["image_url": "x"]]) == 422)
            let form = try client.postForm("/v1/images/edits", [.text("prompt", "x"), .file("image", png)])
            #expect(form.status == 415)
        }
    }

    @Test("The other servers' own rules")
    func rules() async throws {
        let png = try Self.image()
        let source = "data:image/png;base64,\(png.base64EncodedString())"
        try await run(.together) { _, client in
            let path = "/v1/images/generations"
            let reply = try client.postJSON(
                path, ["prompt": "x", "model": "m", "width": 320, "height": 240, "response_format": "base64"])
            let item = try #require((reply.json["data"] as? [[String: Any]])?.first)
            #expect(item["type"] as? String == "b64_json" && item["index"] as? Int == 0)
            let image = try #require((item["b64_json"] as? String).flatMap { Data(base64Encoded: $0) })
            #expect(try ImageHeader(probing: image).size == Size(width: 320, height: 240))
            #expect(try client.postJSON(path, ["prompt": "x", "model": "m", "size": "1024x1024"]).status == 400)
            #expect(
                try client.postJSON(path, ["prompt": "x", "model": "m", "response_format": "b64_json"]).status == 400)
            #expect(try client.postJSON(path, ["prompt": "x", "model": "m", "image_url": source]).status == 200)
        }
        try await run(.openRouter) { _, client in
            let part: [String: Any] = ["type": "image_url", "image_url": ["url": source]]
            let reply = try client.postJSON(
                "/api/v1/images", ["prompt": "x", "model": "m", "input_references": [part]])
            #expect((reply.json["usage"] as? [String: Any])?["cost"] is Double)
            #expect((reply.json["data"] as? [[String: Any]])?.first?["media_type"] as? String == "image/png")
            let message: [String: Any] = ["role": "user", "content": [part, ["type": "text", "text": "x"]]]
            let chat = try client.postJSON("/api/v1/chat/completions", ["model": "m", "messages": [message]])
            #expect(chat.status == 200 && (chat.json["choices"] as? [Any])?.count == 1)
            #expect(try client.postJSON("/api/v1/images", ["prompt": "x", "model": "m", "mask": source]).status == 400)
        }
        try await run(.vllmOmni) { _, client in
            let mask = try RenderingTests.png(
                Mask.rectangle(Rect(x: 8, y: 8, width: 9, height: 9), size: Size(width: 64, height: 48)).coverage)
            func post(_ parts: [Form.Part]) throws -> RawClient.Reply {
                try client.postForm("/v1/images/edits", [.text("prompt", "x")] + parts)
            }
            #expect(try post([.file("image", png), .file("mask_image", mask)]).status == 200)
            let size = Size(width: 64, height: 48)
            let painted = try Mask.rectangle(Rect(x: 8, y: 8, width: 9, height: 9), size: size)
            let both = try RenderingTests.png(painted.alphaBitmap(over: painted.coverage))
            #expect(try post([.file("image", png), .file("mask_image", both)]).status == 200)
            #expect(
                try post([.file("image[]", png), .text("response_format", "file")]).headers["content-type"]
                    == "image/png")
            let refused = try post([.file("image", png), .file("mask", mask)])
            #expect(refused.status == 422 && refused.json["detail"] is [Any])
            let stream = try post([.file("image", png), .text("stream", "true")])
            let text = String(decoding: stream.body, as: UTF8.self)
            #expect(text.contains("image.edit.chunk") && text.contains("data: [DONE]"))
            #expect(try client.postJSON("/v1/images/generations", ["prompt": "x", "quality": "high"]).status == 422)
        }
        try await run(.liteLLM) { _, client in
            let reply = try client.postJSON("/v1/images/generations", ["prompt": "x", "model": "m"])
            #expect(reply.headers["x-litellm-response-cost"] != nil)
            let error = try client.postJSON("/v1/images/generations", ["prompt": "", "model": "m"]).error
            #expect(error["code"] as? String == "400" && "\(error["message"] ?? "")".hasPrefix("litellm."))
        }
        try await run(.stableDiffusionCPP) { _, client in
            let error = try client.postForm("/v1/images/edits", [.text("prompt", "x")])
            #expect(error.status == 400 && error.json["error"] as? String == "at least one image[] required")
            #expect(
                try client.postForm("/v1/images/edits", [.text("prompt", "x"), .file("image[]", png)]).status == 200)
        }
        try await run(.localAI) { _, client in
            let reply = try client.postJSON("/v1/images/generations", ["prompt": "x"])
            #expect((reply.json["data"] as? [[String: Any]])?.first?["url"] is String)
            #expect((reply.json["usage"] as? [String: Any])?["total_tokens"] as? Int == 0)
        }
    }

    @Test(
        "The client with the server's profile is accepted, and reads what comes", arguments: MockServer.Server.allCases)
    func client(server: MockServer.Server) async throws {
        let mock = try await MockServer.start(behavior: MockServer.Behavior(server: server), capture: true)
        let client = mock.client()
        let model: Model = .gptImage2
        let generation = GenerationRequest(
            prompt: "a hill", model: model, n: 2, size: "1024x1024", quality: .low, background: .opaque,
            outputFormat: .png)
        let images = try await client.generate(generation).images
        #expect(images.count == 2 && images.allSatisfy { $0.data != nil })
        if ![.localAI, .gemini].contains(server) {
            let edit = EditRequest(
                images: [try ImageUpload(Self.image())], prompt: "x", model: model, size: "1024x1024", quality: .low)
            #expect(try await client.edit(edit).images.first?.data != nil)
        }
        #expect(mock.capturedRequests.allSatisfy { $0.status == 200 })
        client.shutdown()
        await client.waitUntilShutDown()
        await mock.stop()
    }

    @Test("Every shape is a response, by option and by path", arguments: MockServer.Shape.all)
    func shapes(shape: MockServer.Shape) async throws {
        let body = ["prompt": "x", "size": "64x64"]
        let behavior = MockServer.Behavior(server: .generic, shape: shape)
        let first = try await MockServer.run(behavior: behavior) { mock in
            try RawClient(mock).postJSON("/v1/images/generations", body)
        }
        let second = try await run(.generic) { _, client in
            try client.postJSON("/shapes/\(shape.rawValue)/v1/images/generations", body)
        }
        #expect(first.status == second.status)
        #expect(first.headers["content-type"] == second.headers["content-type"])
        #expect(!first.body.isEmpty)
        let isError = shape.rawValue.hasPrefix("error-") && !shape.rawValue.hasPrefix("error-200")
        #expect((first.status >= 400) == isError)
    }

    @Test("A shape or a server that does not exist is refused")
    func unknown() async throws {
        #expect(MockServer.Shape(rawValue: "plane") == nil)
        for json in [#"{"shape": "plane"}"#, #"{"server": "x"}"#] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(MockServer.Behavior.self, from: Data(json.utf8))
            }
        }
        let behavior = try JSONDecoder().decode(
            MockServer.Behavior.self, from: Data(#"{"shape": "plain", "server": "xai"}"#.utf8))
        #expect(behavior.server == .xAI && behavior.shape?.rawValue == "plain")
        try await run(.generic) { _, client async throws in
            #expect(try client.postJSON("/shapes/plane/v1/images/generations", ["prompt": "x"]).status == 404)
        }
    }
}
