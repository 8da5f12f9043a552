import Foundation
import Testing

@testable import ImagesAPI

@Suite("How streams end")
struct StreamEndTests {
    /// A server that sends one partial image and then waits until the client hangs up.
    private static func unfinishedStream() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in
            connection.write(
                StreamingTests.head + "\r\n" + StreamingTests.event("partial_image", Samples.png, index: 0))
            _ = connection.seesHangUp(within: 20)
        }
    }

    static let tails: [(name: String, text: String)] = [
        ("a second finished image", StreamingTests.event("completed", Samples.jpeg)),
        ("a partial", StreamingTests.event("partial_image", Samples.png, index: 7)),
        ("an error", "event: error\ndata: {\"error\":{\"message\":\"x\"}}\n\n"), ("garbage", "data: garbage\n\n"),
        ("the mark of the end", "data: [DONE]\n\n"), ("no base64", "data: {\"b64_json\":\"iV*\"}\n\n"),
    ]

    @Test(
        "What follows the finished image changes nothing, at once or later, and is counted", arguments: tails,
        [false, true])
    func tail(tail: (name: String, text: String), isLate: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            let before =
                StreamingTests.event("partial_image", Samples.png, index: 0)
                + StreamingTests.event("completed", Samples.png)
            let length = before.utf8.count + tail.text.utf8.count
            connection.write(
                StreamingTests.head + "Content-Length: \(length)\r\n\r\n" + before + (isLate ? "" : tail.text))
            if isLate {
                Thread.sleep(forTimeInterval: 0.05)
                connection.write(tail.text)
            }
        }
        defer { server.stop() }
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) { $0.observers = [notebook] }
        for count in 1...2 {
            var iterator = client.generateStream(Samples.generation, partialImages: 1).makeAsyncIterator()
            var log: [String] = []
            while let received = try await iterator.next() { log.append(received.isPartial ? "p" : "c") }
            #expect(log == ["p", "c"])
            #expect(try await iterator.next() == nil)
            while notebook.outcomes.withLock({ $0.count }) < count { try await Task.sleep(for: .milliseconds(1)) }
        }
        let outcomes = notebook.outcomes.withLock { $0 }
        #expect(outcomes.map(\.label) == ["ok", "ok"])
        #expect(outcomes.map(\.ignoredEvents) == (tail.name == "the mark of the end" ? [0, 0] : [1, 1]))
        #expect(server.connections == 1)
    }

    @Test("Unknown and duplicate events are counted with those after the end")
    func ignored() async throws {
        let partial = StreamingTests.event("partial_image", Samples.png, index: 0)
        let server = try StreamingTests.server([
            "event: ping\ndata: {}\n\n" + partial + partial + StreamingTests.event("completed", Samples.png) + partial
        ])
        defer { server.stop() }
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) { $0.observers = [notebook] }
        #expect(await StreamingTests.read(client.generateStream(Samples.generation, partialImages: 1)).log.count == 2)
        while notebook.outcomes.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(1)) }
        #expect(notebook.outcomes.withLock { $0[0].ignoredEvents } == 3)
    }

    @Test("The finished image ends the stream even if the server does not")
    func openEnd() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(StreamingTests.head + "\r\n" + StreamingTests.event("completed", Samples.png))
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        #expect(
            await StreamingTests.read(client.generateStream(Samples.generation)).log == ["c:\(Samples.png.count)"])
        for _ in 0..<1_000 where server.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == 1)
    }

    @Test("An end before the finished image is an error with the last partial", arguments: ["clean", "FIN", "RST"])
    func endedEarly(kind: String) async throws {
        let image = Samples.png(byteCount: 5_000)
        let server = try LoopbackServer { connection, _ in
            connection.write(
                StreamingTests.head + "Transfer-Encoding: chunked\r\n\r\n"
                    + StreamingTests.chunk(StreamingTests.event("partial_image", image, index: 0)))
            switch kind {
            case "clean": connection.write("0\r\n\r\n")
            case "FIN": connection.close()
            default:
                // Bytes not yet read would be lost with the reset.
                Thread.sleep(forTimeInterval: 0.1)
                connection.reset()
            }
        }
        defer { server.stop() }
        let outcome = await StreamingTests.read(
            try Samples.client(server).generateStream(Samples.generation, partialImages: 1))
        #expect(outcome.log == ["p0:5000"])
        #expect(outcome.error?.code == (kind == "clean" ? .streamEndedEarly : .connectionLost))
        #expect(outcome.error?.partialImages.map(\.data) == [image])
        #expect(outcome.error?.mayHaveBeenBilled == true)
        #expect(outcome.error?.requestID == "req-3")
        #expect(server.requests.count == 1)
    }

    @Test(
        "What ends a stream ends it, too, when it comes while a slow consumer catches up",
        arguments: ["error", "error before a finished image", "no base64"])
    func resumedEnd(kind: String) async throws {
        let images = (0..<2).map { StreamingTests.event("partial_image", Samples.png, index: $0) }.joined()
        let end =
            kind == "no base64"
            ? "data: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"iVBO*AAA"
            : "event: error\ndata: {\"error\":{\"message\":\"m\",\"code\":\"server_error\"}}\n\n"
        let server = try LoopbackServer { connection, _ in
            connection.write(StreamingTests.head + "\r\n" + images + end)
            Thread.sleep(forTimeInterval: 0.4)
            if kind == "no base64" { connection.write("AAAA\"}\n\n") }
            if kind != "error" { connection.write(StreamingTests.event("completed", Samples.png)) }
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.timeouts.idle = .seconds(3) }
        var iterator = client.generateStream(Samples.generation, partialImages: 3).makeAsyncIterator()
        _ = try await iterator.next()
        // The second image waits in the channel by now, and what follows it in the network.
        try await Task.sleep(for: .milliseconds(100))
        _ = try await iterator.next()
        var log: [String] = []
        var ending: ImagesAPIError?
        do {
            while let event = try await iterator.next() { log.append("\(event)") }
        } catch {
            ending = error
        }
        #expect(log.isEmpty)
        #expect(ending?.code == (kind == "no base64" ? .malformedBase64 : .serverError))
        #expect(ending?.partialImages.map(\.data) == [Samples.png])
        for _ in 0..<1_000 where server.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == 1)
    }

    @Test("Shutdown ends a waiting stream once, with the images that had arrived")
    func shutDown() async throws {
        let server = try Self.unfinishedStream()
        defer { server.stop() }
        let client = try Samples.client(server)
        var iterator = client.generateStream(Samples.generation, partialImages: 3).makeAsyncIterator()
        _ = try await iterator.next()
        Task {
            try await Task.sleep(for: .milliseconds(100))
            client.shutdown()
            client.shutdown()
        }
        var ending: ImagesAPIError?
        do { _ = try await iterator.next() } catch { ending = error }
        #expect(ending?.code == .clientShutDown && ending?.mayHaveBeenBilled == true)
        #expect(ending?.partialImages.count == 1)
        #expect(try await iterator.next() == nil)
        await client.waitUntilShutDown()
    }

    @Test("Leaving the loop closes the transfer")
    func earlyExit() async throws {
        let server = try Self.unfinishedStream()
        defer { server.stop() }
        let client = try Samples.client(server)
        for try await _ in client.generateStream(Samples.generation, partialImages: 3) { break }
        for _ in 0..<1_000 where server.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == 1)
    }

    @Test("Cancelling while waiting for an event ends the stream")
    func cancellation() async throws {
        let server = try Self.unfinishedStream()
        defer { server.stop() }
        let client = try Samples.client(server)
        let task = Task { await StreamingTests.read(client.generateStream(Samples.generation, partialImages: 3)) }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        let outcome = await task.value
        #expect(outcome.error?.code == .cancelled)
        #expect(outcome.error?.mayHaveBeenBilled == true)
        for _ in 0..<1_000 where server.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == 1)
    }

    @Test("A finished image that waits in the channel does not precede a cancellation, and is not lost")
    func cancelBeforeTerminal() async throws {
        let server = try StreamingTests.server([
            StreamingTests.event("partial_image", Samples.png, index: 0)
                + StreamingTests.event("completed", Samples.jpeg)
        ])
        defer { server.stop() }
        let client = try Samples.client(server)
        let task = Task {
            var iterator = client.generateStream(Samples.generation, partialImages: 1).makeAsyncIterator()
            var log: [String] = []
            do {
                while let event = try await iterator.next() {
                    log.append(event.image.contentType?.fileExtension ?? "")
                    // The finished image is in the channel by now.
                    try? await Task.sleep(for: .milliseconds(100))
                    withUnsafeCurrentTask { $0?.cancel() }
                }
                return (log, nil as ImagesAPIError?)
            } catch {
                return (log, error as? ImagesAPIError)
            }
        }
        let outcome = await task.value
        #expect(outcome.0 == ["png"])
        #expect(outcome.1?.code == .cancelled)
        #expect(outcome.1?.partialImages.contains { $0.data == Samples.jpeg } == true)
    }

    @Test("An image that was not taken is in the error of a cancellation, once", arguments: [1, 2])
    func cancelledOnce(count: Int) async throws {
        let second =
            count == 1
            ? StreamingTests.event("partial_image", Samples.jpeg, index: 1)
            : StreamingTests.event("completed", Samples.jpeg)
        let server = try LoopbackServer { connection, _ in
            connection.write(
                StreamingTests.head + "\r\n" + StreamingTests.event("partial_image", Samples.png, index: 0) + second)
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let task = Task { () -> ImagesAPIError? in
            var request = Samples.generation
            request.n = count
            var iterator = client.generateStream(request, partialImages: 2).makeAsyncIterator()
            do {
                while try await iterator.next() != nil {
                    try? await Task.sleep(for: .milliseconds(100))
                    withUnsafeCurrentTask { $0?.cancel() }
                }
                return nil
            } catch {
                return error as? ImagesAPIError
            }
        }
        let error = await task.value
        #expect(error?.code == .cancelled)
        #expect(error?.partialImages.count { $0.data == Samples.jpeg } == 1)
        #expect(error?.partialImages.count == count)
    }
}
