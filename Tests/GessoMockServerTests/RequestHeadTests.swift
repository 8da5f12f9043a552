import Testing

@testable import GessoMockServer

@Suite("Request heads")
struct RequestHeadTests {
    @Test("A head is parsed into its parts")
    func parts() throws {
        let text = "POST /v1/images/edits?a=b HTTP/1.1\r\nHost: x\r\nContent-Length:  12 \r\nX-A: 1\r\nx-a: 2"
        let head = try RequestHead(parsing: Array(text.utf8))
        #expect(head.method == "POST")
        #expect(head.path == "/v1/images/edits")
        #expect(head.query == "a=b")
        #expect(head.framing == .length(12))
        #expect(head.header("x-a") == "1")
        #expect(head.headers.map(\.name) == ["host", "content-length", "x-a", "x-a"])
        #expect(head.keepsConnection)
    }

    @Test(
        "Ambiguous framing and malformed lines are refused",
        arguments: [
            "", "GET", "GET /", "GET / HTTP/2", "GET  / HTTP/1.1", "GET x HTTP/1.1", "G(T / HTTP/1.1",
            "GET / HTTP/1.1\r\nName : value", "GET / HTTP/1.1\r\n folded", "GET / HTTP/1.1\r\nno colon",
            "GET / HTTP/1.1\r\nA: b\u{0}c", "GET / HTTP/1.1\r\nA: b\rc", "GET / HTTP/1.1\r\nA: b\nc",
            "GET / HTTP/1.1\r\nContent-Length: -1", "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked",
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked",
            "GET / HTTP/1.1\r\nContent-Length: 99999999999999999999",
        ])
    func refusals(text: String) {
        #expect(throws: MalformedRequest.self) { try RequestHead(parsing: Array(text.utf8)) }
    }

    @Test("HTTP/1.0 connections close unless keep-alive is requested")
    func persistence() throws {
        #expect(try !RequestHead(parsing: Array("GET / HTTP/1.0".utf8)).keepsConnection)
        #expect(try RequestHead(parsing: Array("GET / HTTP/1.0\r\nConnection: keep-alive".utf8)).keepsConnection)
        #expect(try !RequestHead(parsing: Array("GET / HTTP/1.1\r\nConnection: Close".utf8)).keepsConnection)
    }
}
