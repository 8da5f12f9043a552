import Foundation

/// A TCP socket on a free port, of 127.0.0.1 by default.
struct LoopbackSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    /// - Parameters:
    ///   - backlog: how many connections may wait; with nil, every one is refused.
    ///   - receiveBuffer: bytes that may come ahead of the reader.
    init(host: String = "127.0.0.1", backlog: Int32?, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(host.contains(":") ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        guard let port = Self.bind(descriptor, to: host, backlog: backlog) else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        self.port = port
    }

    /// Binds to a free port and returns it, nil on failure. `::` is every address of this machine, those of IPv4 too.
    private static func bind(_ descriptor: Int32, to host: String, backlog: Int32?) -> UInt16? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            if host.contains(":") {
                storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    address.pointee.sin6_family = sa_family_t(AF_INET6)
                    inet_pton(AF_INET6, host, &address.pointee.sin6_addr)
                }
                length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            } else {
                storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                    address.pointee.sin_family = sa_family_t(AF_INET)
                    address.pointee.sin_addr.s_addr = inet_addr(host)
                }
                length = socklen_t(MemoryLayout<sockaddr_in>.size)
            }
            let isBound = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bindSocket(descriptor, address, length) == 0
                    && backlog.map { listen(descriptor, $0) == 0 } ?? true
                    && getsockname(descriptor, address, &length) == 0
            }
            // Both kinds of address have the port in the same place.
            return isBound
                ? storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: $0.pointee.sin_port)
                }
                : nil
        }
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

/// The system's function, which within the type is hidden by one of the same name.
private func bindSocket(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
    bind(descriptor, address, length)
}
