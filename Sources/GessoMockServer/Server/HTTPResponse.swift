#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The status, header fields and body of a response; the body is either complete or written in pieces.
struct HTTPResponse {
    enum Body {
        case data(Data)
        /// A stored file, written piece by piece.
        case stored(StoredContents)
        /// Written by the closure: chunked, or for an HTTP/1.0 client ended by closing the connection.
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

    static func json(_ value: RequestValue) -> HTTPResponse {
        HTTPResponse(headers: [("content-type", "application/json")], body: .data(value.serialized()))
    }

    /// The reason phrases of the statuses that the Images API uses; others have none (RFC 9112, 4).
    static let phrases: [Int: String] = [
        200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    /// The length of the body; nil if it is not known.
    var byteCount: Int? {
        switch body {
        case .data(let data): data.count
        case .stored(let contents): contents.byteCount
        case .stream: nil
        }
    }

    /// The encoded status line and header fields, with the empty line.
    func head(keepsConnection: Bool, framing: Fault.Framing, lengthOffset: Int = 0) -> Data {
        var text = "HTTP/1.1 \(status) \(HTTPResponse.phrases[status] ?? "")\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        switch framing {
        case .contentLength:
            guard let byteCount else { break }
            let (length, overflows) = byteCount.addingReportingOverflow(lengthOffset)
            text += "content-length: \(overflows ? Int.max : max(0, length))\r\n"
        case .chunked: text += "transfer-encoding: chunked\r\n"
        default: break
        }
        text += keepsConnection ? "\r\n" : "connection: close\r\n\r\n"
        return Data(text.utf8)
    }
}

/// Writes a body of unknown length (RFC 9112, 6.3 and 7.1).
struct StreamWriter {
    let wire: WireWriter
    let isChunked: Bool
    /// Compresses the body if a fault says so.
    var gzip: GzipWriter?

    func write(_ data: Data) throws(SocketFailure) {
        try writePacked(gzip?.write(data) ?? data)
    }

    private func writePacked(_ data: Data) throws(SocketFailure) {
        guard !data.isEmpty else { return }
        if isChunked { try wire.write(Data("\(String(data.count, radix: 16))\r\n".utf8), .coding) }
        try wire.write(data, .body)
        if isChunked { try wire.write(Data("\r\n".utf8), .coding) }
    }

    func end() throws(SocketFailure) {
        if let gzip { try writePacked(gzip.finish()) }
        try wire.end(.body)
        if isChunked { try wire.write(Data("0\r\n\r\n".utf8), .coding) }
    }

    /// Waits; throws `closed` as soon as the client disconnects.
    func pause(seconds: Double) throws(SocketFailure) {
        try wire.pause(seconds: seconds)
    }
}
