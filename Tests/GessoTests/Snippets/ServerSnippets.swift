// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

/// Compiled, not run: it would need the servers.
enum ServerSnippets {
    static func xAI() async throws -> ImagesResponse {
        // server-xai-begin
        let client = ImagesClient(configuration: .init(server: .xAI))          // key from XAI_API_KEY
        let response = try await client.generate("a lighthouse", model: "grok-imagine-image")
        // server-xai-end
        return response
    }

    static func azure() async throws -> ImagesResponse {
        // server-azure-begin
        var configuration = ImagesClient.Configuration(server: .azure())   // AZURE_OPENAI_ENDPOINT, OPENAI_API_VERSION, and a key
        configuration.server.deployments = [.gptImage2: "images-prod"]
        let client = ImagesClient(configuration: configuration)
        let response = try await client.generate("a lighthouse", model: .gptImage2)
        // server-azure-end
        return response
    }

    static func batch(_ client: ImagesClient) throws -> Data? {
        // server-batch-begin
        var writer = Batch.InputWriter(server: client.configuration.server)
        _ = try writer.append(GenerationRequest(prompt: "a lighthouse", model: .gptImage2), customID: "1")
        // server-batch-end
        return writer.finish()
    }

    static func profile() throws -> ImagesClient {
        // server-profile-begin
        let profile = try ServerProfile(json: Data(contentsOf: URL(filePath: "studio.json")))
        let client = ImagesClient(configuration: .init(server: profile))
        // server-profile-end
        return client
    }

    static func saved() throws -> ImagesResponse {
        // server-saved-begin
        let saved = try Data(contentsOf: URL(filePath: "response.json"))
        let response = try ImagesResponse(saved: saved)
        print(response.images.count, response.usage?.outputTokens ?? 0, response.isComplete)
        // server-saved-end
        return response
    }

    actor SeenWebhooks {
        private var ids: Set<String> = []
        func isFirst(_ id: String) -> Bool { ids.insert(id).inserted }
    }

    static func webhook(
        _ body: Data, headers: [(String, String)], secret: String, seen: SeenWebhooks, client: ImagesClient,
        finish: (Batch) async throws -> Void
    ) async throws {
        // server-webhook-begin
        let event = try await Batch.verifyWebhook(body, headers: headers, secret: secret) { id in await seen.isFirst(id) }
        if event.status == .completed, let id = event.batchID { try await finish(client.batch(id)) }
        // server-webhook-end
    }
}

@Suite("The article on servers")
struct ServerArticleTests {
    @Test("Its profile is read, and means what the table below it says")
    func profile() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..").standardized
        let page = root.appending(path: "Sources/ImagesAPI/ImagesAPI.docc/Articles/OtherServers.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        let start = try #require(text.firstRange(of: "```json\n"))
        let json = text[start.upperBound...].prefix { $0 != "`" }
        let profile = try ServerProfile(json: Data(json.utf8))
        #expect(profile.name == "studio" && profile.keyHeader == "x-key" && profile.keyPrefix.isEmpty)
        #expect(profile.paths[.variations] == nil && profile.form == nil && profile.json?.images == "inputs")
        #expect(profile.deployments == [.gptImage2: "studio-large"] && profile.streaming.isEmpty)
        // Every key of the example is explained.
        for key in try #require(JSONDecoder().decode(JSONValue.self, from: Data(json.utf8)).objectValue).keys {
            #expect(text.contains("`\(key)`"), "\(key)")
        }
        for server in ServerProfile.builtIn { #expect(text.contains("| `\(server.name)` |"), "\(server.name)") }
    }
}
