import Foundation
import GessoMockServer
import ImagesAPI
import Testing

@Suite("Mock server")
struct MockServerTests {
    @Test("A body runs on the caller's actor, as in a program's main function")
    @MainActor
    func mainActor() async throws {
        var calls = 0
        try await MockServer.run { mock in
            MainActor.assertIsolated()
            calls += mock.requestCount + 1
        }
        #expect(calls == 1)
    }

    @Test("Every response identifies the mock server and has a request id of its own")
    func headers() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let replies = try (0..<2).map { _ in try client.send("GET", "/v1/models") }
            #expect(replies.allSatisfy { $0.status == 200 && $0.headers["x-gesso-mock-server"] == "1" })
            #expect(Set(replies.compactMap { $0.headers["x-request-id"] }).count == 2)
            let refused = try client.send("GET", "/v1/none")
            #expect(refused.headers["x-gesso-mock-server"] == "1")
            // The earlier name of the header.
            #expect(refused.headers["x-gesso-stand-in"] == "1")
            #expect(refused.headers["x-request-id"]?.hasPrefix("req_") == true)
        }
    }

    @Test("Responses have the API's account, time and limit headers, unless a script sets them")
    func accountHeaders() async throws {
        let scripted = Fault.status(429, headers: ["openai-organization": "other"])
        var last = scripted
        (last.path, last.skip) = ("/images/generations", 1)
        try await MockServer.run(behavior: .init(latencySeconds: 0.05, faults: [last])) { mock in
            let client = RawClient(mock)
            let request: [String: Any] = [
                "model": "gpt-image-2", "prompt": "x", "size": "832x800", "output_format": "jpeg",
            ]
            let reply = try client.postJSON("/v1/images/generations", request)
            #expect(reply.headers["openai-organization"] == "gesso-mock-server")
            #expect((reply.headers["openai-processing-ms"].flatMap { Int($0) } ?? 0) >= 50)
            for unit in ["requests", "tokens"] {
                func value(_ name: String) throws -> Int {
                    try #require(reply.headers["x-ratelimit-\(name)-\(unit)"].flatMap { Int($0) })
                }
                #expect(try (1..<value("limit")).contains(value("remaining")))
                #expect(reply.headers["x-ratelimit-reset-\(unit)"]?.wholeMatch(of: /[0-9.]+m?s/) != nil)
            }
            let text = try client.exchange(
                Data("POST /v1/images/generations HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8))
            let organizations = String(decoding: text, as: UTF8.self).components(separatedBy: "openai-organization:")
            #expect(organizations.count == 2 && organizations[1].hasPrefix(" other"))
        }
    }

    @Test("A missing key and a wrong key give 401")
    func keys() async throws {
        let mock = try await MockServer.start(requiredKey: "right")
        let client = RawClient(mock)
        #expect(try client.send("GET", "/v1/models", headers: []).status == 401)
        let wrong = try client.send("GET", "/v1/models", headers: ["Authorization: Bearer wrong"])
        #expect(wrong.status == 401)
        #expect(wrong.error["code"] as? String == "invalid_api_key")
        #expect(try client.send("GET", "/v1/models", headers: ["Authorization: Bearer right"]).status == 200)
        #expect(try client.send("GET", "/v1/models", headers: ["api-key: right"]).status == 200)
        await mock.stop()
    }

    @Test("Unknown paths give 404, wrong methods 405")
    func addresses() async throws {
        try await MockServer.run { mock throws in
            let client = RawClient(mock)
            #expect(try client.send("GET", "/").status == 404)
            #expect(try client.send("POST", "/v1/images/nothing").status == 404)
            #expect(try client.send("GET", "/v1/images/edits").status == 405)
            #expect(try client.send("GET", "/v1/models/gpt-image-2").json["id"] as? String == "gpt-image-2")
            #expect(try client.send("GET", "/v1/models/dall-e-3").status == 404)
        }
    }

    @Test("Bytes that are not a request give 400 and end the connection")
    func malformed() async throws {
        try await MockServer.run { mock in
            let reply = try #require(
                RawClient.parse(try RawClient(mock).exchange(Data("HELLO\r\n\r\n".utf8))))
            #expect(reply.status == 400)
            #expect(reply.headers["connection"] == "close")
        }
    }

    @Test("A connection serves several requests, with chunked bodies too")
    func keepAlive() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            let json = #"{"prompt":""}"#
            let chunked =
                "POST /v1/images/generations HTTP/1.1\r\nAuthorization: Bearer k\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n5\r\n\(json.prefix(5))\r\n\(String(json.count - 5, radix: 16));x=y\r\n"
                + "\(json.dropFirst(5))\r\n0\r\n\r\n"
            let last = "GET /v1/models HTTP/1.1\r\nAuthorization: Bearer k\r\nConnection: close\r\n\r\n"
            let text = String(
                decoding: try client.exchange(Data(chunked.utf8), Data(chunked.utf8), Data(last.utf8)), as: UTF8.self)
            #expect(text.components(separatedBy: "HTTP/1.1 400").count == 3)
            #expect(text.components(separatedBy: "empty_string").count == 3)
            #expect(text.components(separatedBy: "HTTP/1.1 200").count == 2)
        }
    }

    @Test("A client that expects 100 Continue gets it, or is refused before it sends the body")
    func expectContinue() async throws {
        try await MockServer.run { mock in
            let client = RawClient(mock)
            func head(_ key: String) -> String {
                "POST /v1/images/generations HTTP/1.1\r\n\(key)Content-Type: application/json\r\n"
                    + "Expect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
            }
            let accepted = String(
                decoding: try client.exchange(Data(head("Authorization: Bearer k\r\n").utf8), Data("{}".utf8)),
                as: UTF8.self)
            #expect(accepted.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400"))
            let refused = String(decoding: try client.exchange(Data(head("").utf8)), as: UTF8.self)
            #expect(refused.hasPrefix("HTTP/1.1 401"))
        }
    }

    @Test("Stopping ends idle connections and frees the port")
    func stopping() async throws {
        let first = try await MockServer.start()
        let client = RawClient(first)
        let idle = try client.connected()
        await first.stop()
        #expect(RawClient.readAll(idle).isEmpty)
        close(idle)
        let second = try await MockServer.start(port: first.port)
        #expect(second.baseURL == first.baseURL)
        await #expect(throws: MockServerError.self) { try await MockServer.start(port: first.port) }
        await second.stop()
    }

    @Test("One line starts a server and one line makes a client, with any required key")
    func client() async throws {
        for key in [nil, "sk-required"] {
            let mock = try await MockServer.start(requiredKey: key)
            let client = mock.client()
            let request = GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare)
            let response = try await client.generate(request)
            #expect(response.images.count == 1)
            client.shutdown()
            await mock.stop()
        }
    }
}
