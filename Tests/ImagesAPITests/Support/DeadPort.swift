import Foundation

/// A port that is in use but refuses connections, so that no server of another test can use it.
final class DeadPort: Sendable {
    private let socket: LoopbackSocket

    var port: UInt16 { socket.port }
    var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    init() throws { socket = try LoopbackSocket(backlog: nil) }

    deinit { close(socket.descriptor) }
}
