import Foundation
import Testing

@testable import ImagesAPI

@Suite("Deadlines and cancellation")
struct DeadlineTests {
    private static let start = ContinuousClock.now

    private func fresh() -> Deadlines {
        Deadlines(
            timeouts: Timeouts(
                connect: .seconds(10), firstByte: .seconds(300), idle: .seconds(180), total: .seconds(600)),
            created: Self.start)
    }

    private func seconds(_ deadlines: Deadlines) -> Double {
        let left = deadlines.next.instant - Self.start
        return Double(left.components.seconds)
    }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

    @Test("Each phase has its own deadline, and total rules them all")
    func phases() {
        var deadlines = fresh()
        #expect(deadlines.next.kind == .total && seconds(deadlines) == 600)
        deadlines.start(at: at(1))
        #expect(deadlines.next.kind == .connect && seconds(deadlines) == 11)
        deadlines.connected(at: at(2), hasBody: true)
        #expect(deadlines.next.kind == .idle && seconds(deadlines) == 182)
        deadlines.sent(at: at(5), isAtEnd: false)
        #expect(deadlines.next.kind == .idle && seconds(deadlines) == 185)
        deadlines.sent(at: at(6), isAtEnd: true)
        #expect(deadlines.next.kind == .firstByte && seconds(deadlines) == 306)
        deadlines.received(at: at(100))
        #expect(deadlines.next.kind == .idle && seconds(deadlines) == 280)
        deadlines.pause()
        #expect(deadlines.next.kind == .total && seconds(deadlines) == 600)
        deadlines.resume(at: at(400))
        #expect(deadlines.next.kind == .idle && seconds(deadlines) == 580)
        deadlines.received(at: at(500))
        #expect(deadlines.next.kind == .total && seconds(deadlines) == 600)
    }

    @Test("An answer that begins before the request has ended is not silent")
    func earlyAnswer() {
        var deadlines = fresh()
        deadlines.start(at: at(0))
        deadlines.connected(at: at(1), hasBody: true)
        deadlines.received(at: at(2))
        deadlines.sent(at: at(3), isAtEnd: true)
        #expect(deadlines.next.kind == .idle && seconds(deadlines) == 182)
    }

    @Test("A drained transfer is given a moment and no more")
    func draining() {
        var deadlines = fresh()
        deadlines.start(at: at(0))
        deadlines.drain(at: at(5))
        deadlines.received(at: at(6))
        #expect(deadlines.next.kind == .drain)
        #expect(deadlines.next.instant == at(5) + Deadlines.drainTime)
    }

    @Test(
        "Each kind of silence ends in its own error",
        arguments: [
            ("mute", ImagesAPIError.Code.firstByteTimeout, true), ("head", .idleTimeout, true),
            ("drip", .totalTimeout, true),
            ("middle", .idleTimeout, true), ("dripping status", .firstByteTimeout, true),
            ("dripping field", .idleTimeout, true),
        ])
    func silence(kind: String, code: ImagesAPIError.Code, billed: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            if kind.hasPrefix("dripping") {
                // A line that never ends, a byte at a time.
                connection.write(kind == "dripping status" ? "HTTP/1.1 " : "HTTP/1.1 200 OK\r\nX: ")
                while connection.write("0"), !connection.seesHangUp(within: 0.01) {}
                return
            }
            if kind != "mute" {
                connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
            }
            if kind == "middle" { connection.write("{\"data\":[{\"b64_json\":\"AAAA") }
            if kind == "drip" { while connection.write(" "), !connection.seesHangUp(within: 0.01) {} }
            _ = connection.seesHangUp(within: 20)
        }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.timeouts = Timeouts(
                connect: .seconds(5), firstByte: .milliseconds(150), idle: .milliseconds(150),
                total: kind == "drip" ? .milliseconds(400) : .seconds(60))
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
        #expect(error?.code == code)
        #expect(error?.mayHaveBeenBilled == billed)
        #expect(error?.isRetryable == false)
    }

    @Test("A server that does not accept is a connect timeout, not billed and retryable")
    func connectTimeout() async throws {
        // A listener whose queue is full answers no further connection attempts on Linux.
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let fillers: [Int32] = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = bind(listener, pointer, length)
                _ = listen(listener, 0)
                _ = getsockname(listener, pointer, &length)
                return (0..<4).map { _ in
                    let filler = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                    _ = connect(filler, pointer, length)
                    return filler
                }
            }
        }
        defer { for filler in fillers { close(filler) } }
        let client = try Samples.client("http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/v1") {
            $0.timeouts.connect = .milliseconds(200)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.create(Samples.create) }
        #expect(error?.code == .connectTimeout)
        #expect(error?.mayHaveBeenBilled == false)
        #expect(error?.isRetryable == true)
    }

    @Test("Waiting for a free place counts towards the total")
    func queued() async throws {
        let server = try LoopbackServer { connection, _ in _ = connection.seesHangUp(within: 20) }
        defer { server.stop() }
        let client = try Samples.client(server) {
            $0.maxConcurrentRequests = 1
            $0.timeouts.total = .milliseconds(300)
            $0.timeouts.firstByte = .seconds(60)
        }
        let errors = await withTaskGroup(of: ImagesAPIError?.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do { _ = try await client.create(Samples.create) } catch { return error as? ImagesAPIError }
                    return nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.compactMap { $0 }.allSatisfy { $0.code == .totalTimeout })
        #expect(errors.count == 3)
    }

    @Test(
        "Cancelling the task ends the transfer, wherever it stands, and the server sees it",
        arguments: [
            "before the answer", "in the head", "in the body", "in the upload",
        ])
    func cancellation(place: String) async throws {
        let server = try LoopbackServer { connection, _ in
            if place != "before the answer" {
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
            return try await client.create(Samples.create)
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

    @Test("Cancelled at random moments, every request ends once and leaves nothing open")
    func randomCancels() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.answer(json: Samples.response([Samples.png(byteCount: 20_000)]))
        }
        defer { server.stop() }
        let client = try Samples.client(server)
        var generator = SplitMix(seed: 11)
        let delays = (0..<300).map { _ in Int.random(in: 0...4_000, using: &generator) }
        let outcomes = await withTaskGroup(of: String.self) { group in
            for (index, delay) in delays.enumerated() {
                if index >= 16 { _ = await group.next() }
                group.addTask {
                    let task = Task { try await client.create(Samples.create) }
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
        let final = try await client.create(Samples.create)
        #expect(final.images.count == 1)
        client.shutdown()
        await client.waitUntilShutDown()
    }
}
