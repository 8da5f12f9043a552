#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the requests of one connection: heads, and bodies in pieces on demand.
final class WireReader {
    /// The largest head, in bytes; a longer one is refused.
    static let headLimit = 64 << 10
    /// How long a client may send nothing, within a request or between two.
    static let silenceMilliseconds: Int32 = 120_000

    private let socket: StreamSocket
    private var buffer: [UInt8] = []
    private var start = 0

    init(_ socket: StreamSocket) { self.socket = socket }

    /// Waits for the next head; nil if the client closed the connection between two requests.
    func nextHead() throws -> RequestHead? {
        var searched = 0
        while true {
            if let end = endOfHead(from: searched) {
                let head = try RequestHead(parsing: buffer[start..<end])
                start = end + 4
                return head
            }
            searched = max(0, available - 3)
            guard available <= WireReader.headLimit else {
                throw MalformedRequest(reason: "the header fields are longer than \(WireReader.headLimit) bytes")
            }
            guard try fill() else {
                if available == 0 { return nil }
                throw SocketFailure.closed
            }
        }
    }

    /// Reads at least one and at most `count` bytes; throws `closed` at the end of the stream.
    func take(atMost count: Int) throws(SocketFailure) -> ArraySlice<UInt8> {
        if available == 0, try !fill() { throw .closed }
        let end = start + min(count, available)
        defer { start = end }
        return buffer[start..<end]
    }

    /// Reads a line of the chunked coding; returns it without CRLF.
    func takeLine(limit: Int = 1024) throws -> String {
        var line: [UInt8] = []
        while true {
            guard let byte = try take(atMost: 1).first else { throw SocketFailure.closed }
            if byte == UInt8(ascii: "\n"), line.last == UInt8(ascii: "\r") {
                return String(decoding: line.dropLast(), as: UTF8.self)
            }
            line.append(byte)
            guard line.count <= limit else { throw MalformedRequest(reason: "a chunk header is too long") }
        }
    }

    private var available: Int { buffer.count - start }

    private func fill() throws(SocketFailure) -> Bool {
        guard
            let bytes = try socket.read(atMost: 64 << 10, timeoutMilliseconds: WireReader.silenceMilliseconds)
        else { return false }
        if available == 0 {
            buffer = bytes
        } else {
            buffer.removeFirst(start)
            buffer.append(contentsOf: bytes)
        }
        start = 0
        return true
    }

    private func endOfHead(from offset: Int) -> Int? {
        guard available >= 4 else { return nil }
        var index = start + offset
        while index + 4 <= buffer.count {
            if buffer[index] == 13, buffer[index + 1] == 10, buffer[index + 2] == 13, buffer[index + 3] == 10 {
                return index
            }
            index += 1
        }
        return nil
    }
}

/// The body of one request, read on demand.
final class RequestBody {
    private let reader: WireReader
    private let framing: RequestHead.Framing
    private var remaining: Int
    private var ended: Bool
    /// Sends "100 Continue" before the first read if the client waits for it (RFC 9110, 10.1.1).
    private var beforeFirstRead: (() throws -> Void)?
    /// Whether reading has begun or the body is empty.
    private(set) var wasRead: Bool

    init(_ reader: WireReader, framing: RequestHead.Framing, beforeFirstRead: (() throws -> Void)?) {
        self.reader = reader
        self.framing = framing
        self.beforeFirstRead = beforeFirstRead
        remaining = if case .length(let count) = framing { count } else { 0 }
        ended = framing == .length(0)
        wasRead = ended
    }

    /// The next bytes; nil at the end of the body.
    func nextBytes(atMost limit: Int = 64 << 10) throws -> ArraySlice<UInt8>? {
        if let prepare = beforeFirstRead {
            beforeFirstRead = nil
            try prepare()
        }
        wasRead = true
        guard !ended else { return nil }
        if remaining == 0, framing == .chunked, try !beginChunk() { return nil }
        let bytes = try reader.take(atMost: min(remaining, limit))
        remaining -= bytes.count
        if remaining == 0 {
            if framing == .chunked {
                guard try reader.takeLine().isEmpty else {
                    throw MalformedRequest(reason: "a chunk is longer than its declared size")
                }
            } else {
                ended = true
            }
        }
        return bytes
    }

    /// The whole body; throws `BodyTooLong` if it has more than `limit` bytes.
    func collect(limit: Int) throws -> Data {
        var data = Data()
        while let bytes = try nextBytes() {
            guard data.count + bytes.count <= limit else { throw BodyTooLong(limit: limit) }
            data.append(contentsOf: bytes)
        }
        return data
    }

    /// Discards that many bytes, fewer at the end of the body; returns their number.
    func skip(_ count: Int) throws -> Int {
        var rest = max(0, count)
        while rest > 0, let bytes = try nextBytes(atMost: rest) { rest -= bytes.count }
        return max(0, count) - rest
    }

    /// Discards the rest of the body; false if it has more than `limit` bytes.
    func discard(limit: Int = 1 << 30) throws -> Bool {
        var count = 0
        while let bytes = try nextBytes() {
            count += bytes.count
            guard count <= limit else { return false }
        }
        return true
    }

    private func beginChunk() throws -> Bool {
        let line = try reader.takeLine()
        let digits = line.prefix { $0 != ";" }
        guard let size = Int(digits, radix: 16), size >= 0, digits.first?.isHexDigit == true else {
            throw MalformedRequest(reason: "a chunk size is not a hexadecimal number")
        }
        if size == 0 {
            while try !reader.takeLine().isEmpty {}
            ended = true
            return false
        }
        remaining = size
        return true
    }
}

/// The body of a request exceeds the limit of the mock server.
struct BodyTooLong: Error {
    let limit: Int
}
