import CProcess

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Why reading from or writing to a socket ended.
enum SocketFailure: Error {
    /// The peer closed the connection, or the server is stopping.
    case closed
    /// A fault ended the connection.
    case cut
    /// Nothing arrived within the timeout.
    case timedOut
    /// A system call failed with the `errno` given.
    case system(call: String, code: Int32)
}

/// A blocking TCP socket with timeouts by `poll`.
///
/// Raw sockets because the mock server must be able to end, stall and reset a connection at any byte, and must notice
/// while it renders that the client disconnected; server libraries do not offer that.
struct StreamSocket: Sendable {
    let descriptor: Int32

    /// Reads at least one byte; nil at the end of the stream.
    func read(atMost count: Int, timeoutMilliseconds: Int32) throws(SocketFailure) -> [UInt8]? {
        try wait(for: Int16(POLLIN), timeoutMilliseconds: timeoutMilliseconds)
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var received: Int
            repeat { received = recv(descriptor, buffer.baseAddress, count, 0) } while received < 0 && errno == EINTR
            if received < 0 { code = errno }
            filled = max(0, received)
        }
        if code == ECONNRESET { throw .closed }
        if code != 0 { throw .system(call: "recv", code: code) }
        return bytes.isEmpty ? nil : bytes
    }

    /// Writes all bytes, or throws `closed` if the peer closed the connection; never raises SIGPIPE.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SocketFailure) {
        var sent = 0
        while sent < bytes.count {
            let count = send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, StreamSocket.noSignal)
            if count > 0 {
                sent += count
            } else if errno == EPIPE || errno == ECONNRESET {
                throw .closed
            } else if errno == EAGAIN {
                throw .timedOut
            } else if errno != EINTR {
                throw .system(call: "send", code: errno)
            }
        }
    }

    /// Waits that long, or until the client disconnects; returns whether it is still connected.
    func isOpen(afterMilliseconds milliseconds: Int32) -> Bool {
        var request = pollfd(descriptor: descriptor, events: StreamSocket.disconnectEvent)
        let ready = poll(&request, 1, milliseconds)
        return ready <= 0
    }

    /// Shuts both directions down, which ends every wait on the socket; the descriptor stays open.
    func interrupt() {
        _ = shutdown(descriptor, StreamSocket.bothDirections)
    }

    /// Ends the sending direction (FIN).
    func finish() {
        _ = shutdown(descriptor, StreamSocket.sending)
    }

    /// Makes ``close()`` send RST in place of FIN: unread and unsent bytes are lost, as when a machine crashes.
    func reset() {
        var immediately = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &immediately, socklen_t(MemoryLayout<linger>.size))
    }

    func close() {
        _ = closeDescriptor(descriptor)
    }

    /// Waits, one second at most, until the peer's system has acknowledged all written bytes.
    func waitUntilSent() {
        for _ in 0..<1000 {
            var unsent: Int32 = 0
            guard ioctl(descriptor, UInt(TIOCOUTQ), &unsent) == 0, unsent > 0 else { return }
            usleep(1000)
        }
    }

    private func wait(for events: Int16, timeoutMilliseconds: Int32) throws(SocketFailure) {
        var request = pollfd(descriptor: descriptor, events: events)
        while true {
            let ready = poll(&request, 1, timeoutMilliseconds)
            if ready > 0 { return }
            if ready == 0 { throw .timedOut }
            if errno != EINTR { throw .system(call: "poll", code: errno) }
        }
    }
}

extension pollfd {
    init(descriptor: Int32, events: Int16) {
        self.init(fd: descriptor, events: events, revents: 0)
    }
}

private func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }

extension StreamSocket {
    #if canImport(Darwin)
    // Sockets are made with SO_NOSIGPIPE there, and a disconnect is reported as POLLHUP.
    static let noSignal: Int32 = 0
    static let disconnectEvent = Int16(POLLHUP)
    static let stream = SOCK_STREAM
    static let bothDirections = SHUT_RDWR
    static let sending = SHUT_WR
    #else
    static let noSignal = Int32(MSG_NOSIGNAL)
    static let disconnectEvent = Int16(0x2000)  // POLLRDHUP of poll(2), which Swift does not import
    static let stream = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    static let bothDirections = Int32(SHUT_RDWR)
    static let sending = Int32(SHUT_WR)
    #endif

    /// A socket that listens on 127.0.0.1, and its port (`port` 0 selects a free one).
    static func listening(port: UInt16) throws(SocketFailure) -> (socket: StreamSocket, port: UInt16) {
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw .system(call: "socket", code: errno) }
        let listener = StreamSocket(descriptor: descriptor)
        listener.set(SO_REUSEADDR, to: 1)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (call, code) = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> (String, Int32) in
                if bind(descriptor, address, length) != 0 { return ("bind", errno) }
                if listen(descriptor, 1024) != 0 { return ("listen", errno) }
                if getsockname(descriptor, address, &length) != 0 { return ("getsockname", errno) }
                return ("", 0)
            }
        }
        guard code == 0 else {
            listener.close()
            throw .system(call: call, code: code)
        }
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    /// The next connection; throws `closed` after ``interrupt()``.
    func accept() throws(SocketFailure) -> StreamSocket {
        while true {
            let client = acceptDescriptor(descriptor)
            if client >= 0 {
                let socket = StreamSocket(descriptor: client)
                socket.prepare()
                return socket
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: throw .system(call: "accept", code: errno)
            default: throw .closed
            }
        }
    }

    private func prepare() {
        setsockoptInteger(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        #if canImport(Darwin)
        set(SO_NOSIGPIPE, to: 1)
        #endif
    }

    private func set(_ option: Int32, to value: Int32) {
        setsockoptInteger(descriptor, SOL_SOCKET, option, value)
    }
}

private func acceptDescriptor(_ listener: Int32) -> Int32 {
    #if canImport(Darwin)
    return accept(listener, nil, nil)
    #else
    return gesso_accept(listener)
    #endif
}

private func setsockoptInteger(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
}
