import Foundation

/// A TCP socket on a free port, of 127.0.0.1 unless told otherwise.
struct LoopbackSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// - Parameters:
    ///   - backlog: how many connections may wait; with nil, every one is refused.
    ///   - receiveBuffer: bytes that may come ahead of the reader.
    init(host: String = "127.0.0.1", backlog: Int32?, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr(host)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && backlog.map { listen(descriptor, $0) == 0 } ?? true
                    && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Hands every connection to a thread of its own, until the socket is stopped.
    func acceptEach(_ body: @escaping @Sendable (Int32) -> Void) {
        Self.thread {
            while true {
                let accepted = accept(descriptor, nil, nil)
                guard accepted >= 0 else {
                    close(descriptor)
                    return
                }
                Self.thread { body(accepted) }
            }
        }
    }

    /// Refuses connections from now on. The descriptor itself is closed by the thread that accepts, since its number could
    /// otherwise be another server's by the time that thread uses it again.
    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func thread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 256 * 1024
        thread.start()
    }
}
