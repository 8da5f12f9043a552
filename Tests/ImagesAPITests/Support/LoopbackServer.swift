import Foundation

@testable import ImagesAPI

/// A server for tests that responds with arbitrary bytes at arbitrary times: raw sockets, one thread per connection.
/// Not the mock server's, so that the client is tested without it.
final class LoopbackServer: Sendable {
    private struct State {
        var requests: [ReceivedRequest] = []
        var connections = 0
        var closedByPeer = 0
        var isStopped = false
    }

    private let socket: LoopbackSocket
    private let state = Locked(State())
    private let greet: @Sendable (Connection) -> Void
    private let handler: @Sendable (Connection, ReceivedRequest) -> Void

    var port: UInt16 { socket.port }
    /// The address to give a client.
    var baseURL: String { "http://127.0.0.1:\(port)/v1" }
    var requests: [ReceivedRequest] { state.withLock { $0.requests } }
    var connections: Int { state.withLock { $0.connections } }
    /// Connections on which the client was seen to hang up.
    var closedByPeer: Int { state.withLock { $0.closedByPeer } }

    /// Starts at once; `greet` runs for each connection before anything is read from it, the handler for each request. The
    /// connection is kept unless one of them closes it.
    init(
        host: String = "127.0.0.1", greet: @escaping @Sendable (Connection) -> Void = { _ in },
        _ handler: @escaping @Sendable (Connection, ReceivedRequest) -> Void
    ) throws {
        self.greet = greet
        self.handler = handler
        socket = try LoopbackSocket(host: host, backlog: 1_024)
        socket.acceptEach { [self] in serve(Connection($0)) }
    }

    /// Refuses connections from now on.
    func stop() {
        let first = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped
        }
        if first { socket.stop() }
    }

    deinit { stop() }

    private func serve(_ connection: Connection) {
        state.withLock { $0.connections += 1 }
        greet(connection)
        while !connection.isClosed, let request = connection.readRequest() {
            state.withLock { $0.requests.append(request) }
            handler(connection, request)
        }
        if !connection.isClosed { state.withLock { $0.closedByPeer += 1 } }
        connection.close()
    }
}

/// A request as received.
struct ReceivedRequest: Sendable {
    var line: String
    var headers: [(String, String)]
    var body: Data

    subscript(name: String) -> String? { headers.first { $0.0.lowercased() == name.lowercased() }?.1 }
}
