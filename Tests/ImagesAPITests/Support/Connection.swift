import Foundation

/// The server's end of one connection; used by one thread.
final class Connection {
    private let socket: Int32
    private var buffer = Data()
    private(set) var isClosed = false
    /// Bytes the client took before it hung up or the server stopped.
    private(set) var bytesWritten = 0

    init(_ socket: Int32) {
        self.socket = socket
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The next request, or nil when the client has hung up.
    func readRequest() -> ReceivedRequest? {
        let blank = Data("\r\n\r\n".utf8)
        var end = buffer.range(of: blank)
        while end == nil {
            guard fill() else { return nil }
            end = buffer.range(of: blank)
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[buffer.startIndex..<end.lowerBound], as: UTF8.self)
            .components(separatedBy: "\r\n")
        let headers = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
        }
        buffer = Data(buffer[end.upperBound...])
        var request = ReceivedRequest(line: lines[0], headers: headers, body: Data())
        let length = request["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length { guard fill() else { return nil } }
        request.body = Data(buffer.prefix(length))
        buffer = Data(buffer.dropFirst(length))
        return request
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(socket, &chunk, chunk.count, 0)
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }

    /// Sends all bytes; false when the client is gone.
    @discardableResult
    func write(_ data: some Collection<UInt8>) -> Bool {
        guard !isClosed else { return false }
        var rest = Array(data)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 else { return false }
            bytesWritten += sent
            rest = rest.dropFirst(sent)
        }
        return true
    }

    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    /// A complete response with a length.
    @discardableResult
    func respond(
        _ status: Int = 200, headers: [String] = ["Content-Type: application/json"], body: some Collection<UInt8>
    ) -> Bool {
        let head = (["HTTP/1.1 \(status) Test"] + headers + ["Content-Length: \(body.count)"]).joined(separator: "\r\n")
        return write(Array((head + "\r\n\r\n").utf8) + Array(body))
    }

    @discardableResult
    func respond(_ status: Int = 200, headers: [String] = ["Content-Type: application/json"], json: String) -> Bool {
        respond(status, headers: headers, body: Array(json.utf8))
    }

    /// True once the client has hung up; waits for that as long as said.
    func seesHangUp(within seconds: Double) -> Bool {
        var descriptor = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptor, 1, Int32(seconds * 1_000)) > 0 else { return false }
        var byte: UInt8 = 0
        return recv(socket, &byte, 1, Int32(MSG_PEEK)) <= 0
    }

    /// Returns once the client, which is in this process, has read all that was sent, or is gone.
    func waitUntilRead(within seconds: Double) {
        guard let (own, other) = Self.ports(of: socket) else { return }
        let isClient = { (descriptor: Int32) in Self.ports(of: descriptor).map { $0 == (other, own) } ?? false }
        guard let client = (0..<Int32(4_096)).first(where: isClient) else { return }
        let deadline = ContinuousClock.now + .seconds(seconds)
        while isClient(client), Self.count(TIOCOUTQ, socket) > 0 || Self.count(FIONREAD, client) > 0,
            ContinuousClock.now < deadline
        {
            Thread.sleep(forTimeInterval: 0.001)
        }
    }

    /// The bytes that wait in a queue of the kernel.
    private static func count(_ queue: Int32, _ descriptor: Int32) -> Int32 {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(queue), &count) == 0 ? count : 0
    }

    /// The ports of both ends of a TCP connection over IPv4.
    private static func ports(of descriptor: Int32) -> (own: in_port_t, other: in_port_t)? {
        var (own, other) = (sockaddr_in(), sockaddr_in())
        func read(_ address: inout sockaddr_in, _ get: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Int32)
            -> Bool
        {
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            return withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { get($0, &length) }
            } == 0 && address.sin_family == sa_family_t(AF_INET)
        }
        guard read(&own, { getsockname(descriptor, $0, &$1) }), read(&other, { getpeername(descriptor, $0, &$1) })
        else {
            return nil
        }
        return (own.sin_port, other.sin_port)
    }

    /// Leaves what has arrived where it is, and returns once there is that much of it.
    func waitForBytes(atLeast count: Int, within seconds: Double) {
        let deadline = Date(timeIntervalSinceNow: seconds)
        var chunk = [UInt8](repeating: 0, count: count)
        while Date() < deadline, recv(socket, &chunk, count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) < count {
            Thread.sleep(forTimeInterval: 0.001)
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Foundation.close(socket)
    }

    /// Ends with RST instead of FIN.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Foundation.linger>.size))
        close()
    }
}
