import Foundation
import Testing

@testable import ImagesAPI

@Suite("Deadlines")
struct DeadlineTests {
    private static let start = ContinuousClock.now

    private func fresh() -> Deadlines {
        Deadlines(
            timeouts: ImagesClient.Timeouts(
                connect: .seconds(10), firstByte: .seconds(300), idle: .seconds(180), total: .seconds(600)),
            created: Self.start)
    }

    private func seconds(_ deadlines: Deadlines) -> Double {
        let left = deadlines.next.instant - Self.start
        return Double(left.components.seconds)
    }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { Self.start + .seconds(seconds) }

    @Test("Each phase has its own deadline, and total limits all of them")
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

    @Test("A response that begins before the request has ended counts as activity")
    func earlyResponse() {
        var deadlines = fresh()
        deadlines.start(at: at(0))
        deadlines.connected(at: at(1), hasBody: true)
        deadlines.received(at: at(2))
        deadlines.sent(at: at(3), isAtEnd: true)
        #expect(deadlines.next.kind == .idle && seconds(deadlines) == 182)
    }

    @Test("A drained transfer ends after a short time")
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
            ("dripping field", .idleTimeout, true), ("dripping hints", .firstByteTimeout, true),
        ])
    func silence(kind: String, code: ImagesAPIError.Code, billed: Bool) async throws {
        let server = try LoopbackServer { connection, _ in
            if kind.hasPrefix("dripping") {
                // A line that never ends, a byte at a time.
                let drop = kind == "dripping hints" ? "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" : "0"
                if kind == "dripping field" { connection.write("HTTP/1.1 200 OK\r\nX: ") }
                if kind == "dripping status" { connection.write("HTTP/1.1 ") }
                while connection.write(drop), !connection.seesHangUp(within: 0.01) {}
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
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) {
            $0.observers = [notebook]
            $0.timeouts = ImagesClient.Timeouts(
                connect: .seconds(5), firstByte: .milliseconds(150), idle: .milliseconds(150),
                total: kind == "drip" ? .milliseconds(400) : .seconds(60))
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        // By the transport's own clock: tasks wait for a thread when the machine is busy.
        #expect(try await notebook.duration() <= .milliseconds(kind == "drip" ? 400 : 300) + .seconds(2))
        #expect(error?.code == code)
        #expect(error?.mayHaveBeenBilled == billed)
        #expect(error?.isRetryable == false)
    }

    @Test("An upload that the server does not read ends with the idle timeout, not billed and retryable")
    func unread() async throws {
        let isOver = Locked(false)
        defer { isOver.withLock { $0 = true } }
        let server = try LoopbackServer(greet: { connection in
            for _ in 0..<4_000 where !isOver.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.005) }
            connection.close()
        }) { _, _ in }
        defer { server.stop() }
        let notebook = ObservationTests.Notebook()
        let client = try Samples.client(server) {
            $0.observers = [notebook]
            $0.timeouts.idle = .milliseconds(300)
        }
        let upload = try ImageUpload(Samples.png(byteCount: 20_000_000))
        let error = await #expect(throws: ImagesAPIError.self) {
            try await client.edit(EditRequest(images: [upload], prompt: "p", model: "m"))
        }
        // The kernel sends its buffered bytes within moments.
        #expect(try await notebook.duration() <= .milliseconds(300) + .seconds(2))
        #expect(error?.code == .idleTimeout)
        #expect(error?.mayHaveBeenBilled == false && error?.isRetryable == true)
    }

    @Test("Interim responses do not end the request or change its deadlines")
    func interim() {
        var request = TransferRequest(endpoint: .generations, url: "http://127.0.0.1/")
        request.body.append("0123456789")
        let transfer = Transfer(
            request,
            receiver: ResponseCollector(limits: ImagesClient.ResponseLimits(), expectedImages: 1, host: "") { head in
                ObjectReader(head: head, limits: ImagesClient.ResponseLimits())
            })
        func take(_ lines: String...) -> Bool {
            lines.allSatisfy { line in Array(line.utf8).withUnsafeBytes { transfer.takeHeader($0) } }
        }
        func isAwaiting() -> Bool { if case .awaiting = transfer.deadlines.phase { true } else { false } }
        var buffer = [UInt8](repeating: 0, count: 4)
        transfer.connected()
        #expect(buffer.withUnsafeMutableBytes { transfer.read(into: $0) } == 4)
        #expect(take("HTTP/1.1 100 Continue\r\n", "\r\n", "HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", "\r\n"))
        for _ in 0..<2 { _ = buffer.withUnsafeMutableBytes { transfer.read(into: $0) } }
        #expect(isAwaiting())
        #expect(take("HTTP/1.1 102 Processing\r\n", "\r\n"))
        #expect(isAwaiting())
        #expect(take("HTTP/1.1 200 OK\r\n"))
        #expect(!isAwaiting() && transfer.deadlines.next.kind == .idle)
    }

    @Test("A server that does not accept is a connect timeout, not billed and retryable")
    func connectTimeout() async throws {
        let port = FullPort()
        let client = try Samples.client(port.baseURL) { $0.timeouts.connect = .milliseconds(200) }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .connectTimeout)
        #expect(error?.mayHaveBeenBilled == false)
        #expect(error?.isRetryable == true)
    }
}

extension ObservationTests.Notebook {
    /// How long the first attempt took.
    fileprivate func duration() async throws -> Duration {
        while true {
            if let outcome = outcomes.withLock({ $0.first }) { return outcome.duration }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}
