#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One request and the way to answer it; the handler calls `send` exactly once, or throws.
final class HTTPExchange {
    let head: RequestHead
    let body: RequestBody
    let wire: WireWriter
    private(set) var isAnswered = false
    private(set) var keepsConnection = false

    init(head: RequestHead, body: RequestBody, wire: WireWriter) {
        self.head = head
        self.body = body
        self.wire = wire
    }

    /// Writes the answer, all of it. A body that was not read to its end is read and forgotten first, because a client
    /// that is still sending would otherwise be reset before it reads why.
    func send(_ response: HTTPResponse) throws {
        isAnswered = true
        // A client that waits for "100 Continue" and gets a final answer instead does not send its body.
        let abandoned = head.expectsContinue && !body.isTouched
        let isDrained = try abandoned ? false : body.discard()

        var response = response
        let fault = wire.fault
        var gzip: Gzip?
        if fault?.gzip == true {
            response.headers.append(("content-encoding", "gzip"))
            if case .data(let data) = response.body { response.body = .data(Gzip.stored(data)) } else { gzip = Gzip() }
        }
        if fault?.events != nil, case .data = response.body {
            wire.note("events: the response is not streamed and has no events")
        }
        let framing = framing(of: response, wanted: fault?.framing)
        let isTrue = fault?.contentLengthOffset == nil
        keepsConnection = head.keepsConnection && isDrained && framing != .close && isTrue
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
        // An HTTP/1.0 client knows no chunks.
        return framing == .chunked && !head.isHTTP11 ? .close : framing
    }
}
