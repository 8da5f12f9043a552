import Foundation

@testable import ImagesAPI

/// A server for tests that answers with arbitrary bytes at an arbitrary pace: raw sockets, one thread a connection.
// Sendable holds: `state` has its lock; the rest never changes after init.
final class LoopbackServer: @unchecked Sendable {
    private struct State {
        var requests: [ReceivedRequest] = []
        var connections = 0
        var closedByPeer = 0
        var isStopped = false
    }

    let port: UInt16
    private let socket: Int32
    private let state = Locked(State())
    private let greet: @Sendable (Connection) -> Void
    private let handler: @Sendable (Connection, ReceivedRequest) -> Void

    /// The address to give a client.
    var baseURL: String { "http://127.0.0.1:\(port)/v1" }
    var requests: [ReceivedRequest] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    /// Connections on which the client was seen to hang up.
    var closedByPeer: Int { state.withLock { $0.closedByPeer } }

    /// Starts at once; `greet` runs for each connection before anything is read from it, the handler for each request. The
    /// connection is kept unless one of them closes it.
    init(
        greet: @escaping @Sendable (Connection) -> Void = { _ in },
        _ handler: @escaping @Sendable (Connection, ReceivedRequest) -> Void
    ) throws {
        self.greet = greet
        self.handler = handler
        socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(socket, pointer, length) == 0 && listen(socket, 1024) == 0
                    && getsockname(socket, pointer, &length) == 0
            }
        }
        guard bound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        let thread = Thread { [self] in acceptAll() }
        thread.stackSize = 256 * 1024
        thread.start()
    }

    /// Refuses connections from now on. The descriptor itself is closed by the thread that accepts, since its number could
    /// otherwise be another server's by the time that thread uses it again.
    func stop() {
        let first = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if first { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    deinit { stop() }

    private func acceptAll() {
        while true {
            let accepted = accept(socket, nil, nil)
            guard accepted >= 0 else {
                close(socket)
                return
            }
            state.withLock { $0.connections += 1 }
            let thread = Thread { [weak self] in
                let connection = Connection(accepted)
                self?.greet(connection)
                while !connection.isClosed, let request = connection.readRequest() {
                    guard let self else { break }
                    self.state.withLock { $0.requests.append(request) }
                    self.handler(connection, request)
                }
                if !connection.isClosed { self?.state.withLock { $0.closedByPeer += 1 } }
                connection.close()
            }
            thread.stackSize = 256 * 1024
            thread.start()
        }
    }
}

/// A request as it came over the wire.
struct ReceivedRequest: Sendable {
    var line: String
    var headers: [(String, String)]
    var body: Data

    subscript(name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }
}
