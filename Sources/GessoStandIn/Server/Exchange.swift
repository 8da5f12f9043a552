/// One request and the way to answer it; the handler calls `send` exactly once, or throws.
final class Exchange {
    let head: RequestHead
    let body: RequestBody
    let wire: WireWriter
    private(set) var isAnswered = false

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
        let isChunked = head.isHTTP11
        keepsConnection = head.keepsConnection && isDrained
        if case .stream = answer.body, !isChunked { keepsConnection = false }
        try wire.write(answer.head(keepsConnection: keepsConnection, chunked: isChunked), countsAsBody: false)
        switch answer.body {
        case .data(let data):
            if head.method != "HEAD" { try wire.write(data, countsAsBody: true) }
        case .stream(let produce):
            let stream = StreamWriter(wire: wire, isChunked: isChunked)
            try produce(stream)
            try stream.end()
        }
    }

    private(set) var keepsConnection = false
}
