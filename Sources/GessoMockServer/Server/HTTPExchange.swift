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
            if case .data(let data) = response.body {
                response.body = .data(GzipWriter.stored(data))
            } else {
                gzip = GzipWriter()
            }
        }
        if fault?.events != nil, case .data = response.body {
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
        case .stream(let produce): try produce(stream)
        }
        try stream.end()
    }

    private func framing(of response: HTTPResponse, wanted: Fault.Framing?) -> Fault.Framing {
        let usual: Fault.Framing = if case .data = response.body { .contentLength } else { .chunked }
        let framing = wanted ?? usual
        if case .stream = response.body, framing == .contentLength { return .close }
        // HTTP/1.0 clients do not support the chunked coding.
        return framing == .chunked && !head.isHTTP11 ? .close : framing
    }
}
