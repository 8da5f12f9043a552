/// The request line and header fields of an HTTP/1.x request, parsed strictly (RFC 9112).
struct RequestHead: Sendable {
    let method: String
    /// The path of the target, percent-encoded.
    private(set) var path: String
    /// The query of the target, without the question mark.
    let query: String
    let isHTTP11: Bool
    /// In order of arrival, names in lower case.
    let headers: [(name: String, value: String)]

    /// The first value of a header field; `name` in lower case.
    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    /// How the body is framed (RFC 9112, 6.3).
    enum Framing: Equatable {
        case length(Int)
        case chunked
    }

    let framing: Framing

    var keepsConnection: Bool {
        let tokens = (header("connection") ?? "").lowercased()
        return isHTTP11 ? !tokens.contains("close") : tokens.contains("keep-alive")
    }

    var expectsContinue: Bool { isHTTP11 && header("expect")?.lowercased() == "100-continue" }
}

/// Bytes that are not a valid HTTP request. The server responds with 400 and closes the connection.
struct MalformedRequest: Error {
    let reason: String
}

extension RequestHead {
    /// Removes `/shapes/NAME` from the beginning of the path, which selects the form of a single response.
    mutating func removeShape() throws(APIErrorResponse) -> MockServer.Shape? {
        let parts = path.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == "shapes" else { return nil }
        guard let shape = MockServer.Shape(rawValue: String(parts[1])) else {
            throw APIErrorResponse(404, "The mock server has no shape of that name.", code: "404")
        }
        path = "/" + parts[2]
        return shape
    }

    /// Parses the bytes before the empty line.
    init(parsing bytes: some Collection<UInt8>) throws(MalformedRequest) {
        var lines: [Substring] = []
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.unicodeScalars.split(separator: "\r\n".unicodeScalars) { lines.append(Substring(line)) }
        guard let first = lines.first else { throw MalformedRequest(reason: "the request line is missing") }

        let parts = first.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, RequestHead.isToken(parts[0]), parts[1].hasPrefix("/") else {
            throw MalformedRequest(reason: "the request line is not METHOD /PATH VERSION")
        }
        guard parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else {
            throw MalformedRequest(reason: "the version is not HTTP/1.0 or HTTP/1.1")
        }
        method = String(parts[0])
        let target = parts[1].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(target[0])
        query = target.count > 1 ? String(target[1]) : ""
        isHTTP11 = parts[2] == "HTTP/1.1"
        headers = try RequestHead.fields(lines.dropFirst())
        framing = try RequestHead.framing(headers)
    }

    private static func fields(_ lines: ArraySlice<Substring>) throws(MalformedRequest) -> [(
        name: String, value: String
    )] {
        var fields: [(name: String, value: String)] = []
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), isToken(line[..<colon]) else {
                throw MalformedRequest(reason: "a header field is not NAME: VALUE")
            }
            let value = line[line.index(after: colon)...].trimmingWhitespace()
            guard value.unicodeScalars.allSatisfy({ $0.value >= 32 && $0.value != 127 || $0 == "\t" }) else {
                throw MalformedRequest(reason: "a header value contains a control character")
            }
            fields.append((line[..<colon].lowercased(), String(value)))
        }
        for name in ["host", "content-length", "content-type", "authorization", "transfer-encoding"]
        where fields.count(where: { $0.name == name }) > 1 {
            throw MalformedRequest(reason: "the header field \(name) is repeated")
        }
        return fields
    }

    private static func framing(_ headers: [(name: String, value: String)]) throws(MalformedRequest) -> Framing {
        let length = headers.first { $0.name == "content-length" }?.value
        let coding = headers.first { $0.name == "transfer-encoding" }?.value
        switch (length, coding) {
        case (nil, nil): return .length(0)
        case (let length?, nil):
            guard length.allSatisfy({ $0.isASCII && $0.isNumber }), let count = Int(length) else {
                throw MalformedRequest(reason: "Content-Length is not a number")
            }
            return .length(count)
        case (nil, let coding?):
            guard coding.lowercased() == "chunked" else {
                throw MalformedRequest(reason: "the only supported transfer coding is chunked")
            }
            return .chunked
        default:
            throw MalformedRequest(reason: "Content-Length and Transfer-Encoding are both present")
        }
    }

    /// Whether the text is a token of RFC 9110, 5.6.2.
    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }
}

extension Substring {
    /// Without spaces and tabs at both ends.
    func trimmingWhitespace() -> Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
