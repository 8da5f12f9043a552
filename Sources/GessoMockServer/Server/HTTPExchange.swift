#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One request and its response; the handler calls `send` exactly once, or throws.
final class HTTPExchange {
    let head: RequestHead
    let body: RequestBody
    let wire: WireWriter
    private(set) var isResponseSent = false
    /// How much of a stored file is in memory at a time.
    private static let pieceBytes = 1 << 20
    private(set) var keepsConnection = false

    init(head: RequestHead, body: RequestBody, wire: WireWriter) {
        self.head = head
        self.body = body
        self.wire = wire
    }

    /// Writes the whole response. First discards what is left of the request's body: a client that is still sending
    /// would otherwise see a connection reset in place of the response.
    func send(_ response: HTTPResponse) throws {
        isResponseSent = true
        // A client that expects "100 Continue" does not send its body after a final response.
        let abandoned = head.expectsContinue && !body.wasRead
        let isDrained = try abandoned ? false : body.discard()

        var response = response
        let fault = wire.fault
        var gzip: GzipWriter?
        if fault?.gzip == true {
            response.headers.append(("content-encoding", "gzip"))
            switch response.body {
            case .data(let data): response.body = .data(GzipWriter.stored(data))
            case .stored(let contents): response.body = .data(GzipWriter.stored(contents.data))
            case .stream: gzip = GzipWriter()
            }
        }
        if fault?.events != nil, response.byteCount != nil {
            wire.reportUnapplied("the response is not a stream and has no events")
        }
        let framing = framing(of: response, wanted: fault?.framing)
        let hasCorrectLength = fault?.contentLengthOffset == nil
        keepsConnection = head.keepsConnection && isDrained && framing != .close && hasCorrectLength
        try wire.writePreamble()
        let offset = fault?.contentLengthOffset ?? 0
        try wire.write(response.head(keepsConnection: keepsConnection, framing: framing, lengthOffset: offset), .head)
        try wire.end(.head)
        guard head.method != "HEAD" else { return try wire.end(.body) }
        let stream = StreamWriter(wire: wire, isChunked: framing == .chunked, gzip: gzip)
        switch response.body {
        case .data(let data): try stream.write(data)
        case .stored(let contents):
            var offset = 0
            while offset < contents.byteCount {
                let piece = contents.read(at: offset, count: Self.pieceBytes)
                guard !piece.isEmpty else { break }
                try stream.write(piece)
                offset += piece.count
            }
        case .stream(let produce): try produce(stream)
        }
        try stream.end()
    }

    private func framing(of response: HTTPResponse, wanted: Fault.Framing?) -> Fault.Framing {
        let usual: Fault.Framing = response.byteCount != nil ? .contentLength : .chunked
        let framing = wanted ?? usual
        if case .stream = response.body, framing == .contentLength { return .close }
        // HTTP/1.0 clients do not support the chunked coding.
        return framing == .chunked && !head.isHTTP11 ? .close : framing
    }
}
