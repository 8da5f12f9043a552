import Foundation
import Testing

@testable import ImagesAPI

@Suite("Dialects")
struct DialectTests {
    @Test(
        "Azure has the deployment in the path, the version in the query and the key in its own field",
        arguments: [false, true])
    func azure(usesBearer: Bool) async throws {
        let server = try LoopbackServer { connection, _ in connection.answer(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client("http://127.0.0.1:\(server.port)") {
            $0.dialect = .azure(apiVersion: "2026-10-01 preview", usesBearer: usesBearer)
        }
        _ = try await client.create(CreateRequest(prompt: "p", model: "my image/1"))
        _ = try await client.edit(EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: "m"))
        #expect(
            server.requests.map(\.line) == [
                "POST /openai/deployments/my%20image%2F1/images/generations?api-version=2026-10-01%20preview HTTP/1.1",
                "POST /openai/deployments/m/images/edits?api-version=2026-10-01%20preview HTTP/1.1",
            ])
        #expect(server.requests[0]["api-key"] == (usesBearer ? nil : "sk-test"))
        #expect(server.requests[0]["authorization"] == (usesBearer ? "Bearer sk-test" : nil))
        let outcome = try await client.vary(VariationRequest(image: try ImageUpload(Samples.png)))
        #expect(outcome.isEmulated)
    }

    @Test("Azure's environment is read, and what is missing is told")
    func azureEnvironment() async throws {
        let full = ImagesClient.Configuration.azure(environment: [
            "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "OPENAI_API_VERSION": "v",
            "AZURE_OPENAI_API_KEY": "k",
        ])
        #expect(full.dialect == .azure(apiVersion: "v", usesBearer: false))
        #expect(try full.apiKey == APIKey("k"))
        let token = ImagesClient.Configuration.azure(environment: [
            "AZURE_OPENAI_ENDPOINT": "https://x.openai.azure.com", "OPENAI_API_VERSION": "v",
            "AZURE_OPENAI_AD_TOKEN": "t",
        ])
        #expect(token.dialect == .azure(apiVersion: "v", usesBearer: true))
        let client = ImagesClient(configuration: .azure(environment: [:]))
        let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
        #expect(error?.code == .invalidConfiguration)
    }

    @Test("A server that wants one field name gets it")
    func generic() async throws {
        let server = try LoopbackServer { connection, _ in connection.answer(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let upload = try ImageUpload(Samples.png)
        for (field, count) in [("image", 2), ("image[]", 1)] {
            let client = try Samples.client(server) { $0.dialect = .generic(imageField: field) }
            _ = try await client.edit(
                EditRequest(images: Array(repeating: upload, count: count), prompt: "p", model: "m"))
            let body = String(decoding: try #require(server.requests.last).body, as: UTF8.self)
            #expect(body.components(separatedBy: "name=\"\(field)\"").count == count + 1)
        }
    }

    @Test("Regions have hosts of their own")
    func regions() {
        var configuration = ImagesClient.Configuration(environment: [:])
        configuration.use(region: .eu)
        #expect(configuration.baseURL == "https://eu.api.openai.com/v1")
        #expect(ImagesClient.Configuration.Region.allCases.map(\.rawValue) == ["us", "eu", "ae", "au", "in", "jp"])
    }

    @Test("Options of a single call leave the client as it was and share its connections")
    func with() async throws {
        let server = try LoopbackServer { connection, _ in connection.answer(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server)
        _ = try await client.create(Samples.create)
        _ = try await client.with { $0.headers = [("X-Call", "1")] }.create(Samples.create)
        _ = try await client.create(Samples.create)
        #expect(server.requests.map { $0["x-call"] } == [nil, "1", nil])
        #expect(server.connections == 1)
    }
}
