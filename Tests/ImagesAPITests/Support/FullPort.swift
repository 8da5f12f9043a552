import Foundation

/// A port with a full accept queue, so that connection attempts time out (Linux).
final class FullPort: Sendable {
    let port: UInt16
    private let sockets: [Int32]

    var baseURL: String { "http://127.0.0.1:\(port)/v1" }

    init() {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
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
        port = UInt16(bigEndian: address.sin_port)
        sockets = fillers + [listener]
    }

    deinit { for socket in sockets { close(socket) } }
}
