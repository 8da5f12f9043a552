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
}
