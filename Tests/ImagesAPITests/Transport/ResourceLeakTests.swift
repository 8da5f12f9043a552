import Foundation
import Testing

@testable import ImagesAPI

#if os(Linux)
@Suite("Resources after a client", .serialized)
struct ResourceLeakTests {
    /// Names of this process's threads.
    private func transportThreads() -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.filter { task in
            (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8))?.hasPrefix("gesso-transport")
                == true
        }.count
    }

    /// Ports of other ends of this process's connections to a server, as the kernel lists them.
    private func connections(to port: UInt16) -> Int {
        let table = (try? String(contentsOfFile: "/proc/self/net/tcp", encoding: .utf8)) ?? ""
        let remote = "0100007F:" + String(format: "%04X", port)
        return table.split(separator: "\n").filter { line in
            let fields = line.split(separator: " ")
            return fields.count > 3 && fields[2] == remote && fields[3] == "01"
        }.count
    }

    @Test("After shutdown no connections are left, after success, error and cancellation")
    func shutdown() async throws {
        let server = try LoopbackServer { connection, request in
            switch request.body.count % 3 {
            case 0: connection.respond(json: Samples.response([Samples.png]))
            case 1: connection.respond(500, json: "{}")
            default: _ = connection.seesHangUp(within: 20)
            }
        }
        defer { server.stop() }
        for _ in 0..<5 {
            let client = try Samples.client(server)
            await withTaskGroup(of: Void.self) { group in
                for length in 0..<12 {
                    group.addTask {
                        let task = Task {
                            try await client.generate(
                                GenerationRequest(prompt: String(repeating: "x", count: length + 1), model: "m"))
                        }
                        try? await Task.sleep(for: .milliseconds(40))
                        task.cancel()
                        _ = await task.result
                    }
                }
            }
            client.shutdown()
            await client.waitUntilShutDown()
        }
        #expect(connections(to: server.port) == 0)
    }

    @Test("A client that is only released ends its thread and its connections")
    func dropped() async throws {
        let server = try LoopbackServer { connection, _ in connection.respond(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        func use() async throws {
            let client = try Samples.client(server)
            _ = try await client.generate(Samples.generation)
        }
        for _ in 0..<10 { try await use() }
        for _ in 0..<1_000 where connections(to: server.port) > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(connections(to: server.port) == 0)
    }

    /// A request is cancelled so many microseconds after its start, and says how long it took to end after that.
    private static func cancel(after delay: Int, stream: Bool, _ client: ImagesClient) async -> (String, Duration) {
        let task = Task<Void, any Error> {
            guard stream else {
                _ = try await client.generate(Samples.generation)
                return
            }
            for try await _ in client.generateStream(Samples.generation, partialImages: 1) {}
        }
        try? await Task.sleep(for: .microseconds(delay))
        let start = ContinuousClock.now
        task.cancel()
        let result = await task.result
        let took = ContinuousClock.now - start
        switch result {
        case .success: return ("done", took)
        case .failure(let error as ImagesAPIError): return (error.code.rawValue, took)
        case .failure(let error): return ("\(error)", took)
        }
    }

    // 10,000 times with GESSO_CANCELS=10000, by Scripts/stress-cancellation; the suite itself takes a sample and no times.
    @Test("Cancelled at random moments, every request ends once and leaves no descriptor, thread or connection")
    func cancellations() async throws {
        let requestedCount = ProcessInfo.processInfo.environment["GESSO_CANCELS"].flatMap { Int($0) }
        let count = requestedCount ?? 200
        func descriptors() -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0
        }
        let server = try LoopbackServer { connection, request in
            // A response takes some milliseconds, so that cancellations meet it in every state.
            let isStream = request.body.range(of: Data("\"stream\"".utf8)) != nil
            Thread.sleep(forTimeInterval: 0.001)
            if isStream {
                let event = StreamingTests.event("partial_image", Samples.png(byteCount: 20_000), index: 0)
                let last = StreamingTests.event("completed", Samples.png(byteCount: 50_000))
                connection.write(StreamingTests.head + "Content-Length: \(event.utf8.count + last.utf8.count)\r\n\r\n")
                connection.write(event)
                Thread.sleep(forTimeInterval: 0.002)
                connection.write(last)
            } else {
                let body = Array(Samples.response([Samples.png(byteCount: 50_000)]).utf8)
                connection.write(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n")
                connection.write(body[..<20_000])
                Thread.sleep(forTimeInterval: 0.002)
                connection.write(body[20_000...])
            }
        }
        // What the language's own runtime opens for timers stays open.
        let first = try Samples.client(server)
        _ = await Self.cancel(after: 1_000, stream: true, first)
        first.shutdown()
        await first.waitUntilShutDown()
        for _ in 0..<1_000 where connections(to: server.port) > 0 || server.closedByPeer < server.connections {
            try await Task.sleep(for: .milliseconds(5))
        }
        let before = (descriptors(), transportThreads())
        let client = try Samples.client(server) { $0.retryPolicy = ImagesClient.RetryPolicy() }
        var generator = SplitMix(seed: 7)
        var outcomes: [String: Int] = [:]
        var times: [Duration] = []
        var begun = 0
        await withTaskGroup(of: (String, Duration).self) { group in
            func note(_ result: (String, Duration)?) {
                guard let result else { return }
                outcomes[result.0, default: 0] += 1
                if result.0 == "cancelled" { times.append(result.1) }
            }
            // Those that were done before they were cancelled do not count.
            while times.count < count, begun < 20 * count {
                if begun >= 16 { note(await group.next()) }
                let (delay, stream) = (Int.random(in: 0...8_000, using: &generator), begun.isMultiple(of: 2))
                group.addTask { await Self.cancel(after: delay, stream: stream, client) }
                begun += 1
            }
            for await result in group { note(result) }
        }
        client.shutdown()
        await client.waitUntilShutDown()
        #expect(Set(outcomes.keys).isSubset(of: ["done", "cancelled"]), "\(outcomes)")
        #expect(outcomes.values.reduce(0, +) == begun)
        #expect(times.count >= count)
        // The thread says that it is over a moment before it is gone.
        for _ in 0..<1_000 where connections(to: server.port) > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(connections(to: server.port) == 0)
        guard requestedCount != nil else { return }
        // Alone in its process, so that the numbers are its own.
        let connected = server.connections
        for _ in 0..<1_000 where server.closedByPeer < connected { try await Task.sleep(for: .milliseconds(5)) }
        #expect(server.closedByPeer == connected, "the server sees every connection end")
        for _ in 0..<1_000 where descriptors() > before.0 || transportThreads() > before.1 {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(descriptors() <= before.0)
        #expect(transportThreads() <= before.1)
        times.sort()
        guard let longest = times.last else { return }
        let (median, late) = (times[times.count / 2], times[times.count * 99 / 100])
        print("\(begun) requests: \(outcomes); cancellations: median \(median), p99 \(late), longest \(longest)")
        #expect(late <= .milliseconds(100))
        server.stop()
    }

    @Test("A client that is never used starts no thread")
    func unused() async throws {
        let before = transportThreads()
        let clients = (0..<50).map { _ in ImagesClient(configuration: .init(environment: [:])) }
        // Other tests' clients come and go meanwhile; fifty threads of our own would show all the same.
        #expect(transportThreads() < before + 50)
        #expect(clients.count == 50)
    }
}
#endif
