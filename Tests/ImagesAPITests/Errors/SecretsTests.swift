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
        let error = #expect(throws: ImagesAPIError.self) { try ImagesClient.APIKey(text) }
        #expect(error?.code == .invalidAPIKey)
        #expect(error.map { shows($0) }?.contains("canar") == false)
    }

    @Test("No text that is printed, dumped or encoded contains the key")
    func printing() throws {
        var configuration = ImagesClient.Configuration(environment: [:])
        let key = try ImagesClient.APIKey(Self.canary)
        configuration.apiKey = key
        configuration.headers = [("X-Secret", Self.canary)]
        configuration.query = [("code", Self.canary)]
        configuration.apiKeyProvider = { key }
        let client = ImagesClient(configuration: configuration)
        let encoded = String(decoding: try JSONEncoder().encode([key]), as: UTF8.self)
        #expect(encoded == "[\"***\"]")
        let all = shows(key) + shows(configuration) + shows(client) + encoded + shows([key: 1])
        for trace in Self.traces(of: Self.canary) { #expect(!all.contains(trace), "\(trace)") }
    }

    @Test("No error contains the key", arguments: ["400", "reset", "redirect", "echo", "refused"])
    func errors(kind: String) async throws {
        let server = try LoopbackServer { connection, request in
            switch kind {
            case "400": connection.respond(400, json: "{\"error\":{\"message\":\"m\"}}")
            case "reset": connection.reset()
            case "redirect":
                connection.respond(302, headers: ["Location: https://u:p@evil.example/?k=\(Self.canary)"], json: "")
            // A server that repeats the key it was sent, as real ones do in part.
            case "echo":
                connection.respond(
                    401,
                    json:
                        "{\"error\":{\"message\":\"Incorrect key: \(Self.canary)\",\"param\":\"\(Self.canary)\",\"x\":\"\(Self.canary)\"}}"
                )
            default: connection.close()
            }
        }
        defer { server.stop() }
        let dead = try DeadPort()
        let client = try Samples.client(kind == "refused" ? dead.baseURL : server.baseURL, key: Self.canary)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        let text = error.map { shows($0) } ?? ""
        for trace in Self.traces(of: Self.canary) { #expect(!text.contains(trace), "\(trace)") }
        #expect(!text.contains("u:p"))
    }

    static let gatewayCanary = "gateway-canary-0123456789+/abcdef"

    /// The ways in which servers repeat a secret.
    static let echoes: [String: @Sendable (String) -> String] = [
        "plain": { $0 }, "quoted": { "\"\($0)\"" },
        "base64": { Data($0.utf8).base64EncodedString() },
        "base64 of the header": { Data("Bearer \($0)".utf8).base64EncodedString() },
        "base64 of the line": { Data("Authorization: Bearer \($0)\r\n".utf8).base64EncodedString() },
        "percent": { $0.replacingOccurrences(of: "-", with: "%2D").replacingOccurrences(of: "/", with: "%2F") },
        "percent, small": { $0.replacingOccurrences(of: "-", with: "%2d").replacingOccurrences(of: "+", with: "%2b") },
        "percent, all": { $0.utf8.map { "%" + String($0, radix: 16) }.joined() },
    ]

    /// Every way to find a secret again; of the base64 of a longer text the part that holds nothing but the secret.
    static func allTraces(of secret: String) -> [String] {
        echoes.values.map { $0(secret) } + [String(secret.prefix(8)), String(secret.dropFirst(4).dropLast(4))]
            + (0..<3).map { before in
                let text = Data([UInt8](repeating: 0x20, count: before) + Array(secret.utf8)).base64EncodedString()
                return String(text.dropFirst(6).prefix(24))
            }
    }

    static func respond(_ echo: String, in place: String, on connection: Connection) {
        switch place {
        case "message":
            connection.respond(
                401, json: "{\"error\":{\"message\":\"Incorrect: \(echo.replacingOccurrences(of: "\"", with: "'"))\"}}")
        case "members":
            let text = echo.replacingOccurrences(of: "\"", with: "'")
            connection.respond(400, json: "{\"error\":{\"param\":\"\(text)\",\"\(text)\":[{\"x\":\"\(text)\"}]}}")
        case "HTML":
            connection.respond(502, headers: ["Content-Type: text/html"], json: "<html><i>\(echo)</i></html>")
        case "request id": connection.respond(500, headers: ["x-request-id: r-\(echo)"], json: "{}")
        case "location": connection.respond(302, headers: ["Location: https://\(echo).example/\(echo)"], json: "")
        default: connection.respond(headers: ["Content-Type: \(echo)/x", "x-request-id: \(echo)"], json: "{}")
        }
    }

    @Test(
        "Nothing of a secret comes back in errors or to observers, however and wherever a server repeats it",
        arguments: echoes.keys.sorted(), ["message", "members", "HTML", "request id", "location", "type"])
    func echoed(form: String, place: String) async throws {
        let echo = try #require(Self.echoes[form])
        for secret in [Self.canary, Self.gatewayCanary] {
            let server = try LoopbackServer { connection, _ in
                Self.respond(echo(secret), in: place, on: connection)
            }
            defer { server.stop() }
            let notebook = ObservationTests.Notebook()
            let client = try Samples.client(server, key: Self.canary) {
                $0.headers = [("X-Gateway", "Token \(Self.gatewayCanary)")]
                $0.observers = [notebook]
            }
            let errors = [
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) },
                await StreamingTests.read(client.generateStream(Samples.generation)).error,
                await #expect(throws: ImagesAPIError.self) { try await client.file("f") },
            ]
            while notebook.outcomes.withLock({ $0.count }) < 3 { try await Task.sleep(for: .milliseconds(1)) }
            let text = shows(errors) + shows(notebook.outcomes.withLock { $0 })
            let traces = Self.allTraces(of: secret).filter { secret == Self.canary || $0 != secret.prefix(8) }
            for trace in traces { #expect(!text.contains(trace), "\(secret) as \(trace)") }
        }
    }

    @Test("A shortened key is removed with the rest of its word")
    func shortened() throws {
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(Self.canary))
        #expect(scrubber.scrub("key sk-canar********cdef.") == "key ***")
        #expect(scrubber.scrub("'sk-canary-01...'; é sk-canar é") == "'***'; é *** é")
        #expect(scrubber.scrub("sk-cana sk sk-canny") == "sk-cana sk sk-canny")
        #expect(SecretScrubber().scrub("sk-canary 100 %") == "sk-canary 100 %")
    }

    @Test("Values that only identify something are not removed, and neither are short words")
    func names() {
        let scrubber = SecretScrubber(
            key: nil, fields: [("X-Request-Id", "0123456789abcdef"), ("X-Region", "eastus2 westeurope")])
        #expect(scrubber.scrub("0123456789abcdef in eastus2") == "0123456789abcdef in eastus2")
    }

    @Test("The lines of a batch contain no secrets either")
    func batchLines() async throws {
        let line =
            "{\"custom_id\":\"a\",\"response\":{\"status_code\":401,\"request_id\":\"\(Self.canary)\",\"body\":{\"error\":{\"message\":\"\(Self.canary)\"}}}}\n"
        let server = try LoopbackServer { connection, _ in
            connection.respond(headers: ["Content-Type: application/octet-stream"], json: line)
        }
        defer { server.stop() }
        var text = ""
        for try await result in try Samples.client(server, key: Self.canary).batchResults(fileID: "f") {
            text += shows(result)
        }
        #expect(text.contains("authenticationFailed"))
        for trace in Self.traces(of: Self.canary) { #expect(!text.contains(trace), "\(trace)") }
    }

    @Test(
        "Taking secrets out is quick, whatever the key begins with and however often its beginning comes",
        .timeLimit(.minutes(1)),
        arguments: [
            "\"sk-canary-0123456789\"", "'sk-canary-0123456789'", "<sk-proj-0123456789", "((((((((((((", ",;><)(\"'sk",
            "sk-proj-0123456789abcdef", "%%%%%%%%%%%%",
        ])
    func quick(key: String) throws {
        let scrubber = SecretScrubber(key: try ImagesClient.APIKey(key))
        // A mebibyte where it matters; the tests run unoptimized.
        let text = String(repeating: key.prefix(8) + " ", count: key.hasPrefix("sk-") ? 116_509 : 5_000) + key
        let start = ContinuousClock.now
        #expect(!scrubber.scrub(text).contains(key.prefix(8)))
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    static let prompt = "canary prompt of the user"

    /// Every public value that a key or a prompt goes into, after use, by name.
    private func carriers(_ client: ImagesClient, _ upload: ImageUpload) async throws -> [(String, Any)] {
        var create = GenerationRequest(
            prompt: Self.prompt, model: "m", extra: ["prompt_rewriter": .string(Self.prompt)])
        create.safetyIdentifier = "hash"
        var edit = EditRequest(images: [upload], mask: upload, prompt: Self.prompt, model: "m")
        edit.extra = ["other": ["deep": .string(Self.prompt)]]
        var variation = VariationRequest(image: upload)
        variation.isEmulated = true
        variation.emulationPrompt = Self.prompt
        var writer = Batch.InputWriter()
        _ = try writer.append(create, customID: "a")
        var stream = client.generateStream(create, partialImages: 1).makeAsyncIterator()
        let event = try await stream.next()
        var results = client.batchResults(fileID: "f").makeAsyncIterator()
        _ = try? await results.next()
        return [
            ("create", create), ("edit", edit), ("variation", variation), ("writer", writer), ("stream", stream),
            ("event", event as Any), ("results", results), ("client", client), ("configuration", client.configuration),
            ("response", try await client.generate(create)), ("outcome", try await client.vary(variation)),
            ("issues", create.validate() + edit.validate()), ("estimate", create.estimate()),
            ("unread stream", client.editStream(edit)), ("spending", client.spending),
        ]
    }

    @Test("No value with a key or a prompt shows it when printed, dumped or reflected, during a request or after")
    func carriers() async throws {
        let server = try LoopbackServer { connection, request in
            if request.body.range(of: Data("\"stream\"".utf8)) != nil {
                connection.write(
                    StreamingTests.head + "\r\n" + StreamingTests.event("partial_image", Samples.png, index: 0))
                _ = connection.seesHangUp(within: 20)
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server, key: Self.canary) {
            $0.headers = [("X-Secret", Self.canary)]
            ($0.spendingLimit, $0.assumedPrice) = (1, 0.01)
            $0.imagesPerMinute = 60_000
        }
        for (name, value) in try await carriers(client, ImageUpload(Samples.png)) {
            let text = shows(value)
            for trace in Self.traces(of: Self.canary) { #expect(!text.contains(trace), "\(name): \(trace)") }
            #expect(!text.contains(Self.prompt), "\(name)")
        }
        #expect(shows(GenerationRequest(prompt: Self.prompt, model: "m")).contains("25 characters"))
    }

    static let brokenPayloads: [(text: String, code: ImagesAPIError.Code)] = [
        ("{\"revised_prompt\":\"\(prompt)\",\"b64_json\":\"canary!\"}", .malformedBase64),
        ("{\"revised_prompt\":\"canary", .malformedResponse), ("canary garbage", .malformedResponse),
        ("{\"x\":canary", .malformedResponse),
    ]

    @Test(
        "A payload that cannot be read is in no error and reaches no observer", arguments: brokenPayloads,
        [true, false])
    func payload(broken: (text: String, code: ImagesAPIError.Code), stream: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            if stream {
                connection.respond(headers: ["Content-Type: text/event-stream"], json: "data: \(broken.text)\n\n")
            } else {
                connection.respond(json: broken.text)
            }
        }
        defer { server.stop() }
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) { $0.observers = [notebook] }
        let error: ImagesAPIError? =
            if stream {
                await StreamingTests.read(client.generateStream(Samples.generation)).error
            } else {
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            }
        while notebook.outcomes.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
        #expect(error?.code == broken.code)
        #expect(error.map { shows($0) }?.contains("canary") == false)
        #expect(!shows(notebook.outcomes.withLock { $0 }).contains("canary"))
    }

    @Test("No error contains the prompt")
    func prompt() async throws {
        let prompt = Self.prompt
        let server = try LoopbackServer { connection, request in connection.respond(500, json: "{}") }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.generate(GenerationRequest(prompt: prompt, model: "m"))
        }
        #expect(error.map { shows($0) }?.contains("canary") == false)
    }

    @Test("A redirect does not pass on the key")
    func redirects() async throws {
        let other = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { other.stop() }
        for status in [300, 301, 302, 303, 305, 307, 308] {
            let server = try LoopbackServer { connection, _ in
                connection.respond(status, headers: ["Location: \(other.baseURL)/images/generations"], json: "")
            }
            defer { server.stop() }
            let client = try Samples.client(server)
            let large = EditRequest(
                images: [try ImageUpload(Samples.png(byteCount: 1_000_000))], prompt: "p", model: "m")
            let errors = [
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) },
                await #expect(throws: ImagesAPIError.self) { try await client.edit(large) },
                await #expect(throws: ImagesAPIError.self) { try await client.fileContent("f") },
                await StreamingTests.read(client.generateStream(Samples.generation)).error,
            ]
            for error in errors { #expect(error?.code == .redirectRefused && error?.mayHaveBeenBilled == false) }
            #expect(server.requests.count == 4)
        }
        #expect(other.connections == 0)
    }

    @Test("The environment variables are read as documented, and blank ones count as absent")
    func environment() throws {
        let full = ImagesClient.Configuration(environment: [
            "OPENAI_API_KEY": Self.canary + "\r\n", "OPENAI_BASE_URL": " https://eu.api.openai.com/v1/ ",
            "OPENAI_ORG_ID": "org",
            "OPENAI_PROJECT_ID": "proj", "OPENAI_CUSTOM_HEADERS": "A: b\n\nC:d:e\r\n",
        ])
        #expect(full.apiKey == (try ImagesClient.APIKey(Self.canary)))
        #expect(full.baseURL == "https://eu.api.openai.com/v1/")
        #expect(full.organization == "org" && full.project == "proj")
        #expect(full.headers.map { "\($0.0)=\($0.1)" } == ["A=b", "C=d:e"])
        let blank = ImagesClient.Configuration(environment: [
            "OPENAI_API_KEY": " ", "OPENAI_BASE_URL": "", "OPENAI_ORG_ID": "\t",
        ])
        #expect(blank.apiKey == nil && blank.problem == nil && blank.organization == nil)
        #expect(blank.baseURL == "https://api.openai.com/v1")
    }

    @Test("The first request reports a malformed variable, since making a client cannot fail")
    func malformedEnvironment() async {
        for (environment, code) in [
            (["OPENAI_API_KEY": "a\r\nb"], ImagesAPIError.Code.invalidAPIKey),
            (["OPENAI_API_KEY": "sk-x", "OPENAI_CUSTOM_HEADERS": "no colon"], .invalidConfiguration),
        ] {
            let client = ImagesClient(configuration: .init(environment: environment))
            let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            #expect(error?.code == code)
        }
    }
}
