import Foundation
import Testing

@testable import ImagesAPI

@Suite("Secrets stay secret")
struct SecretsTests {
    static let canary = "sk-canary-0123456789abcdef"

    static func traces(of text: String) -> [String] {
        [
            text, String(text.prefix(8)), Data(text.utf8).base64EncodedString(),
            Data("Bearer \(text)".utf8).base64EncodedString(),
            text.replacingOccurrences(of: "-", with: "%2D"),
        ]
    }

    private func shows(_ value: Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text + "\(value)" + String(reflecting: value)
    }

    @Test(
        "Keys that could forge a header are refused without being repeated",
        arguments: [
            "", "  ", "sk-canary\r\nX: y", "sk-canary\n", "sk-canary\u{0}", "sk canary", "sk-canaré", "sk-canary\u{7F}",
        ])
    func badKeys(text: String) {
        let error = #expect(throws: ImagesAPIError.self) { try APIKey(text) }
        #expect(error?.code == .invalidAPIKey)
        #expect(error.map { shows($0) }?.contains("canar") == false)
    }

    @Test("Nothing that is printed, dumped or encoded holds the key")
    func printing() throws {
        var configuration = ImagesClient.Configuration(environment: [:])
        let key = try APIKey(Self.canary)
        configuration.apiKey = key
        configuration.headers = [("X-Secret", Self.canary)]
        let client = ImagesClient(configuration: configuration)
        let encoded = String(decoding: try JSONEncoder().encode([key]), as: UTF8.self)
        #expect(encoded == "[\"***\"]")
        let all = shows(key) + shows(configuration) + shows(client) + encoded + shows([key: 1])
        for trace in Self.traces(of: Self.canary) { #expect(!all.contains(trace), "\(trace)") }
    }

    @Test("No error holds the key, whatever fails", arguments: ["400", "reset", "redirect", "echo", "refused"])
    func errors(kind: String) async throws {
        let server = try LoopbackServer { connection, request in
            switch kind {
            case "400": connection.answer(400, json: "{\"error\":{\"message\":\"m\"}}")
            case "reset": connection.reset()
            case "redirect":
                connection.answer(302, headers: ["Location: https://u:p@evil.example/?k=\(Self.canary)"], json: "")
            // A server that repeats the key it was sent, as real ones do in part.
            case "echo":
                connection.answer(
                    401,
                    json:
                        "{\"error\":{\"message\":\"Incorrect key: \(Self.canary)\",\"param\":\"\(Self.canary)\",\"x\":\"\(Self.canary)\"}}"
                )
            default: connection.close()
            }
        }
        defer { server.stop() }
        let dead = DeadPort()
        let client = try Samples.client(kind == "refused" ? dead.baseURL : server.baseURL, key: Self.canary)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
        let text = error.map { shows($0) } ?? ""
        for trace in Self.traces(of: Self.canary) { #expect(!text.contains(trace), "\(trace)") }
        #expect(!text.contains("u:p"))
    }

    @Test("The prompt is in no error")
    func prompt() async throws {
        let prompt = "canary prompt of the user"
        let server = try LoopbackServer { connection, request in connection.answer(500, json: "{}") }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.create(CreateRequest(prompt: prompt, model: "m"))
        }
        #expect(error.map { shows($0) }?.contains("canary") == false)
    }

    @Test("A redirect brings the key to nobody")
    func redirects() async throws {
        let other = try LoopbackServer { connection, _ in connection.answer(json: Samples.response([Samples.png])) }
        defer { other.stop() }
        for status in [301, 302, 303, 307, 308] {
            let server = try LoopbackServer { connection, _ in
                connection.answer(status, headers: ["Location: \(other.baseURL)/images/generations"], json: "")
            }
            defer { server.stop() }
            let client = try Samples.client(server)
            let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
            #expect(error?.code == .redirectRefused)
        }
        #expect(other.connections == 0)
    }

    @Test("The environment is read as documented, blank counting as absent")
    func environment() throws {
        let full = ImagesClient.Configuration(environment: [
            "OPENAI_API_KEY": Self.canary, "OPENAI_BASE_URL": " https://eu.api.openai.com/v1/ ", "OPENAI_ORG_ID": "org",
            "OPENAI_PROJECT_ID": "proj", "OPENAI_CUSTOM_HEADERS": "A: b\n\nC:d:e\r\n",
        ])
        #expect(full.apiKey == (try APIKey(Self.canary)))
        #expect(full.baseURL == "https://eu.api.openai.com/v1/")
        #expect(full.organization == "org" && full.project == "proj")
        #expect(full.headers.map { "\($0.0)=\($0.1)" } == ["A=b", "C=d:e"])
        let blank = ImagesClient.Configuration(environment: [
            "OPENAI_API_KEY": " ", "OPENAI_BASE_URL": "", "OPENAI_ORG_ID": "\t",
        ])
        #expect(blank.apiKey == nil && blank.problem == nil && blank.organization == nil)
        #expect(blank.baseURL == "https://api.openai.com/v1")
    }

    @Test("A malformed variable is told at the first request, since making a client cannot fail")
    func malformedEnvironment() async {
        for (environment, code) in [
            (["OPENAI_API_KEY": "a\r\nb"], ImagesAPIError.Code.invalidAPIKey),
            (["OPENAI_API_KEY": "sk-x", "OPENAI_CUSTOM_HEADERS": "no colon"], .invalidConfiguration),
        ] {
            let client = ImagesClient(configuration: .init(environment: environment))
            let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
            #expect(error?.code == code)
        }
    }
}
