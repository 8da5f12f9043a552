#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What goes back to a client: status, header fields, and a body that is there or is written piece by piece.
struct Answer {
    enum Body {
        case data(Data)
        /// Sent as the closure writes it, in the chunked coding or, to an HTTP/1.0 client, up to the connection's end.
        case stream((StreamWriter) throws -> Void)
    }

    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body

    init(status: Int = 200, headers: [(name: String, value: String)] = [], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The reason phrases of the statuses the Images API uses; others have none, which RFC 9112, 4 allows.
    static let phrases: [Int: String] = [
        200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    /// The status line and header fields as they go over the wire, empty line included.
    func head(keepsConnection: Bool, chunked: Bool = true) -> Data {
        var text = "HTTP/1.1 \(status) \(Answer.phrases[status] ?? "")\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        switch body {
        case .data(let data): text += "content-length: \(data.count)\r\n"
        case .stream: if chunked { text += "transfer-encoding: chunked\r\n" }
        }
        text += keepsConnection ? "\r\n" : "connection: close\r\n\r\n"
        return Data(text.utf8)
    }
}

/// Writes a body of unknown length (RFC 9112, 6.3 and 7.1).
struct StreamWriter {
    let wire: WireWriter
    let isChunked: Bool

    func write(_ data: Data) throws(SocketFailure) {
        guard !data.isEmpty else { return }
        if isChunked { try wire.write(Data("\(String(data.count, radix: 16))\r\n".utf8), countsAsBody: false) }
        try wire.write(data, countsAsBody: true)
        if isChunked { try wire.write(Data("\r\n".utf8), countsAsBody: false) }
    }

    func end() throws(SocketFailure) {
        if isChunked { try wire.write(Data("0\r\n\r\n".utf8), countsAsBody: false) }
    }

    /// Waits, and throws `closed` as soon as the client is gone.
    func pause(seconds: Double) throws(SocketFailure) {
        try wire.pause(seconds: seconds)
    }
}

/// Writes one answer to a connection.
final class WireWriter {
    let socket: StreamSocket

    init(_ socket: StreamSocket) { self.socket = socket }

    /// Writes bytes of the head or the coding (`countsAsBody` false), or of the body.
    func write(_ data: Data, countsAsBody: Bool) throws(SocketFailure) {
        var failure: SocketFailure?
        data.withUnsafeBytes { bytes in
            do throws(SocketFailure) { try socket.write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    func pause(seconds: Double) throws(SocketFailure) {
        guard seconds > 0 else { return }
        let milliseconds = Int32(min(seconds * 1000, 3_600_000))
        if !socket.isOpen(afterMilliseconds: milliseconds) { throw .closed }
    }
}

extension WireWriter {
    func writeContinue() throws(SocketFailure) {
        try write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8), countsAsBody: false)
    }

    /// The answer to bytes that are no request.
    func writeMalformed(_ error: MalformedRequest) throws(SocketFailure) {
        let refusal = Refusal(400, "The stand-in could not read this as an HTTP/1.1 request: \(error.reason).")
        let answer = refusal.answer()
        try write(answer.head(keepsConnection: false), countsAsBody: false)
        if case .data(let data) = answer.body { try write(data, countsAsBody: true) }
        socket.finish()
    }
}
