import Foundation
import Testing

@testable import ImagesAPI

@Suite("Error mapping")
struct ErrorMappingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var status: Int
        var headers: [String] = ["Content-Type: application/json"]
        var body: String
        var code: ImagesAPIError.Code
        var retryable = false
        var billed = false
        var testDescription: String { "\(status) \(body.prefix(40)) \(headers.dropFirst())" }
    }

    static func api(_ code: String, type: String = "invalid_request_error") -> String {
        "{\"error\":{\"message\":\"m\",\"type\":\"\(type)\",\"param\":\"image[0]\",\"code\":\"\(code)\"}}"
    }

    static let html = ["Content-Type: text/html"]

    /// A hundred million zeros in 98,920 bytes of gzip, a million a block; Python's `gzip` unpacks them.
    static let packedZeros: Data = {
        let block =
            [0xEC, 0xC1, 1, 1, 0, 0, 0, 0x82, 0x20, 0xFF, 0xAF, 0x6E, 0x48, 0x40, 1]
            + [UInt8](repeating: 0, count: 968) + [0xAF, 6, 0, 0, 0xFF, 0xFF]
        let header: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]
        let trailer: [UInt8] = [3, 0, 0x4D, 0x55, 0x42, 0x21, 0x00, 0xE1, 0xF5, 0x05]
        return Data(header + (0..<100).flatMap { _ in block } + trailer)
    }()

    static let cases: [Case] = [
        Case(status: 400, body: api("invalid_value"), code: .badRequest),
        Case(
            status: 400, body: api("moderation_blocked", type: "image_generation_user_error"), code: .moderationBlocked),
        Case(status: 400, body: api("content_policy_violation"), code: .moderationBlocked),
        Case(status: 400, body: api("image_content_policy_violation"), code: .moderationBlocked),
        Case(
            status: 503, body: api("invalid_image_file", type: "image_generation_user_error"), code: .serverError),
        Case(
            status: 429, headers: ["x-should-retry: true"],
            body: api("image_generation_user_error", type: "image_generation_user_error"), code: .rateLimited),
        Case(status: 504, headers: ["X-Should-Retry: true"], body: "", code: .serverError, billed: true),
        Case(status: 522, headers: ["X-Should-Retry: true"], body: "", code: .serverError, billed: true),
        Case(status: 400, body: api("billing_hard_limit_reached"), code: .quotaExceeded),
        Case(status: 401, body: api("invalid_api_key"), code: .authenticationFailed),
        Case(status: 403, body: api("model_not_found"), code: .permissionDenied),
        Case(status: 404, body: api("model_not_found"), code: .notFound),
        Case(status: 408, body: "", code: .httpError, retryable: true),
        Case(status: 409, body: "{}", code: .httpError, retryable: true),
        Case(status: 413, headers: html, body: "<h1>Too large</h1>", code: .badRequest),
        Case(status: 422, body: "{\"detail\":\"d\"}", code: .badRequest),
        Case(status: 429, body: api("rate_limit_exceeded"), code: .rateLimited, retryable: true),
        Case(status: 429, body: api("insufficient_quota", type: "insufficient_quota"), code: .quotaExceeded),
        Case(status: 429, body: api("project_spend_limit_exceeded"), code: .quotaExceeded),
        Case(status: 500, body: "{\"error\":\"text\"}", code: .serverError, retryable: true),
        Case(status: 502, headers: html, body: "<html>Bad gateway</html>", code: .serverError, retryable: true),
        Case(status: 503, body: "{\"message\":\"busy\"}", code: .serverError, retryable: true),
        Case(status: 504, headers: html, body: "<html>", code: .serverError, billed: true),
        Case(status: 520, headers: html, body: "", code: .serverError, billed: true),
        Case(status: 524, headers: html, body: "", code: .serverError, billed: true),
        Case(status: 400, headers: ["X-Should-Retry: true"], body: api("x"), code: .badRequest, retryable: true),
        Case(status: 500, headers: ["x-should-retry: false"], body: api("x"), code: .serverError),
        Case(status: 301, headers: ["Location: https://evil.example/x?key=1"], body: "", code: .redirectRefused),
        Case(status: 307, headers: ["Location: /v2/images"], body: "", code: .redirectRefused),
        Case(status: 308, headers: [], body: "", code: .redirectRefused),
        Case(status: 200, headers: html, body: "<html>Welcome</html>", code: .unexpectedContent, billed: true),
        Case(status: 200, headers: html, body: "", code: .emptyResponse, billed: true),
        Case(status: 200, body: "", code: .emptyResponse, billed: true),
        Case(status: 200, body: "  \n", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{invalid", code: .malformedResponse, billed: true),
        Case(status: 200, body: "{\"data\":[{\"b64_json\":\"AA", code: .malformedResponse, billed: true),
        Case(status: 200, body: "[]", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[]}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":{}}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[{}]}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[{\"b64_json\":\"!!!!\"}]}", code: .malformedBase64, billed: true),
        Case(status: 200, body: "{\"data\":[{\"b64_json\":\"AAAA\"}]}", code: .malformedImage, billed: true),
        Case(status: 200, body: "{\"error\":{\"message\":\"m\"}}", code: .serverError, billed: true),
        Case(
            status: 200, headers: ["Content-Type: application/json", "Content-Encoding: gzip"], body: "x",
            code: .unexpectedContent, billed: true),
        Case(
            status: 200, headers: ["Content-Type: application/json", "Content-Encoding: br"], body: "x",
            code: .unexpectedContent, billed: true),
        Case(
            status: 200, headers: ["Content-Type: text/event-stream", "Content-Encoding: gzip"], body: "x",
            code: .unexpectedContent, billed: true),
        Case(
            status: 200,
            headers: ["Content-Type: application/json", "Content-Encoding: identity", "Content-Encoding: gzip"],
            body: "x", code: .unexpectedContent, billed: true),
        Case(status: 204, headers: [], body: "", code: .emptyResponse, billed: true),
        Case(status: 200, body: "null", code: .emptyResponse, billed: true),
        Case(status: 200, body: "7", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":\"x\"}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[7]}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[{\"b64_json\":7}]}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[{\"b64_json\":{}}]}", code: .emptyResponse, billed: true),
        Case(status: 200, body: "{\"data\":[{\"url\":7}]}", code: .emptyResponse, billed: true),
    ]

    @Test("Every response without an image has its own error, streamed or not", arguments: cases, [false, true])
    func wrongResponses(_ wrong: Case, isStreamed: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(wrong.status, headers: wrong.headers + ["x-request-id: req-9"], json: wrong.body)
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            ($0.spendingLimit, $0.assumedPrice) = (1, 0.25)
        }
        let error: ImagesAPIError? =
            if isStreamed {
                await StreamingTests.read(client.generateStream(Samples.generation)).error
            } else {
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            }
        #expect(error?.code == wrong.code)
        #expect(client.spending.dollars == (wrong.billed ? 0.25 : 0))
        #expect(error?.status == wrong.status)
        #expect(error?.requestID == "req-9")
        #expect(error?.isRetryable == wrong.retryable)
        #expect(error?.mayHaveBeenBilled == wrong.billed)
        #expect(error?.description.contains("key=1") == false)
    }

    @Test(
        "Unusual values beside the image are harmless, and an identity encoding is not a compression",
        arguments: [
            "Content-Encoding: identity", "Content-Encoding: IDENTITY", "Content-Encoding:", "X: y",
        ])
    func oddValues(header: String) async throws {
        let image = Samples.png.base64EncodedString()
        let server = try LoopbackServer { connection, _ in
            connection.respond(
                headers: ["Content-Type: application/json", header],
                json: "{\"created\":\"x\",\"usage\":[],\"size\":{},\"data\":[{\"b64_json\":\"\(image)\",\"url\":[]}]}"
            )
        }
        defer { server.stop() }
        let response = try await Samples.client(server).generate(Samples.generation)
        #expect(
            response.data == Samples.png && response.created == nil && response.usage == nil && response.size == nil)
    }

    @Test(
        "A body that is to be unpacked on the way is refused, before it grows",
        arguments: ["Content-Encoding: gzip", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: GZIP,chunked"],
        ["application/json", "text/event-stream"])
    func bomb(header: String, type: String) async throws {
        let packed = Self.packedZeros
        let isChunked = header.hasPrefix("Transfer")
        let server = try LoopbackServer { connection, _ in
            connection.write("HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\n\(header)\r\n")
            if isChunked {
                connection.write("\r\n\(String(packed.count, radix: 16))\r\n")
                connection.write(packed)
                connection.write("\r\n0\r\n\r\n")
            } else {
                connection.write("Content-Length: \(packed.count)\r\n\r\n")
                connection.write(packed)
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let plain = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        let streamed = await StreamingTests.read(client.generateStream(Samples.generation)).error
        let file = await #expect(throws: ImagesAPIError.self) { try await client.fileContent("f") }
        for error in [plain, streamed, file] {
            #expect(error?.code == .unexpectedContent && error?.message.contains("gzip") == true)
        }
        // What may have been paid for is kept packed, as it came, and what the transport would unpack is not read.
        for error in [plain, streamed] {
            #expect(error?.bytesReceived == (isChunked ? 0 : packed.count))
            #expect(error?.body == (isChunked ? nil : packed))
        }
        #expect(file?.bytesReceived == 0 && file?.body == nil)
        #expect(plain?.mayHaveBeenBilled == true && streamed?.mayHaveBeenBilled == true)
        #expect(file?.mayHaveBeenBilled == false)
    }

    @Test(
        "An HTTP error whose body stands still is still that error", arguments: [401, 429, 503, 504], [false, true])
    func stalledError(status: Int, isStreamed: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write("HTTP/1.1 \(status) X\r\nContent-Length: 500\r\n\r\n{\"error\":")
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.timeouts.idle = .milliseconds(300) }
        let error: ImagesAPIError? =
            if isStreamed {
                await StreamingTests.read(client.generateStream(Samples.generation)).error
            } else {
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            }
        #expect(error?.code == HTTPErrors.code(status: status, api: nil) && error?.status == status)
        #expect(error?.isRetryable == [429, 503].contains(status) && error?.mayHaveBeenBilled == (status == 504))
    }

    @Test("The error for a truncated response contains its complete images", arguments: [false, true])
    func cut(isStreamed: Bool) async throws {
        let whole = Samples.png(byteCount: 3_000)
        let json = Samples.response([whole, Samples.jpeg, whole])
        let server = try LoopbackServer { connection, _ in
            let end = json.utf8.count - 2_000
            connection.write(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(json.utf8.count)\r\n\r\n"
                    + json.prefix(end))
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let request = GenerationRequest(prompt: "p", model: "m", n: 3)
        let error: ImagesAPIError? =
            if isStreamed {
                await StreamingTests.read(client.generateStream(request)).error
            } else {
                await #expect(throws: ImagesAPIError.self) { try await client.generate(request) }
            }
        #expect(error?.code == .connectionLost && error?.mayHaveBeenBilled == true)
        #expect(error?.partialImages.map(\.data) == [whole, Samples.jpeg])
    }

    @Test("An error contains the diagnostic header fields, and no others", arguments: [false, true])
    func headers(isStreamed: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(
                429,
                headers: [
                    "X-RateLimit-Remaining-Requests: 0", "x-ratelimit-reset-tokens: 6m0s", "Retry-After: 7",
                    "OpenAI-Processing-Ms: 12", "X-Should-Retry: \u{1B}[31mfalse", "Set-Cookie: a=b",
                    "x-ratelimit-echo: sk-test-0123456789",
                ], json: "{}")
        }
        defer { server.stop() }
        let client = try Samples.client(server, key: "sk-test-0123456789")
        let error: ImagesAPIError? =
            if isStreamed {
                await StreamingTests.read(client.generateStream(Samples.generation)).error
            } else {
                await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
            }
        #expect(
            error?.headers == [
                "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-tokens": "6m0s", "retry-after": "7",
                "openai-processing-ms": "12", "x-should-retry": "\\u{1b}[31mfalse", "x-ratelimit-echo": "***",
            ])
        #expect(error?.retryAfter == .seconds(7))
    }

    @Test("An invalid delay in milliseconds leaves the one in seconds")
    func absurdMilliseconds() {
        for (milliseconds, seconds) in [("1e300", 10), ("-1", 10), ("nan", 10), ("2000", 2)] {
            let head = ResponseHead(status: 429, fields: [("retry-after-ms", milliseconds), ("retry-after", "10")])
            #expect(RetryAfter.delay(head, now: 0) == .seconds(seconds))
        }
    }

    @Test("The server's error object is kept completely")
    func errorObject() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(
                400,
                json:
                    #"{"error":{"message":"no \u001b[31m","type":"t","param":"p","code":17,"moderation_details":{"moderation_stage":"input","categories":["violence",7,"new"]}}}"#
            )
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.apiError?.code == "17")
        #expect(error?.apiError?.param == "p")
        #expect(error?.apiError?.extra["moderation_details"]?["moderation_stage"] == "input")
        #expect(
            error?.apiError?.moderationStage == "input" && error?.apiError?.moderationCategories == ["violence", "new"])
        let other = ImagesAPIError.ErrorObject(message: "m", extra: ["moderation_details": 7])
        #expect(other.moderationStage == nil && other.moderationCategories.isEmpty)
        #expect(error?.message.contains("\u{1B}") == false)
    }

    @Test(
        "A broken connection has its own error",
        arguments: [
            ("", false), ("HTTP/1.1 200 OK\r\n", true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"dat", true),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", true),
        ], ["FIN", "RST"])
    func broken(response: (String, Bool), kind: String) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(response.0)
            if kind == "RST" { connection.reset() } else { connection.close() }
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect([.connectionLost, .transportFailed, .malformedResponse].contains(error?.code))
        #expect(error?.mayHaveBeenBilled == true)
        #expect(error?.isRetryable == false)
        #expect(server.requests.count == 1)
    }

    @Test("A request on a kept connection that breaks is not sent twice")
    func staleConnection() async throws {
        let server = try LoopbackServer { connection, request in
            if request.body.count > 60 {
                connection.close()
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        _ = try await client.generate(GenerationRequest(prompt: "a", model: "m"))
        let long = GenerationRequest(prompt: String(repeating: "b", count: 100), model: "m")
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(long) }
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveBeenBilled == true)
        #expect(server.requests.filter { $0.body.count > 60 }.count == 1)
    }

    @Test(
        "Garbage in place of HTTP is refused",
        arguments: ["hello\r\n\r\n", "SSH-2.0-x\r\n", "HTTP/1.1 abc\r\n\r\n", "\u{0}\u{1}\u{2}\r\n\r\n"])
    func garbage(text: String) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(text)
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .malformedResponse)
        #expect(error?.mayHaveBeenBilled == true && error?.isRetryable == false)
    }

    @Test("Endless headers meet their limits", arguments: ["bytes", "fields", "103 Early Hints", "100 Continue"])
    func endlessHeaders(kind: String) async throws {
        let isInterim = kind.contains(" ")
        let server = try LoopbackServer { connection, _ in
            connection.write("HTTP/1.1 \(isInterim ? kind : "200 OK")\r\n")
            for index in 0..<5_000 {
                let line =
                    switch kind {
                    case "bytes": "X-\(index): \(String(repeating: "y", count: 2_000))\r\n"
                    case "fields": "X-\(index): y\r\n"
                    default: "\r\nHTTP/1.1 \(kind)\r\n"
                    }
                guard connection.write(line) else { return }
            }
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .limitExceeded)
    }

    @Test("A response over the limit ends the transfer, by its length or by its bytes")
    func tooLong() async throws {
        let server = try LoopbackServer { connection, request in
            if request.body.count.isMultiple(of: 2) {
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999999999999\r\n\r\n")
                _ = connection.seesHangUp(within: 5)
            } else {
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"data\":[{\"b64_json\":\"")
                while connection.write([UInt8](repeating: 0x41, count: 65_536)) {}
            }
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.limits.wireBytesPerImage = 1_000_000 }
        for prompt in ["x", "xx"] {
            let error = await #expect(throws: ImagesAPIError.self) {
                try await client.generate(GenerationRequest(prompt: prompt, model: "m"))
            }
            #expect(error?.code == .limitExceeded)
            #expect(error?.mayHaveBeenBilled == true)
        }
    }

    @Test(
        "A redirect is refused with the host that it names",
        arguments: [
            ("https://evil.example/x?key=1", "evil.example"), ("HTTP://user@evil.example#x", "evil.example"),
            ("//evil.example/x", "evil.example"), ("/login?return=https://a.example/", "another path"),
            ("login:x?return=https://a.example/", "another path"), ("?next=//a.example", "another path"),
            ("https:///x", "another host"), ("", "another path"),
        ])
    func redirects(location: String, target: String) {
        let error = ResponseRules.problem(in: ResponseHead(status: 302, fields: [("location", location)]), host: "h")
        #expect(error?.message.contains("redirects to \(target);") == true)
    }
}
