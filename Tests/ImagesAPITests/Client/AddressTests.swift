import Foundation
import Testing

@testable import ImagesAPI

@Suite("Addresses, queries and key providers")
struct AddressTests {
    @Test("Regions have hosts of their own")
    func regions() {
        var configuration = ImagesClient.Configuration(environment: [:])
        configuration.use(region: "eu")
        #expect(configuration.baseURL == "https://eu.api.openai.com/v1")
    }

    @Test("Options of a single call leave the client as it was and share its connections")
    func with() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server)
        _ = try await client.generate(Samples.generation)
        _ = try await client.with { $0.headers = [("X-Call", "1")] }.generate(Samples.generation)
        _ = try await client.generate(Samples.generation)
        #expect(server.requests.map { $0["x-call"] } == [nil, "1", nil])
        #expect(server.connections == 1)
    }

    @Test("Queries of endpoints, Azure's version and the configuration are combined")
    func queries() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: "{\"data\":[]}") }
        defer { server.stop() }
        let azure = try Samples.client("http://127.0.0.1:\(server.port)") { $0.server = .azure(apiVersion: "v") }
        _ = try await azure.batches(after: "b", limit: 5)
        _ = try await azure.batches()
        let more = try Samples.client(server) { $0.query = [("a b", "c&d=e"), ("f", "")] }
        _ = try await more.batches(limit: 5)
        _ = try await more.models()
        _ = try? await more.generate(Samples.generation)
        _ = await StreamingTests.read(more.generateStream(Samples.generation))
        _ = try await more.files(purpose: "fine-tune", after: "file 1", limit: 0, newestFirst: false)
        #expect(
            server.requests.map(\.line) == [
                "GET /openai/batches?after=b&limit=5&api-version=v HTTP/1.1",
                "GET /openai/batches?api-version=v HTTP/1.1",
                "GET /v1/batches?limit=5&a%20b=c%26d%3De&f= HTTP/1.1", "GET /v1/models?a%20b=c%26d%3De&f= HTTP/1.1",
                "POST /v1/images/generations?a%20b=c%26d%3De&f= HTTP/1.1",
                "POST /v1/images/generations?a%20b=c%26d%3De&f= HTTP/1.1",
                "GET /v1/files?purpose=fine-tune&after=file%201&limit=1&order=asc&a%20b=c%26d%3De&f= HTTP/1.1",
            ])
    }

    @Test("A missing key is named by the variable it is read from")
    func missingKey() async {
        for (configuration, name) in [
            (ImagesClient.Configuration(environment: [:]), "OPENAI_API_KEY,"),
            (
                ImagesClient.Configuration(
                    server: .azure(),
                    environment: ["AZURE_OPENAI_ENDPOINT": "https://x.test", "OPENAI_API_VERSION": "v"]),
                "AZURE_OPENAI_API_KEY or AZURE_OPENAI_AD_TOKEN"
            ),
        ] {
            let client = ImagesClient(configuration: configuration)
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            #expect(error?.code == .missingAPIKey && error?.message.contains("set \(name)") == true)
        }
    }

    @Test(
        "What only looks like loopback is not",
        arguments: ["127.+0.0.1", "127.0.0", "127.0.0.1.x", "127.0.0.256", "127.-0.0.1", "localhost.x", "127..0.1"])
    func loopback(host: String) {
        #expect(throws: ImagesAPIError.self) { try APIAddress("http://\(host)/v1", allowsInsecureHTTP: false) }
        #expect(throws: Never.self) { try APIAddress("http://127.255.0.1/v1", allowsInsecureHTTP: false) }
    }

    @Test("The key provider is called before each attempt")
    func provider() async throws {
        let server = try LoopbackServer { connection, request in
            if request["authorization"] == "Bearer key-1" {
                connection.respond(503, json: "{}")
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let calls = Locked(0)
        let client = try Samples.client(server) {
            $0.retryPolicy = ImagesClient.RetryPolicy(maxRetries: 1)
            $0.retryPolicy.baseDelay = .milliseconds(1)
            $0.apiKeyProvider = { try ImagesClient.APIKey("key-\(calls.withLock { $0 += 1; return $0 })") }
        }
        _ = try await client.generate(Samples.generation)
        #expect(await StreamingTests.read(client.generateStream(Samples.generation)).error == nil)
        _ = try? await client.file("f")
        _ = try await client.fileContent("f")
        #expect(server.requests.map { $0["authorization"] } == (1...5).map { "Bearer key-\($0)" })
    }

    @Test(
        "A refused key is fetched again, and the request is retried once if it is another",
        arguments: [["old", "new", "x"], ["old", "old", "x"], ["old", "older", "x"]], [false, true])
    func renewal(keys: [String], isStreamed: Bool) async throws {
        let server = try LoopbackServer { connection, request in
            if request["authorization"] == "Bearer sk-secret-new" {
                connection.respond(json: Samples.response([Samples.png]))
            } else {
                connection.respond(401, json: "{\"error\":{\"message\":\"\(request["authorization"] ?? "")\"}}")
            }
        }
        defer { server.stop() }
        let calls = Locked(0)
        let client = try Samples.client(server, key: nil) {
            $0.apiKeyProvider = {
                try ImagesClient.APIKey(
                    "sk-secret-"
                        + keys[
                            calls.withLock {
                                $0 += 1; return $0 - 1
                            }])
            }
        }
        var error: ImagesAPIError?
        if isStreamed {
            error = await StreamingTests.read(client.generateStream(Samples.generation)).error
        } else {
            do { _ = try await client.generate(Samples.generation) } catch let thrown { error = thrown }
        }
        #expect(error?.code == (keys[1] == "new" ? nil : .authenticationFailed))
        #expect(error?.message.contains("secret") != true)
        #expect(server.requests.count == (keys[1] == "old" ? 1 : 2))
        #expect(calls.withLock { $0 } == 2)
    }

    @Test("The error of a failed key provider does not contain its message, and nothing is sent")
    func failingProvider() async throws {
        struct Failure: Error { var secret = SecretsTests.canary }
        let server = try LoopbackServer { connection, _ in connection.respond(json: "{}") }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.apiKeyProvider = { throw Failure() } }
        let plain = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        let streamed = await StreamingTests.read(client.generateStream(Samples.generation)).error
        for error in [plain, streamed] {
            #expect(error?.code == .missingAPIKey && error?.attempts == 0)
            #expect(error?.message.contains("Failure") == true && error?.description.contains("canary") == false)
        }
        let own = client.with { $0.apiKeyProvider = { throw ImagesAPIError(.invalidAPIKey, "mine") } }
        let typed = await #expect(throws: ImagesAPIError.self) { try await own.models() }
        #expect(typed?.code == .invalidAPIKey && typed?.message == "mine")
        #expect(server.requests.isEmpty)
    }
}
