#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One request and the way to answer it; the handler calls `send` exactly once, or throws.
final class Exchange {
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
    func send(_ answer: Answer) throws {
        isAnswered = true
        // A client that waits for "100 Continue" and gets a final answer instead does not send its body.
        let abandoned = head.expectsContinue && !body.isTouched
        let isDrained = try abandoned ? false : body.discard()

        var answer = answer
        let fault = wire.fault
        var gzip: Gzip?
        if fault?.gzip == true {
            answer.headers.append(("content-encoding", "gzip"))
            if case .data(let data) = answer.body { answer.body = .data(Gzip.stored(data)) } else { gzip = Gzip() }
        }
        if fault?.events != nil, case .data = answer.body { wire.note("the answer is no stream and has no events") }
        let framing = framing(of: answer, wanted: fault?.framing)
        let isTrue = fault?.contentLengthOffset == nil
        keepsConnection = head.keepsConnection && isDrained && framing != .close && isTrue
        try wire.writePreamble()
        let offset = fault?.contentLengthOffset ?? 0
        try wire.write(answer.head(keepsConnection: keepsConnection, framing: framing, lengthOffset: offset), .head)
        try wire.end(.head)
        guard head.method != "HEAD" else { return try wire.end(.body) }
        let stream = StreamWriter(wire: wire, isChunked: framing == .chunked, gzip: gzip)
        switch answer.body {
        case .data(let data): try stream.write(data)
        case .stream(let produce): try produce(stream)
        }
        try stream.end()
    }

    private func framing(of answer: Answer, wanted: Fault.Framing?) -> Fault.Framing {
        let usual: Fault.Framing = if case .data = answer.body { .contentLength } else { .chunked }
        let framing = wanted ?? usual
        if case .stream = answer.body, framing == .contentLength { return .close }
        // An HTTP/1.0 client knows no chunks.
        return framing == .chunked && !head.isHTTP11 ? .close : framing
    }
}
