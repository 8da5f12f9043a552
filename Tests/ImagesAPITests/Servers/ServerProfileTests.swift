import Foundation
import Testing

@testable import ImagesAPI

@Suite("Server profiles")
struct ServerProfileTests {
    @Test("Every built-in profile is valid and survives JSON", arguments: ServerProfile.builtIn)
    func roundTrip(profile: ServerProfile) throws {
        #expect(throws: Never.self) { try profile.check() }
        #expect(try ServerProfile(json: profile.encoded()) == profile)
        #expect(ServerProfile.named(profile.name) == profile)
    }

    @Test("The built-in profiles are those that are documented")
    func names() {
        #expect(
            ServerProfile.builtIn.map(\.name) == [
                "openai", "azure", "azure-v1", "litellm", "localai", "vllm-omni", "sdcpp", "xai", "openrouter",
                "together",
                "gemini", "generic",
            ])
        #expect(ServerProfile.named("xAI") == nil)
    }

    @Test("What a file leaves out is as in the generic profile")
    func defaults() throws {
        let profile = try ServerProfile(json: Data(#"{"name": "x"}"#.utf8))
        #expect(profile == ServerProfile("x"))
        #expect(ServerProfile("generic") == .generic)
        let partial = try ServerProfile(
            json: Data(
                #"{"name": "x", "paths": {"edits": null}, "form": {"mask": null}, "json": {"images": "i"}}"#.utf8))
        #expect(
            partial
                == ServerProfile("x") {
                    $0.paths[.edits] = nil
                    $0.form = ServerProfile.ImageFields(mask: nil)
                    $0.json = ServerProfile.ImageFields(image: nil, images: "i", markup: nil, file: ["file_id": "{id}"])
                })
        let own = try ServerProfile(json: Data(#"{"name": "x", "baseURL": "https://a.test", "keyHeader": null}"#.utf8))
        #expect(own.baseURLVariable == nil && own.keyHeader == nil && own.keyPrefix == "Bearer ")
    }

    @Test("The example of the article is a valid profile, and does what it says")
    func example() async throws {
        let article = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/ImagesAPI/ImagesAPI.docc/Articles/OtherServers.md")
        let text = try String(contentsOf: article, encoding: .utf8)
        let json = try #require(text.components(separatedBy: "```json\n").last?.components(separatedBy: "```").first)
        let profile = try ServerProfile(json: Data(json.utf8))
        #expect(profile.name == "studio" && profile.maxImages == 4 && profile.form == nil)
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.server = profile }
        _ = try await client.generate(ServerRequestTests.generation())
        let upload = try ImageUpload(Samples.png)
        _ = try await client.edit(EditRequest(images: [upload, upload], prompt: "p", model: .gptImage2))
        let bodies = try server.requests.map { try JSONDecoder().decode([String: JSONValue].self, from: $0.body) }
        #expect(
            server.requests.map(\.line) == ["POST /v1/v2/generate/studio-large HTTP/1.1", "POST /v1/v2/edit HTTP/1.1"])
        #expect(server.requests.allSatisfy { $0["x-key"] == "sk-test" && $0["authorization"] == nil })
        #expect(
            bodies[0] == [
                "prompt": "p", "n": 2, "width": 1536, "height": 1024, "quality": "high", "format": "jpg",
                "output_compression": 80, "response_format": "b64_json", "safe": true,
            ])
        #expect(bodies[1]["model"] == "studio-large" && bodies[1]["inputs"]?.arrayValue?.count == 2)
        #expect(bodies[1]["inputs"]?.arrayValue?.first?["kind"] == "url")
    }

    @Test(
        "An invalid profile is refused with the key that is wrong, and without its value",
        arguments: [
            (#"{"name": "x", "typo": "secret"}"#, "typo is not a known key"),
            (#"{"name": "x", "form": {"masks": "secret"}}"#, "form.masks is not a known key"),
            (#"{"name": "x", "json": {"uri": "secret"}}"#, "json.uri is not a known key"),
            (#"{"name": "x", "paths": {"edit": "/secret"}}"#, "paths.edit is not a known operation"),
            (#"{"name": "x", "paths": {"edits": "secret"}}"#, "paths.edits must begin"),
            (#"{"name": "x", "paths": {"edits": "//secret"}}"#, "paths.edits must begin"),
            (#"{"name": "x", "paths": {"edits": "/a secret"}}"#, "paths.edits must begin"),
            (#"{"paths": {}}"#, "name is missing"), (#"{"name": ""}"#, "name is empty"),
            (#"{"name": "x", "needsKey": "secret"}"#, "needsKey has a value of another type"),
            (#"{"name": "x", "streaming": ["secret"]}"#, "streaming.0 is not a known operation"),
            (#"{"name": "x", "keyHeader": "a secret"}"#, "keyHeader is not the name"),
            (#"{"name": "x", "keyHeader": "Content-Length"}"#, "keyHeader is not the name"),
            (#"{"name": "x", "keyPrefix": "secret\r\n"}"#, "keyPrefix holds"),
            (#"{"name": "x", "maxImages": 0}"#, "maxImages must be"),
            (#"{"name": "x", "json": {"url": {"secret": "{uri}"}}}"#, "json.url must hold {url}"),
            (#"{"name": "x", "json": {"url": ["{url}", "{url}"]}}"#, "json.url must hold {url}"),
            (#"{"name": "x", "json": {"file": "secret"}}"#, "json.file must hold {id}"),
            (#"{"name": "x", "form": {"image": null, "images": null}}"#, "form and json need"),
            (#"{"name": "x", "aspectRatios": ["secret"]}"#, "aspectRatios holds"),
            (#"{"name": "x", "aspectRatios": ["1:0"]}"#, "aspectRatios holds"),
            (#"{"name": "x", "fields": {"image[]": "secret"}}"#, "fields sets image"),
            (#"{"name": "x""#, "It is not JSON"), ("[]", "has a value of another type"),
        ])
    func invalid(json: String, message: String) {
        let error = #expect(throws: ImagesAPIError.self) { try ServerProfile(json: Data(json.utf8)) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("secret") == false)
    }

    @Test("Address and key come from the profile's own variables, and from no other server's")
    func environment() throws {
        let all = [
            "OPENAI_API_KEY": "sk-openai", "OPENAI_BASE_URL": "https://openai.test/v1", "OPENAI_ORG_ID": "org",
            "OPENAI_CUSTOM_HEADERS": "X-Secret: s", "XAI_API_KEY": "sk-xai",
            "AZURE_OPENAI_ENDPOINT": "https://azure.test",
            "OPENAI_API_VERSION": "v", "AZURE_OPENAI_AD_TOKEN": "token",
        ]
        func configuration(_ profile: ServerProfile) -> ImagesClient.Configuration {
            ImagesClient.Configuration(server: profile, environment: all)
        }
        let xAI = configuration(.xAI)
        #expect(try xAI.baseURL == "https://api.x.ai/v1" && xAI.apiKey == ImagesClient.APIKey("sk-xai"))
        #expect(xAI.organization == nil && xAI.headers.isEmpty)
        #expect(configuration(.together).apiKey == nil && configuration(.stableDiffusionCPP).apiKey == nil)
        let openAI = configuration(.openAI)
        #expect(openAI.baseURL == "https://openai.test/v1" && openAI.organization == "org" && openAI.headers.count == 1)
        let azure = configuration(.azure())
        #expect(try azure.baseURL == "https://azure.test" && azure.apiKey == ImagesClient.APIKey("token"))
        #expect(azure.server == .azure(apiVersion: "v", usesBearer: true))
        let keyed = ImagesClient.Configuration(
            server: .azure(),
            environment: [
                "AZURE_OPENAI_ENDPOINT": "https://azure.test", "OPENAI_API_VERSION": "v", "AZURE_OPENAI_API_KEY": "k",
            ])
        #expect(
            try keyed.server == .azure(apiVersion: "v", usesBearer: false) && keyed.apiKey == ImagesClient.APIKey("k"))
        #expect(ImagesClient.Configuration(server: .generic, environment: [:]).baseURL.isEmpty)
        #expect(ImagesClient.Configuration(server: .openAI, environment: [:]).baseURL == "https://api.openai.com/v1")
    }

    @Test("A missing address or version is reported before anything is sent")
    func missing() async {
        for (profile, environment, word) in [
            (ServerProfile.generic, [:], "OPENAI_BASE_URL"), (.azure(), [:], "AZURE_OPENAI_ENDPOINT"),
            (
                .azure(), ["AZURE_OPENAI_ENDPOINT": "https://x.test", "AZURE_OPENAI_API_KEY": "k"], "OPENAI_API_VERSION"
            ),
        ] as [(ServerProfile, [String: String], String)] {
            let client = ImagesClient(
                configuration: ImagesClient.Configuration(server: profile, environment: environment))
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            #expect(error?.code == .invalidConfiguration && error?.message.contains(word) == true)
        }
    }

    @Test("Validation says what a server refuses, and what it is not sent")
    func validation() throws {
        let upload = try ImageUpload(Samples.png)
        let edit = EditRequest(
            images: Array(repeating: upload, count: 4), mask: upload, prompt: "p", model: .gptImage2, size: "1536x1024",
            quality: .high, background: .opaque)
        let xAI = edit.validate(server: .xAI)
        #expect(xAI.filter { $0.isRefusal }.map(\.field) == ["image", "mask"])
        #expect(xAI.filter { !$0.isRefusal }.map(\.field) == ["quality", "background", "size"])
        #expect(xAI.last?.message.contains("3:2") == true)
        #expect(edit.validate(server: .localAI).map(\.field).contains("edits"))
        #expect(edit.validate(server: .openAI).isEmpty && edit.validate().isEmpty)
        #expect(edit.validate(server: .vllmOmni).map(\.field) == ["quality"])
        var generation = ServerRequestTests.generation()
        generation.extra = ["seed": 1]
        generation.responseFormat = "b64_json"
        #expect(generation.validate().map(\.field) == ["response_format"])
        #expect(
            generation.validate(server: .together).map(\.field) == ["quality", "background", "output_compression"])
    }

    @Test("A server without variations gets an edit; one without edits either is refused")
    func variations() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let request = VariationRequest(image: try ImageUpload(Samples.png))
        let azure = try Samples.client(server) { $0.server = .azure(apiVersion: "v") }
        #expect(try await azure.vary(request).emulationPrompt != nil)
        let gemini = try Samples.client(server) { $0.server = .gemini }
        let error = await #expect(throws: ImagesAPIError.self) { try await gemini.vary(request) }
        #expect(error?.code == .unsupportedFeature && server.requests.count == 1)
    }
}
