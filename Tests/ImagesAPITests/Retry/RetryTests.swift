import Foundation
import Testing

@testable import ImagesAPI

@Suite("Retries")
struct RetryTests {
    private static let now = 1_700_000_000.0

    private func delay(_ fields: [(String, String)]) -> Duration? {
        RetryAfter.delay(ResponseHead(status: 429, fields: fields), now: Self.now)
    }

    @Test(
        "Retry-After is read in all its forms, and invalid values are ignored",
        arguments: [
            ("0", nil), ("-10", nil), ("1", 1_000), ("0.25", 250), ("60", 60_000), ("61", 61_000), ("120", 120_000),
            ("121", 121_000), ("1e2", 100_000), ("99999999999999999999999999999999999", nil), ("inf", nil),
            ("nan", nil),
            ("", nil), ("  ", nil), ("0x10", nil), ("soon", nil), ("5 seconds", nil), ("1,5", nil),
            ("Tue, 14 Nov 2023 22:13:50 GMT", 30_000), ("Tuesday, 14-Nov-23 22:13:50 GMT", 30_000),
            ("Tue Nov 14 22:13:50 2023", 30_000), ("Tue, 14 Nov 2023 22:13:10 GMT", nil),
            ("Sun, 06 Nov 1994 08:49:37 GMT", nil),
            ("Tue, 14 Foo 2023 22:13:50 GMT", nil), ("Tue, 14 Nov 2023 25:13:50 GMT", nil),
            ("Fri, 31 Dec 100000 23:59:59 GMT", nil), ("Tue, 14 Nov 2023 22:13:50", nil),
        ] as [(String, Int?)])
    func retryAfter(value: String, milliseconds: Int?) {
        #expect(delay([("Retry-After", value)]) == milliseconds.map { .milliseconds($0) })
    }

    @Test(
        "Milliseconds take precedence, zero included, and invalid ones are ignored",
        arguments: [
            ("500", 500), ("0", 0), ("-1", 10_000), ("x", 10_000), ("nan", 10_000), ("1.5", 2),
        ])
    func milliseconds(value: String, milliseconds: Int) {
        #expect(delay([("retry-after", "10"), ("RETRY-AFTER-MS", value)]) == .milliseconds(milliseconds))
    }

    @Test("Dates agree with Foundation's")
    func dates() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for seconds in stride(from: 0.0, to: 4e9, by: 12_345_678) {
            #expect(HTTPDate.seconds(formatter.string(from: Date(timeIntervalSince1970: seconds))) == seconds)
        }
    }

    @Test("Delays double from half a second to eight, shortened by up to a quarter")
    func backOff() {
        var error = ImagesAPIError(.serverError, "x", isRetryable: true)
        let policy = ImagesClient.RetryPolicy(maxRetries: 10)
        func wait(_ attempts: Int, _ jitter: Double) -> Duration? {
            policy.delay(after: error, attempts: attempts, jitter: jitter)
        }
        #expect((1...6).map { wait($0, 0) } == [500, 1_000, 2_000, 4_000, 8_000, 8_000].map { .milliseconds($0) })
        #expect(wait(1, 1) == .milliseconds(375))
        #expect(wait(11, 0) == nil)
        error.retryAfter = .seconds(120)
        #expect(wait(1, 0) == .seconds(120))
        error.retryAfter = .seconds(121)
        #expect(wait(1, 0) == nil)
        error.retryAfter = nil
        error.mayHaveBeenBilled = true
        #expect(wait(1, 0) == nil)
    }

    /// A client that repeats at once, and a server that fails in some way so many times.
    private func attempts(
        failures: Int, _ policy: ImagesClient.RetryPolicy = ImagesClient.RetryPolicy(),
        fail: @escaping @Sendable (Connection) -> Void,
        stream: Bool = false
    ) async throws -> (requests: Int, error: ImagesAPIError?, attempts: Int?) {
        let count = Locked(0)
        let server = try LoopbackServer { connection, _ in
            let number = count.withLock {
                $0 += 1; return $0
            }
            if number <= failures {
                fail(connection)
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        var quick = policy
        quick.baseDelay = .milliseconds(1)
        let client = try Samples.client(server) { [quick] in $0.retryPolicy = quick }
        if stream {
            let outcome = await StreamingTests.read(client.generateStream(Samples.generation))
            return (server.requests.count, outcome.error, nil)
        }
        do {
            return (server.requests.count, nil, try await client.generate(Samples.generation).attempts)
        } catch {
            return (server.requests.count, error, error.attempts)
        }
    }

    @Test(
        "Failures without an image are repeated twice at most", arguments: [408, 409, 429, 500, 502, 503], [0, 2, 4])
    func repeated(status: Int, failures: Int) async throws {
        for stream in [false, true] {
            let outcome = try await attempts(
                failures: failures, fail: { $0.respond(status, json: "{}") }, stream: stream)
            #expect((outcome.error == nil) == (failures <= 2))
            if let error = outcome.error {
                #expect(error.attempts == 3 && error.status == status)
                #expect(outcome.requests == 3)
            } else if !stream {
                #expect(outcome.attempts == failures + 1)
            }
        }
    }

    struct Final: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var fail: @Sendable (Connection) -> Void
    }

    static let finals = [
        Final(testDescription: "400") { $0.respond(400, json: "{}") },
        Final(testDescription: "401") { $0.respond(401, json: "{}") },
        Final(testDescription: "501") { $0.respond(501, json: "{}") },
        Final(testDescription: "504") { $0.respond(504, json: "{}") },
        Final(testDescription: "504 with x-should-retry: true") {
            $0.respond(504, headers: ["x-should-retry: true"], json: "{}")
        },
        Final(testDescription: "505") { $0.respond(505, json: "{}") },
        Final(testDescription: "524") { $0.respond(524, json: "{}") },
        Final(testDescription: "quota") { $0.respond(429, json: ErrorMappingTests.api("insufficient_quota")) },
        Final(testDescription: "moderation") { $0.respond(500, json: ErrorMappingTests.api("moderation_blocked")) },
        Final(testDescription: "x-should-retry: false") {
            $0.respond(503, headers: ["X-Should-Retry: false"], json: "{}")
        },
        Final(testDescription: "reset after the body") { $0.reset() },
        Final(testDescription: "closed after the body") { $0.close() },
        Final(testDescription: "half a response") {
            $0.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
            $0.close()
        },
        Final(testDescription: "a broken image") { $0.respond(json: "{\"data\":[{\"b64_json\":\"!\"}]}") },
        Final(testDescription: "a wait beyond two minutes") {
            $0.respond(429, headers: ["Retry-After: 121"], json: "{}")
        },
    ]

    @Test("Requests that may have been billed, or will fail again, are sent once", arguments: finals)
    func final(_ final: Final) async throws {
        let outcome = try await attempts(failures: 9, fail: final.fail)
        #expect(outcome.requests == 1)
        #expect(outcome.error?.attempts == 1)
        #expect(try await attempts(failures: 9, fail: final.fail, stream: true).requests == 1)
    }

    @Test("The server can ask for a retry of any response, and for its delay")
    func serverDelay() async throws {
        let outcome = try await attempts(
            failures: 1, fail: { $0.respond(400, headers: ["x-should-retry: true", "retry-after-ms: 3"], json: "{}") })
        #expect(outcome.error == nil && outcome.attempts == 2)
    }

    @Test("A refused connection is retried")
    func refused() async throws {
        let dead = try DeadPort()
        let client = try Samples.client(dead.baseURL) {
            $0.retryPolicy = ImagesClient.RetryPolicy(maxRetries: 3)
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.attempts == 4 && error?.code == .couldNotConnect)
    }

    @Test("A policy of one's own replaces the rule")
    func custom() async throws {
        var policy = ImagesClient.RetryPolicy()
        policy.decide = { error, attempts in error.status == 400 && attempts < 5 ? .zero : nil }
        let outcome = try await attempts(failures: 4, policy, fail: { $0.respond(400, json: "{}") })
        #expect(outcome.attempts == 5)
    }

    @Test("The possible cost of an earlier attempt is kept", arguments: [false, true], [false, true])
    func earlierCost(isStream: Bool, isCancelled: Bool) async throws {
        let count = Locked(0)
        let server = try LoopbackServer { connection, _ in
            let isFirst = count.withLock {
                $0 += 1; return $0 == 1
            }
            if isFirst { connection.close() } else { connection.respond(400, json: "{}") }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy.decide = { error, attempts in
                // The policy is called with the error of each attempt alone.
                guard attempts == 1, error.mayHaveBeenBilled else { return nil }
                return isCancelled ? .seconds(100) : .zero
            }
        }
        let task = Task { () -> ImagesAPIError? in
            if isStream { return await StreamingTests.read(client.generateStream(Samples.generation)).error }
            do { _ = try await client.generate(Samples.generation) } catch { return error as? ImagesAPIError }
            return nil
        }
        if isCancelled {
            while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
            try await Task.sleep(for: .milliseconds(50))
            task.cancel()
        }
        let error = await task.value
        #expect(error?.code == (isCancelled ? .cancelled : .badRequest))
        #expect(error?.mayHaveBeenBilled == true && error?.isRetryable == false)
        #expect(error?.attempts == (isCancelled ? 1 : 2))
    }

    @Test("After an event has been returned, a stream is never sent again")
    func streams() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(
                StreamingTests.head + "\r\n" + StreamingTests.event("partial_image", Samples.png, index: 0))
            connection.write("data: {\"error\":{\"message\":\"overloaded\",\"code\":\"server_error\"}}\n\n")
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.retryPolicy = ImagesClient.RetryPolicy() }
        let outcome = await StreamingTests.read(client.generateStream(Samples.generation, partialImages: 1))
        #expect(outcome.log.count == 1 && outcome.error?.code == .serverError)
        #expect(server.requests.count == 1)
    }

    @Test("Cancelling while waiting for a retry ends at once")
    func cancelledWait() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(503, headers: ["Retry-After: 100"], json: "{}")
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.retryPolicy = ImagesClient.RetryPolicy() }
        let task = Task { try await client.generate(Samples.generation) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .milliseconds(20))
        task.cancel()
        let error = await #expect(throws: ImagesAPIError.self) { try await task.value }
        #expect(error?.code == .cancelled && error?.mayHaveBeenBilled == false)
    }

    @Test("A thousand ambiguous failures are each sent exactly once")
    func money() async throws {
        let seen = Locked<[String: Int]>([:])
        let server = try LoopbackServer { connection, request in
            let prompt = (try? JSONDecoder().decode(JSONValue.self, from: request.body))?["prompt"]?.stringValue ?? ""
            seen.withLock { $0[prompt, default: 0] += 1 }
            switch (Int(prompt) ?? 0) % 8 {
            case 0: connection.reset()
            case 1: connection.close()
            case 2: connection.respond(504, json: "{}")
            case 3: connection.respond(524, headers: ["Content-Type: text/html"], json: "<html>")
            case 4:
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\":")
                connection.reset()
            case 5:
                connection.write(StreamingTests.head + "\r\n" + "event: image_generation.partial_image\n")
                connection.close()
            // Silence before the first byte, and in the middle.
            case 6: _ = connection.seesHangUp(within: 20)
            default:
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"data\":")
                _ = connection.seesHangUp(within: 20)
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.retryPolicy = ImagesClient.RetryPolicy()
            $0.maxConcurrentRequests = 250
            // Long enough for a busy machine to send a request in, which would rightly not be called billed otherwise.
            $0.timeouts.firstByte = .milliseconds(1_500)
            $0.timeouts.idle = .milliseconds(1_500)
        }
        let billed = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    let request = GenerationRequest(prompt: "\(number)", model: "m")
                    if number % 16 >= 8 {
                        return await StreamingTests.read(client.generateStream(request)).error?.mayHaveBeenBilled
                            == true
                    }
                    do {
                        _ = try await client.generate(request)
                        return false
                    } catch {
                        return (error as? ImagesAPIError)?.mayHaveBeenBilled == true
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(billed == 1_000)
        #expect(seen.withLock { $0.count } == 1_000)
        #expect(seen.withLock { $0.values.allSatisfy { $0 == 1 } })
    }
}
