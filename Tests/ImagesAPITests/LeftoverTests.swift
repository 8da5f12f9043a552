import Foundation
import Testing

@testable import ImagesAPI

#if os(Linux)
@Suite("What a client leaves behind", .serialized)
struct LeftoverTests {
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

    @Test("After shutdown the connections are gone, after success, error and cancel alike")
    func shutdown() async throws {
        let server = try LoopbackServer { connection, request in
            switch request.body.count % 3 {
            case 0: connection.answer(json: Samples.response([Samples.png]))
            case 1: connection.answer(500, json: "{}")
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
                            try await client.create(
                                CreateRequest(prompt: String(repeating: "x", count: length + 1), model: "m"))
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

    @Test("A client that is merely dropped ends its thread and its connections")
    func dropped() async throws {
        let server = try LoopbackServer { connection, _ in connection.answer(json: Samples.response([Samples.png])) }
        defer { server.stop() }
        func use() async throws {
            let client = try Samples.client(server)
            _ = try await client.create(Samples.create)
        }
        for _ in 0..<10 { try await use() }
        for _ in 0..<1_000 where connections(to: server.port) > 0 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(connections(to: server.port) == 0)
    }

    @Test("A client that is never used starts no thread")
    func unused() async throws {
        let before = transportThreads()
        let clients = (0..<50).map { _ in ImagesClient(configuration: .init(environment: [:])) }
        // Other tests' clients come and go meanwhile; fifty threads of our own would show all the same.
        #expect(transportThreads() < before + 50)
        #expect(clients.count == 50)
    }

    @Test("A server that hangs up under a large upload does not end the process")
    func brokenPipe() async throws {
        let server = try LoopbackServer { connection, _ in connection.close() }
        defer { server.stop() }
        let closer = try HangUpServer()
        defer { closer.stop() }
        let upload = try ImageUpload(Samples.png(byteCount: 5_000_000))
        for _ in 0..<10 {
            let client = try Samples.client("http://127.0.0.1:\(closer.port)/v1")
            let error = await #expect(throws: ImagesAPIError.self) {
                try await client.edit(EditRequest(images: [upload], prompt: "p", model: "m"))
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.mayHaveBeenBilled == false)
            #expect(error?.isRetryable == true)
        }
    }
}

/// Reads a little of what it is sent and hangs up.
final class HangUpServer: Sendable {
    let port: UInt16
    private let socket: Int32

    init() throws {
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                _ = bind(socket, pointer, length)
                _ = listen(socket, 100)
                _ = getsockname(socket, pointer, &length)
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        Thread {
            while true {
                let accepted = accept(socket, nil, nil)
                guard accepted >= 0 else {
                    close(socket)
                    return
                }
                var chunk = [UInt8](repeating: 0, count: 1_000)
                _ = recv(accepted, &chunk, chunk.count, 0)
                close(accepted)
            }
        }.start()
    }

    func stop() { shutdown(socket, Int32(SHUT_RDWR)) }
}
#endif
