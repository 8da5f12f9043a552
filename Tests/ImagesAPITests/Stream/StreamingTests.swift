import Foundation
import Testing

@testable import ImagesAPI

@Suite("Streams over loopback")
struct StreamingTests {
    static let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nX-Request-Id: req-3\r\n"

    static func event(_ type: String, _ data: Data, index: Int? = nil) -> String {
        let extra =
            index.map { ",\"partial_image_index\":\($0)" }
            ?? ",\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}"
        return
            "event: image_generation.\(type)\ndata: {\"type\":\"image_generation.\(type)\",\"b64_json\":\"\(data.base64EncodedString())\",\"size\":\"1024x1024\",\"output_format\":\"png\"\(extra)}\n\n"
    }

    static func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }

    /// Serves the events in chunks, then the end.
    static func server(_ events: [String], end: String = "0\r\n\r\n") throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            connection.write(head + "Transfer-Encoding: chunked\r\n\r\n")
            for event in events { connection.write(chunk(event)) }
            connection.write(end)
        }
    }

    static func read(_ stream: ImageStream) async -> (log: [String], error: ImagesAPIError?) {
        var log: [String] = []
        do {
            for try await received in stream {
                let count = received.image.data?.count ?? 0
                log.append(received.isPartial ? "p\(received.index):\(count)" : "c:\(count)")
            }
            return (log, nil)
        } catch {
            return (log, error)
        }
    }

    @Test("0 to 3 partial images and the finished image arrive in order", arguments: 0...3)
    func partials(count: Int) async throws {
        let events = (0..<count).map { Self.event("partial_image", Samples.png(byteCount: 100_000 + $0), index: $0) }
        let server = try Self.server(events + [Self.event("completed", Samples.png(byteCount: 200_000))])
        defer { server.stop() }
        let client = try Samples.client(server)
        let outcome = await Self.read(client.generateStream(Samples.generation, partialImages: count))
        #expect(outcome.log == (0..<count).map { "p\($0):\(100_000 + $0)" } + ["c:200000"])
        #expect(outcome.error == nil)
        let sent = String(decoding: server.requests.first?.body ?? Data(), as: UTF8.self)
        #expect(sent.contains("\"stream\":true"))
        #expect(sent.contains("\"partial_images\":\(count)") == (count > 0))
    }

    @Test("An edit streams too, with its flag as text in the form")
    func edit() async throws {
        let event =
            "data: {\"type\":\"image_edit.completed\",\"b64_json\":\"\(Samples.png.base64EncodedString())\"}\n\ndata: [DONE]\n\n"
        let server = try Self.server([event])
        defer { server.stop() }
        let request = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: "m")
        let outcome = await Self.read(try Samples.client(server).editStream(request, partialImages: 1))
        #expect(outcome.log == ["c:\(Samples.png.count)"] && outcome.error == nil)
        let body = String(decoding: server.requests.first?.body ?? Data(), as: UTF8.self)
        #expect(body.contains("name=\"stream\"\r\n\r\ntrue\r\n"))
        #expect(body.contains("name=\"partial_images\"\r\n\r\n1\r\n"))
    }

    @Test(
        "Consecutive streams share a connection, whenever the end of a response arrives", arguments: [0, 50],
        [false, true])
    func reuse(milliseconds: Int, isLeft: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(
                Self.head + "Transfer-Encoding: chunked\r\n\r\n" + Self.chunk(Self.event("completed", Samples.png)))
            Thread.sleep(forTimeInterval: Double(milliseconds) / 1_000)
            connection.write("0\r\n\r\n")
        }
        defer { server.stop() }
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) { $0.observers = [notebook] }
        for count in 1...4 {
            let stream = client.generateStream(Samples.generation)
            if isLeft {
                for try await _ in stream { break }
            } else {
                #expect(await Self.read(stream).error == nil)
            }
            // A stream ends for its reader with the last image; the connection is free once the rest has arrived too.
            while notebook.outcomes.withLock({ $0.count }) < count { try await Task.sleep(for: .milliseconds(1)) }
        }
        #expect(server.connections == 1)
    }

    @Test("A stream collected into one response has the fields of its head, its attempts and the sum of its usage")
    func collected() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let count = Locked(0)
        let events = Self.event("completed", Samples.png) + Self.event("completed", Samples.jpeg)
        let server = try LoopbackServer { connection, _ in
            let isFirst = count.withLock {
                $0 += 1; return $0 == 1
            }
            if isFirst {
                connection.respond(503, json: "{}")
            } else {
                connection.write(Self.head + "Transfer-Encoding: chunked\r\n\r\n" + Self.chunk(events) + "0\r\n\r\n")
            }
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.spoolDirectory = folder
            $0.retryPolicy = ImagesClient.RetryPolicy()
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        var request = Samples.generation
        request.n = 2
        let response = try await client.generateStream(request).response()
        #expect(response.images.map(\.data) == [Samples.png, Samples.jpeg])
        #expect(response.requestID == "req-3" && response.status == 200 && response.attempts == 2)
        #expect(response.headers.contains { $0.0 == "Content-Type" })
        #expect(response.usage?.totalTokens == 6)
        let kept = try #require(response.spooledFile)
        #expect(try String(contentsOfFile: kept, encoding: .utf8) == events)
        for try await received in client.generateStream(request) where !received.isPartial {
            #expect(received.requestID == "req-3")
        }
    }

    @Test("The raw response of a stream has its final name before its last image is returned")
    func spooledFirst() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = Self.event("partial_image", Samples.png, index: 0)
        let whole = first + Self.event("completed", Samples.png(byteCount: 100_000))
        let isWhole = Locked(true)
        let server = try LoopbackServer { connection, _ in
            connection.write(
                Self.head + "Transfer-Encoding: chunked\r\n\r\n" + Self.chunk(isWhole.withLock { $0 } ? whole : first))
            if isWhole.withLock({ $0 }) { _ = connection.seesHangUp(within: 20) }
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.spoolDirectory = folder }
        for try await received in client.generateStream(Samples.generation, partialImages: 1) {
            guard !received.isPartial else { continue }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder)
            let name = try #require(names.first { !$0.hasSuffix(".entry") })
            #expect(names.count == 2 && name.hasSuffix(".sse"))
            #expect(try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) == whole)
        }
        isWhole.withLock { $0 = false }
        let error = await Self.read(client.generateStream(Samples.generation, partialImages: 1)).error
        #expect(error?.code == .connectionLost)
        let kept = try #require(error?.facts["spooledFile"])
        #expect(kept.hasSuffix(".part"), "what did not come whole has not the name of what did")
        #expect(try String(contentsOfFile: kept, encoding: .utf8) == first)
    }

    @Test("A plain JSON response to a streamed request is its finished images")
    func plainResponse() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(json: Samples.response([Samples.png, Samples.jpeg]))
        }
        defer { server.stop() }
        var request = Samples.generation
        request.n = 2
        let outcome = await Self.read(try Samples.client(server).generateStream(request))
        #expect(outcome.log == ["c:\(Samples.png.count)", "c:\(Samples.jpeg.count)"] && outcome.error == nil)
        request.n = 4
        let short = await Self.read(try Samples.client(server).generateStream(request))
        #expect(short.log == outcome.log)
        #expect(short.error?.code == .streamEndedEarly && short.error?.mayHaveBeenBilled == true)
        #expect(short.error?.partialImages.map(\.data) == [Samples.png, Samples.jpeg])
    }

    @Test(
        "A stream counts what is known of its cost, left or read to its end, and its price while images are missing")
    func leftCost() async throws {
        let server = try Self.server([Self.event("completed", Samples.png)])
        defer { server.stop() }
        for limit in [nil, 1.0] {
            for (count, dollars) in [(1, 65 / 1e6), (2, limit == nil ? 65 / 1e6 : 0.25)] {
                let client = try Samples.client(server) { ($0.spendingLimit, $0.assumedPrice) = (limit, 0.25) }
                var request = Samples.generation
                request.n = count
                for try await _ in client.generateStream(request) { break }
                #expect(abs(client.spending.dollars - dollars) < 1e-9, "\(count) of \(client.spending)")
                let error = await Self.read(client.generateStream(request)).error
                #expect(error?.code == (count == 1 ? nil : .streamEndedEarly))
                #expect(abs(client.spending.dollars - 2 * dollars) < 1e-9, "\(count) of \(client.spending)")
                #expect(client.spending.reserved == 0)
            }
        }
    }

    @Test("An HTTP error is that error, once")
    func httpError() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(400, json: ErrorMappingTests.api("moderation_blocked"))
        }
        defer { server.stop() }
        let outcome = await Self.read(try Samples.client(server).generateStream(Samples.generation))
        #expect(outcome.log == [] && outcome.error?.code == .moderationBlocked)
        #expect(server.requests.count == 1)
    }

    @Test("A stream can be read once")
    func once() async throws {
        let server = try Self.server([Self.event("completed", Samples.png)])
        defer { server.stop() }
        let stream = try Samples.client(server).generateStream(Samples.generation)
        let first = await Self.read(stream)
        #expect(first.error == nil, "\(String(describing: first.error))")
        #expect(await Self.read(stream).error?.code == .invalidRequest)
        #expect(server.requests.count == 1)
    }

    @Test("Bad requests send nothing", arguments: [-1, 4])
    func badRequests(partials: Int) async throws {
        let server = try Self.server([])
        defer { server.stop() }
        #expect(
            await Self.read(try Samples.client(server).generateStream(Samples.generation, partialImages: partials))
                .error?
                .code == .invalidRequest)
        #expect(server.connections == 0)
    }

    @Test("A stream that is never begun sends nothing")
    func neverBegun() async throws {
        let server = try Self.server([])
        defer { server.stop() }
        let client = try Samples.client(server)
        _ = client.generateStream(Samples.generation)
        _ = client.generateStream(Samples.generation).makeAsyncIterator()
        client.shutdown()
        await client.waitUntilShutDown()
        #expect(server.connections == 0)
    }

    @Test("A slow consumer slows the server down")
    func backPressure() async throws {
        let written = Locked(0)
        let server = try LoopbackServer { connection, _ in
            connection.write(Self.head + "\r\n")
            let image = Samples.png(byteCount: 1_000_000)
            for index in 0..<30 {
                guard connection.write(Self.event("partial_image", image, index: index)) else { return }
                written.withLock { $0 = index + 1 }
            }
            connection.write(Self.event("completed", Samples.png))
            connection.close()
        }
        defer { server.stop() }
        var iterator = try Samples.client(server).generateStream(Samples.generation, partialImages: 3)
            .makeAsyncIterator()
        _ = try await iterator.next()
        // Wait until the server makes no more progress: kernel buffers full, nothing read from them.
        var last = -1
        while written.withLock({ $0 }) != last {
            last = written.withLock { $0 }
            try await Task.sleep(for: .milliseconds(300))
        }
        #expect(last < 20)
        var count = 1
        while try await iterator.next() != nil { count += 1 }
        #expect(count == 31)
    }

    @Test("Many small events in one piece reach a slow consumer one by one, without loss")
    func packed() async throws {
        let events =
            (0..<200).map { Self.event("partial_image", Samples.png, index: $0) }.joined()
            + Self.event("completed", Samples.png)
        let server = try Self.server([events])
        defer { server.stop() }
        let outcome = await Self.read(try Samples.client(server).generateStream(Samples.generation, partialImages: 3))
        #expect(outcome.log == (0..<200).map { "p\($0):\(Samples.png.count)" } + ["c:\(Samples.png.count)"])
        #expect(outcome.error == nil)
    }

    @Test("Many concurrent streams are complete")
    func concurrency() async throws {
        let server = try Self.server(
            (0..<3).map { Self.event("partial_image", Samples.png(byteCount: 30_000), index: $0) } + [
                Self.event("completed", Samples.png(byteCount: 60_000))
            ])
        defer { server.stop() }
        let client = try Samples.client(server)
        let good = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    await Self.read(client.generateStream(Samples.generation, partialImages: 3)).log == [
                        "p0:30000", "p1:30000", "p2:30000", "c:60000",
                    ]
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(good == 60)
    }

    @Test("The fields of a stream have the names of the server's profile")
    func names() async throws {
        let server = try Self.server([Self.event("completed", Samples.png)])
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.server.names = ["stream": "streaming", "partial_images": "previews"]
        }
        #expect(await Self.read(client.generateStream(Samples.generation, partialImages: 2)).error == nil)
        let sent = try #require(server.requests.first).body
        let body = try JSONDecoder().decode([String: JSONValue].self, from: sent)
        #expect(body["streaming"] == true && body["previews"] == 2)
        #expect(body["stream"] == nil && body["partial_images"] == nil)
    }
}
