import Foundation

/// Takes so many bytes of a request and then ends it, as the request's own prompt says: `cut END OFFSET STATUS`.
final class UploadServer: Sendable {
    enum End: String, CaseIterable {
        case close
        case reset
        /// Responds, and still reads the rest, so that the client can read the response.
        case refuse
        /// Responds and closes with unread bytes, which may reset the connection before the client has read the
        /// response.
        case refuseAndClose
    }

    /// The size of the receive buffer; the kernel doubles the requested size.
    static let receiveBuffer = 65_536

    private let socket: LoopbackSocket
    var baseURL: String { "http://127.0.0.1:\(socket.port)/v1" }

    init() throws {
        socket = try LoopbackSocket(backlog: 1_024, receiveBuffer: Int32(Self.receiveBuffer / 2))
        socket.acceptEach(Self.serve)
    }

    func stop() { socket.stop() }

    static func prompt(_ end: End, offset: Int, status: Int = 413) -> String { "cut \(end) \(offset) \(status)" }

    private static func serve(_ socket: Int32) {
        let connection = Connection(socket)
        defer { connection.close() }
        var chunk = [UInt8](repeating: 0, count: 65_536)
        // The length is read from peeked bytes, so that no byte is consumed.
        var plan: [Substring] = []
        while plan.count < 4 {
            let count = recv(socket, &chunk, 4_096, Int32(MSG_PEEK))
            guard count > 0 else { return }
            let lines = String(decoding: chunk[..<count], as: UTF8.self).split(separator: "\r\n").dropLast()
            plan = lines.first { $0.hasPrefix("cut ") }?.split(separator: " ") ?? []
        }
        guard let end = End(rawValue: String(plan[1])), var left = Int(plan[2]), let status = Int(plan[3]) else {
            return
        }
        while left > 0 {
            let count = recv(socket, &chunk, min(left, chunk.count), 0)
            if count <= 0 { return }
            left -= count
        }
        switch end {
        case .close: return
        case .reset: return connection.reset()
        case .refuse, .refuseAndClose:
            // Or the next upload could go out on the connection in the moment before its end arrives.
            let headers = ["Content-Type: application/json", "Connection: close"]
            connection.respond(status, headers: headers, json: "{\"error\":{\"message\":\"early\"}}")
            guard end == .refuse else { return }
            shutdown(socket, Int32(SHUT_WR))
            while recv(socket, &chunk, chunk.count, 0) > 0 {}
        }
    }
}
