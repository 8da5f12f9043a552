import Foundation
import Testing

@testable import ImagesAPI

@Suite("Kept connections")
struct StaleConnectionTests {
    /// Responds to the first request of a connection and resets it when the next arrives, read or unread.
    private func server(reads: Bool) throws -> LoopbackServer {
        try LoopbackServer { connection, request in
            if request.body.count > 60 {
                // Only where the next request is read.
                connection.reset()
                return
            }
            connection.respond(json: Samples.response([Samples.png]))
            guard !reads else { return }
            connection.waitForBytes(atLeast: 200, within: 20)
            connection.reset()
        }
    }

    @Test(
        "A request that meets the closing of its connection may have been billed, read or not",
        arguments: [true, false])
    func reset(reads: Bool) async throws {
        let server = try server(reads: reads)
        defer { server.stop() }
        let client = try Samples.client(server) { $0.retryPolicy = ImagesClient.RetryPolicy() }
        _ = try await client.generate(GenerationRequest(prompt: "a", model: "m"))
        let long = GenerationRequest(prompt: String(repeating: "b", count: 100), model: "m")
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(long) }
        #expect(error?.code == .connectionLost && error?.mayHaveBeenBilled == true && error?.isRetryable == false)
        #expect(error?.attempts == 1 && error?.bytesReceived == 0)
        #expect(server.requests.count { $0.body.count > 60 } == (reads ? 1 : 0))
    }

    @Test("A connection that the server has closed while it was idle is not used, and costs no attempt")
    func closedWhileIdle() async throws {
        let server = try LoopbackServer { connection, _ in
            connection.respond(json: Samples.response([Samples.png]))
            connection.close()
        }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.retryPolicy = ImagesClient.RetryPolicy() }
        for _ in 0..<3 {
            #expect(try await client.generate(Samples.generation).attempts == 1)
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(server.requests.count == 3 && server.connections == 3)
    }

    @Test("A connection that was idle for longer than allowed is not reused", arguments: [0, 1, 2, 120])
    func idle(seconds: Int) async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        let client = try Samples.client(server) { $0.longestIdleConnection = .seconds(seconds) }
        _ = try await client.generate(Samples.generation)
        try await Task.sleep(for: .milliseconds(2_300))
        _ = try await client.generate(Samples.generation)
        #expect(server.connections == (seconds < 120 ? 2 : 1))
    }

    @Test("A connection that is reset in its TLS handshake is retried, since nothing has been sent")
    func handshake() async throws {
        let server = try LoopbackServer(greet: { connection in
            connection.waitForBytes(atLeast: 64, within: 20)
            connection.reset()
        }) { _, _ in }
        defer { server.stop() }
        let client = try Samples.client("https://127.0.0.1:\(server.port)/v1") {
            $0.retryPolicy = ImagesClient.RetryPolicy()
            $0.retryPolicy.baseDelay = .milliseconds(1)
        }
        let error = await #expect(throws: ImagesAPIError.self) { try await client.generate(Samples.generation) }
        #expect(error?.code == .tlsFailed && error?.mayHaveBeenBilled == false && error?.isRetryable == true)
        #expect(error?.attempts == 3 && server.connections == 3)
    }

    @Test("By default connections are reused for four seconds, less than servers keep them")
    func defaults() throws {
        #expect(ImagesClient.Configuration(environment: [:]).longestIdleConnection == .seconds(4))
        #expect(TransferRequest(endpoint: .generations, url: "").longestIdleConnection == .seconds(4))
    }

    private func transfer() -> Transfer {
        var request = TransferRequest(endpoint: .generations, url: "http://127.0.0.1/")
        request.body.append("0123456789")
        return Transfer(
            request,
            receiver: ResponseCollector(limits: ImagesClient.ResponseLimits(), expectedImages: 1, host: "") { head in
                ObjectReader(head: head, limits: ImagesClient.ResponseLimits())
            })
    }

    private func read(_ count: Int, _ transfer: Transfer) -> String {
        var buffer = [UInt8](repeating: 0, count: count)
        let filled = buffer.withUnsafeMutableBytes { transfer.read(into: $0) }
        return String(decoding: buffer[..<filled], as: UTF8.self)
    }

    @Test("A body is sent again on another connection if part of it was read, and never if all of it was")
    func rewinding() {
        let part = transfer()
        part.connected()
        #expect(read(4, part) == "0123")
        part.connected()
        #expect(part.rewind())
        #expect(read(100, part) == "0123456789")
        part.connected()
        #expect(!part.rewind())
    }

    @Test("A body that was read ahead but not sent is rewound without a rewind callback")
    func readAhead() {
        let transfer = transfer()
        for _ in 0..<2 {
            transfer.connected()
            #expect(read(100, transfer) == "0123456789")
        }
        #expect(read(100, transfer) == "")
    }
}
