import Foundation
import Testing

@testable import ImagesAPI

@Suite("Waiting and cancellation")
struct CancellationTests {
    /// A server that never responds.
    private static func silentServer() throws -> LoopbackServer {
        try LoopbackServer { connection, _ in _ = connection.seesHangUp(within: 20) }
    }

    @Test("Time in the queue counts towards the total timeout")
    func queued() async throws {
        let server = try Self.silentServer()
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.maxConcurrentRequests = 1
            $0.timeouts.total = .milliseconds(300)
            $0.timeouts.firstByte = .seconds(60)
        }
        let errors = await withTaskGroup(of: ImagesAPIError?.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do { _ = try await client.generate(Samples.generation) } catch { return error as? ImagesAPIError }
                    return nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.compactMap { $0 }.allSatisfy { $0.code == .totalTimeout })
        #expect(errors.count == 3)
    }

    @Test("Requests beyond the queue's limit are refused at once and cost nothing")
    func overloaded() async throws {
        let server = try Self.silentServer()
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.maxConcurrentRequests = 1
            $0.maxQueuedRequests = 2
        }
        let codes = await withTaskGroup(of: ImagesAPIError?.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    do { _ = try await client.generate(Samples.generation) } catch { return error as? ImagesAPIError }
                    return nil
                }
            }
            var errors: [ImagesAPIError?] = []
            // One is under way and two wait; none of them ends before the client does.
            for _ in 0..<5 { errors.append(await group.next() ?? nil) }
            client.shutdown()
            for await error in group { errors.append(error) }
            return errors
        }
        #expect(codes.prefix(5).allSatisfy { $0?.code == .overloaded && $0?.mayHaveBeenBilled == false })
        #expect(codes.prefix(5).allSatisfy { $0?.isRetryable == true })
        #expect(codes.dropFirst(5).allSatisfy { $0?.code == .clientShutDown })
        #expect(server.connections == 1)
    }

    @Test("The queue is first in, first out, and any transfer can leave it")
    func queue() {
        let transfers = (0..<6).map { _ in
            Transfer(
                TransferRequest(endpoint: .generations, url: ""),
                receiver: ResponseCollector(limits: ImagesClient.ResponseLimits(), expectedImages: 1, host: "") {
                    head in
                    ObjectReader(head: head, limits: ImagesClient.ResponseLimits())
                })
        }
        var queue = TransferQueue()
        for transfer in transfers.prefix(5) { queue.append(transfer) }
        queue.remove(transfers[0])
        queue.remove(transfers[3])
        queue.remove(transfers[3])
        queue.remove(transfers[5])
        #expect(queue.count == 3)
        #expect(queue.popFirst() === transfers[1])
        queue.append(transfers[0])
        #expect([2, 4, 0].allSatisfy { queue.popFirst() === transfers[$0] })
        #expect(queue.popFirst() == nil && queue.count == 0)
        queue.append(transfers[5])
        #expect(queue.popFirst() === transfers[5])
    }

    @Test("Waiting for the end of a client that was never used returns")
    func waitedForUnused() async throws {
        let client = ImagesClient(configuration: .init(environment: [:]))
        let isGone = Locked(false)
        // Not awaited: it would hang the tests where it hangs.
        Task {
            await client.waitUntilShutDown()
            isGone.withLock { $0 = true }
        }
        try await Task.sleep(for: .milliseconds(50))
        #expect(!isGone.withLock { $0 })
        client.shutdown()
        for _ in 0..<1_000 where !isGone.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        #expect(isGone.withLock { $0 })
        await client.waitUntilShutDown()
    }

    @Test("A task that is cancelled before it begins ends at once, also with a full queue")
    func cancelledBeforehand() async throws {
        let server = try Self.silentServer()
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.maxConcurrentRequests = 1
            $0.timeouts.total = .seconds(20)
        }
        let isFirstOver = Locked(false)
        let first = Task {
            defer { isFirstOver.withLock { $0 = true } }
            _ = try await client.generate(Samples.generation)
        }
        while server.requests.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let second = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.generate(Samples.generation)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await second.value }
        #expect(error?.code == .cancelled && error?.mayHaveBeenBilled == false)
        #expect(!isFirstOver.withLock { $0 })
        first.cancel()
        _ = await first.result
        #expect(server.connections == 1)
    }

    @Test(
        "Cancelling before the request has gone out ends it at once and costs nothing", .timeLimit(.minutes(1)),
        arguments: [false, true])
    func cancelledUnsent(isStream: Bool) async throws {
        let port = FullPort()
        let mute = try LoopbackServer { _, _ in }
        defer { mute.stop() }
        let server = try Self.silentServer()
        defer { server.stop() }
        let full = try Samples.client(server) { $0.maxConcurrentRequests = 1 }
        let limited = try Samples.client(server) { $0.imagesPerMinute = 1 }
        func start(_ client: ImagesClient) -> Task<ImagesAPIError?, Never> {
            Task {
                if isStream { return await StreamingTests.read(client.generateStream(Samples.generation)).error }
                do { _ = try await client.generate(Samples.generation) } catch { return error as? ImagesAPIError }
                return nil
            }
        }
        let first = [start(full), start(limited)]
        while server.requests.count < 2 { try await Task.sleep(for: .milliseconds(2)) }
        let places = [
            ("connecting", start(try Samples.client(port.baseURL))),
            ("in the handshake", start(try Samples.client("https://127.0.0.1:\(mute.port)/v1"))),
            ("waiting for a place", start(full)), ("waiting for its turn", start(limited)),
        ]
        while mute.connections == 0 { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .milliseconds(100))
        for (place, task) in places {
            task.cancel()
            let error = await task.value
            #expect(error?.code == .cancelled && error?.mayHaveBeenBilled == false, "\(place)")
        }
        for _ in 0..<1_000 where mute.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(mute.closedByPeer == 1 && server.connections == 2)
        for task in first {
            task.cancel()
            #expect(await task.value?.mayHaveBeenBilled == true)
        }
    }

    @Test(
        "Cancelling the task ends the transfer, wherever it stands, and the server sees it",
        arguments: [
            "before the response", "in the head", "in the body", "in the upload",
        ])
    func cancellation(place: String) async throws {
        let server = try LoopbackServer { connection, _ in
            if place != "before the response" {
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            }
            if place == "in the body" {
                connection.write("Content-Length: 9999\r\n\r\n{\"data\":[{\"b64_json\":\"AAAA")
            }
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        let upload = try ImageUpload(Samples.png(byteCount: 20_000_000))
        let task = Task {
            if place == "in the upload" {
                return try await client.edit(EditRequest(images: [upload, upload], prompt: "p", model: "m"))
            }
            return try await client.generate(Samples.generation)
        }
        while place == "in the upload" ? server.connections == 0 : server.requests.isEmpty {
            try await Task.sleep(for: .milliseconds(2))
        }
        task.cancel()
        let error = await #expect(throws: ImagesAPIError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        if place != "in the upload" { #expect(error?.mayHaveBeenBilled == true) }
        for _ in 0..<1_000 where server.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == 1)
    }

    @Test("A paused stream ends when its loop is left or its task cancelled", arguments: ["left", "cancelled"])
    func cancelledPaused(how: String) async throws {
        let server = try LoopbackServer { connection, _ in
            connection.write(StreamingTests.head + "\r\n")
            let event = StreamingTests.event("partial_image", Samples.png(byteCount: 1_000_000), index: 0)
            // More than fits into the network's buffers, so that the client has stopped reading.
            while connection.write(event) {}
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        var request = Samples.generation
        // Duplicates are dropped when one image was requested.
        request.n = 2
        let task = Task { () -> ImagesAPIError? in
            var iterator = client.generateStream(request, partialImages: 3).makeAsyncIterator()
            do {
                _ = try await iterator.next()
                try? await Task.sleep(for: .milliseconds(300))
                if how == "left" { return nil }
                withUnsafeCurrentTask { $0?.cancel() }
                while try await iterator.next() != nil {}
                return nil
            } catch {
                return error as? ImagesAPIError
            }
        }
        let error = await task.value
        #expect(error?.code == (how == "left" ? nil : .cancelled))
        if how == "cancelled" { #expect(error?.mayHaveBeenBilled == true && error?.partialImages.isEmpty == false) }
        for _ in 0..<1_000 where server.closedByPeer == 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == 1)
    }

    @Test("Cancelled at random moments, every request ends once and leaves nothing open")
    func randomCancels() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(json: Samples.response([Samples.png(byteCount: 20_000)]))
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        var generator = SplitMix(seed: 11)
        let delays = (0..<300).map { _ in Int.random(in: 0...4_000, using: &generator) }
        let outcomes = await withTaskGroup(of: String.self) { group in
            for (index, delay) in delays.enumerated() {
                if index >= 16 { _ = await group.next() }
                group.addTask {
                    let task = Task { try await client.generate(Samples.generation) }
                    try? await Task.sleep(for: .microseconds(delay))
                    task.cancel()
                    switch await task.result {
                    case .success: return "done"
                    case .failure(let error as ImagesAPIError): return error.code.rawValue
                    case .failure: return "other"
                    }
                }
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(outcomes.isSubset(of: ["done", "cancelled"]))
        let final = try await client.generate(Samples.generation)
        #expect(final.images.count == 1)
        client.shutdown()
        await client.waitUntilShutDown()
    }
}
