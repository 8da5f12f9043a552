import Foundation
import Testing

@testable import ImagesAPI

@Suite("Observers, spool, rate limit and spending")
struct ObservationTests {
    /// Records its calls.
    final class Notebook: ImagesClient.Observer {
        let lines = Locked<[String]>([])
        let outcomes = Locked<[ImagesClient.Attempt.Outcome]>([])

        func begin(
            _ attempt: ImagesClient.Attempt
        ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
            lines.withLock { $0.append("begin \(attempt.operation) \(attempt.model?.rawValue ?? "-")") }
            return (
                [("traceparent", "00-1-2-01"), ("Authorization", "forged"), ("bad\r\n", "x")],
                { outcome in
                    self.lines.withLock { $0.append("end \(outcome.label) \(outcome.status ?? 0)") }
                    self.outcomes.withLock { $0.append(outcome) }
                }
            )
        }
    }

    private func temporaryFolder() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test("Every attempt is observed once, with bounded labels and no secret")
    func attempts() async throws {
        let count = Locked(0)
        let server = try LoopbackServer { connection, request in
            let number = count.withLock {
                $0 += 1; return $0
            }
            if number == 1 {
                connection.respond(503, headers: ["x-request-id: r1"], json: "{}")
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let notebook = Notebook()
        let client = try Samples.client(server, key: SecretsTests.canary) {
            $0.observers = [notebook]
            $0.retryPolicy.maxRetries = 1
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        _ = try await client.generate(Samples.generation)
        _ = await StreamingTests.read(client.generateStream(Samples.generation))
        _ = try? await client.file("file-secret")
        // The ends are observed on the transport's thread, possibly after the response has been returned: in order
        // among themselves.
        while notebook.lines.withLock({ $0 }).count < 8 { try await Task.sleep(for: .milliseconds(1)) }
        let lines = notebook.lines.withLock { $0 }
        #expect(
            lines.filter { $0.hasPrefix("begin") } == [
                "begin images.generations gpt-image-2.6-flare", "begin images.generations gpt-image-2.6-flare",
                "begin images.generations gpt-image-2.6-flare", "begin files -",
            ])
        #expect(
            lines.filter { $0.hasPrefix("end") } == ["end serverError 503", "end ok 200", "end ok 200", "end ok 200"])
        var text = ""
        dump(notebook.outcomes.withLock { $0 }, to: &text)
        #expect(!text.contains("canary") && !text.contains("lighthouse") && !text.contains("file-secret"))
        #expect(notebook.outcomes.withLock { $0[0].requestID } == "r1")
        #expect(
            server.requests.allSatisfy {
                $0["traceparent"] == "00-1-2-01" && $0["authorization"] == "Bearer \(SecretsTests.canary)"
            })
    }

    @Test("The complete raw response is on disk before its caller has it", arguments: [false, true])
    func spool(stream: Bool) async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let image = Samples.png(byteCount: 700_000)
        let json = Samples.response([image])
        let events =
            (0..<3).map { StreamingTests.event("partial_image", image, index: $0) }.joined()
            + StreamingTests.event("completed", image)
        let server =
            stream
            ? try StreamingTests.server([events])
            : try LoopbackServer { connection, _ in connection.respond(json: json) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.spoolDirectory = folder }
        if stream {
            for try await _ in client.generateStream(Samples.generation, partialImages: 3) {
                try await Task.sleep(for: .milliseconds(5))
            }
            // The end of the response is read after its last image has been returned.
            for _ in 0..<1_000
            where try FileManager.default.contentsOfDirectory(atPath: folder).contains(where: { $0.hasSuffix(".part") })
            {
                try await Task.sleep(for: .milliseconds(5))
            }
        } else {
            let response = try await client.generate(Samples.generation)
            #expect(response.spooledFile?.hasPrefix(folder + "/gesso-") == true)
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        let name = try #require(names.first { !$0.hasSuffix(".entry") })
        #expect(names.count == 2 && name.hasSuffix(stream ? ".sse" : ".json"))
        let kept = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
        #expect(kept == Data((stream ? events : json).utf8))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(try ImagesResponse(saved: kept).images.map(\.data) == [image])
    }

    @Test("A response that cannot be read is kept, and the error contains its path")
    func spoolBroken() async throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try LoopbackServer { connection, _ in
            connection.respond(json: "{\"data\":[{\"b64_json\":\"AAAA\"}]}")
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.spoolDirectory = folder }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        let path = try #require(error?.facts["spooledFile"])
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("AAAA"))
    }

    @Test("Failures of the spool lose no paid image")
    func spoolMissing() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.spoolDirectory = "/nonexistent/folder"
            $0.allowsUnspooledRequests = true
        }
        let response = try await client.generate(Samples.generation)
        #expect(response.data == Samples.png && response.spooledFile == nil)
    }

    @Test("Requests are spaced by their images, in the order they come")
    func spacing() {
        let start = ContinuousClock.now
        var schedule = RateLimitSchedule(imagesPerMinute: 60, inputImagesPerMinute: 120, now: start)
        func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }
        #expect(schedule.reserve(images: 1, inputImages: 0, now: start) == at(0))
        #expect(schedule.reserve(images: 2, inputImages: 0, now: start) == at(1))
        #expect(schedule.reserve(images: 1, inputImages: 10, now: start) == at(3))
        #expect(schedule.reserve(images: 1, inputImages: 1, now: start) == at(8))
        #expect(schedule.reserve(images: 1, inputImages: 0, now: at(100)) == at(100))
    }

    @Test("A 429 delays all requests and halves the rate; successes raise it again")
    func learned() {
        let start = ContinuousClock.now
        var schedule = RateLimitSchedule(imagesPerMinute: 60, now: start)
        schedule.throttled(retryAfter: .seconds(7), now: start)
        #expect(schedule.share == 0.5)
        let first = schedule.reserve(images: 1, inputImages: 0, now: start)
        #expect(first == start + .seconds(7))
        #expect(schedule.reserve(images: 1, inputImages: 0, now: start) == first + .seconds(2))
        for _ in 0..<100 { schedule.throttled(retryAfter: nil, now: start) }
        #expect(schedule.share == 0.05)
        for _ in 0..<100 { schedule.succeeded() }
        #expect(schedule.share == 1)
    }

    @Test("No response delays all requests for longer than the limit")
    func absurdHold() {
        let start = ContinuousClock.now
        var schedule = RateLimitSchedule(imagesPerMinute: 60, now: start)
        schedule.throttled(retryAfter: .seconds(1_000_000_000), now: start)
        #expect(schedule.reserve(images: 1, inputImages: 0, now: start) == start + .seconds(120))
    }

    @Test("Leaving the queue makes room, and requests that would wait too long are refused at once")
    func queue() {
        let start = ContinuousClock.now
        func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }
        func waiter(_ id: Int, until seconds: Double = 600) -> RateLimitQueue.Waiter {
            RateLimitQueue.Waiter(id: id, images: 1, inputImages: 0, deadline: at(seconds))
        }
        var queue = RateLimitQueue(RateLimitSchedule(imagesPerMinute: 10, now: start))
        func advance(at seconds: Double) -> RateLimitQueue.Step { queue.advance(now: at(seconds)) }
        for id in 0...100 { queue.join(waiter(id)) }
        #expect(advance(at: 0) == RateLimitQueue.Step(admitted: [0], next: at(6)))
        queue.join(waiter(101))
        #expect(advance(at: 1) == RateLimitQueue.Step(refused: [101], next: at(6)))
        let gone = (1..<100).filter { queue.leave($0) }
        let again = queue.leave(1)
        #expect(gone.count == 99 && !again)
        queue.join(waiter(102, until: 12))
        queue.join(waiter(103, until: 17))
        #expect(advance(at: 5) == RateLimitQueue.Step(refused: [103], next: at(6)))
        // Held back while they wait.
        queue.throttled(retryAfter: .seconds(20), now: at(5))
        #expect(advance(at: 6) == RateLimitQueue.Step(refused: [102], next: at(25)))
        #expect(advance(at: 25) == RateLimitQueue.Step(admitted: [100]))
        queue.join(waiter(104))
        let sentAway = queue.close()
        #expect(sentAway == [104] && advance(at: 99) == RateLimitQueue.Step())
    }

    @Test(
        "An account without money does not hold the others back, and too many requests do",
        arguments: [("insufficient_quota", false), ("rate_limit_exceeded", true)])
    func quota(code: String, isHeld: Bool) async throws {
        let server = try LoopbackServer { connection, request in
            if request.body.range(of: Data("refuse".utf8)) != nil {
                connection.respond(429, headers: ["Retry-After: 60"], json: ErrorMappingTests.api(code))
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.imagesPerMinute = 60_000
            $0.timeouts.total = .seconds(30)
        }
        _ = try? await client.generate(GenerationRequest(prompt: "refuse", model: "m"))
        var error: ImagesAPIError?
        do { _ = try await client.generate(Samples.generation) } catch let thrown { error = thrown }
        #expect(error?.code == (isHeld ? .overloaded : nil))
    }

    @Test("Waiting for the rate limit ends with the task and with the client, and is refused if it would take too long")
    func waiting() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imagesPerMinute = 1 }
        _ = try await client.generate(Samples.generation)
        let tasks = (0..<10).map { _ in Task { try await client.generate(Samples.generation) } }
        try await Task.sleep(for: .milliseconds(50))
        for task in tasks { task.cancel() }
        for task in tasks {
            let error = await #expect(throws: ImagesAPIError.self) { try await task.value }
            #expect(error?.code == .cancelled && error?.mayHaveBeenBilled == false)
        }
        let impatient = client.with { $0.timeouts.total = .seconds(1) }
        let late = await #expect(throws: ImagesAPIError.self) { try await impatient.generate(Samples.generation) }
        #expect(late?.code == .overloaded && late?.mayHaveBeenBilled == false)
        let last = Task { try await client.generate(Samples.generation) }
        let stream = Task { await StreamingTests.read(client.generateStream(Samples.generation)).error }
        try await Task.sleep(for: .milliseconds(50))
        client.shutdown()
        let ended = await #expect(throws: ImagesAPIError.self) { try await last.value }
        #expect(ended?.code == .clientShutDown && ended?.mayHaveBeenBilled == false)
        #expect(await stream.value?.code == .clientShutDown)
        let after = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(after?.code == .clientShutDown)
        #expect(server.requests.count == 1)
    }

    @Test("A client with a rate limit sends no faster than allowed")
    func rateLimit() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.imagesPerMinute = 600 }
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 { group.addTask { _ = try await client.generate(Samples.generation) } }
            try await group.waitForAll()
        }
        #expect(ContinuousClock.now - start >= .milliseconds(395))
    }

    @Test("The spending limit refuses requests before anything is sent")
    func ledger() async throws {
        let server = try LoopbackServer { connection, request in
            if request.body.count > 100 {
                connection.respond(504, json: "{}")
            } else {
                connection.respond(json: Samples.response([Samples.png]))
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.spendingLimit = 0.02 }
        let cheap = GenerationRequest(prompt: "p", model: .gptImage2, size: "1024x1024", quality: .low)
        _ = try await client.generate(cheap)
        // usage of the sample: 10 text and 40 image tokens in, 50 out.
        let spent: Double = 1_870 / 1e6
        #expect(abs(client.spending.dollars - spent) < 1e-9 && client.spending.reserved < 1e-12)
        let dear = GenerationRequest(prompt: "p", model: .gptImage2, size: "1024x1024", quality: .high)
        let refused = await #expect(throws: ImagesAPIError.self) { try await client.generate(dear) }
        #expect(refused?.code == .spendingLimit && refused?.mayHaveBeenBilled == false)
        let unknown = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(unknown?.code == .spendingLimit)
        #expect(server.requests.count == 1)
        // What may have been billed counts as spent.
        let ambiguous = GenerationRequest(
            prompt: String(repeating: "x", count: 100), model: .gptImage2, size: "1024x1024", quality: .low)
        _ = await #expect(throws: ImagesAPIError.self) { try await client.generate(ambiguous) }
        #expect(client.spending.dollars > spent + 0.005 && client.spending.reserved < 1e-12)
    }

    @Test("A stream counts as spent too, and one left early at its full price")
    func ledgerOfStreams() async throws {
        let server = try StreamingTests.server([
            StreamingTests.event("partial_image", Samples.png, index: 0),
            StreamingTests.event("completed", Samples.png),
        ])
        defer { server.stop() }
        let client = try Samples.client(server) {
            ($0.spendingLimit, $0.assumedPrice) = (1, 0.25)
        }
        let request = GenerationRequest(prompt: "p", model: .gptImage26Flare)
        _ = await StreamingTests.read(client.generateStream(request))
        #expect(abs(client.spending.dollars - 65 / 1e6) < 1e-9)
        for try await _ in client.generateStream(request, partialImages: 1) { break }
        #expect(abs(client.spending.dollars - 0.25 - 65 / 1e6) < 1e-9)
    }

    /// Adds a field to each request.
    private struct Forger: ImagesClient.Observer {
        func begin(
            _ attempt: ImagesClient.Attempt
        ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void) {
            ([("X-Key", "forged"), ("X-Trace", "1")], { _ in })
        }
    }

    @Test("An observer cannot send the field of the server's key")
    func keyField() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.server.keyHeader = "x-key"
            $0.server.keyPrefix = ""
            $0.observers = [Forger()]
        }
        _ = try await client.generate(Samples.generation)
        let request = try #require(server.requests.first)
        #expect(request.headers.filter { $0.0.lowercased() == "x-key" }.map(\.1) == ["sk-test"])
        #expect(request["x-trace"] == "1")
    }
}
