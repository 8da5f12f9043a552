import Foundation
import Testing

@testable import GessoMockServer

@Suite("Multipart bodies")
struct MultipartParserTests {
    private func parse(_ body: Data, pieces: Int = .max, limits: MultipartParser.Limits = .init()) throws -> [FormPart]
    {
        var parser = MultipartParser(boundary: Form.boundary, limits: limits)
        var rest = body[...]
        while !rest.isEmpty {
            try parser.feed(rest.prefix(pieces))
            rest = rest.dropFirst(pieces)
        }
        return try parser.finish()
    }

    /// Content with many sequences that resemble a delimiter.
    private let tricky = Data("\r\n--form-boundary-012345678\r\n\r\n--\r\r\n--form-boundary-012345678".utf8)

    @Test("Every split of the bytes gives the same parts", arguments: 1...80)
    func splitsDoNotMatter(pieces: Int) throws {
        let body = Form.body([
            .text("prompt", "two\r\nlines"), .file("image[]", tricky), .file("mask", filename: "", Data()),
        ])
        let parts = try parse(body, pieces: pieces)
        #expect(parts.map(\.name) == ["prompt", "image[]", "mask"])
        #expect(parts.map(\.data) == [Data("two\r\nlines".utf8), tricky, Data()])
        #expect(parts.map(\.isFile) == [false, true, true])
        #expect(parts.map(\.contentType) == [nil, "image/png", "image/png"])
    }

    @Test(
        "Quotes in a file name are preserved",
        arguments: [
            (#"a\"b.png"#, "a\"b.png"), ("a%22b.png", "a\"b.png"), (#"a\\b.png"#, #"a\b.png"#), ("ä b.png", "ä b.png"),
        ])
    func filenames(written: String, read: String) throws {
        let parts = try parse(Form.body([.file("image", filename: written, Data([1]))]))
        #expect(parts.first?.filename == read)
    }

    @Test(
        "A body that violates the format is refused",
        arguments: [
            "",
            "--form-boundary-0123456789",
            "preamble\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\nContent-Disposition: form-data; name=\"a\"\n\nb\n--form-boundary-0123456789--\n",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--form-boundary-0123456789",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--form-boundary-0123456789--\r\nmore",
            "--form-boundary-0123456789\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data; name=\"a\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\r\nContent-Disposition: form-data; name=\"a\"\r\nX: \u{1}\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
            "--form-boundary-0123456789\r\nContent-Disposition : form-data; name=\"a\"\r\n\r\nb\r\n--form-boundary-0123456789--\r\n",
        ])
    func refusals(body: String) {
        #expect(throws: MultipartError.self) { try parse(Data(body.utf8)) }
        #expect(throws: MultipartError.self) { try parse(Data(body.utf8), pieces: 1) }
    }

    @Test("The closing delimiter may or may not end its line (RFC 2046, 5.1.1)")
    func finalLineEnd() throws {
        let body = Form.body([.text("a", "b")])
        #expect(try parse(body.dropLast(2)).count == 1)
        #expect(try parse(body).count == 1)
    }

    @Test("A body at the limits is accepted, one beyond them is refused")
    func limits() throws {
        let body = Form.body([.file("a", Data(repeating: 0, count: 100)), .text("b", "c")])
        #expect(try parse(body, limits: .init(partBytes: 100, parts: 2)).count == 2)
        #expect(throws: MultipartError.self) { try parse(body, limits: .init(partBytes: 99, parts: 2)) }
        #expect(throws: MultipartError.self) { try parse(body, limits: .init(partBytes: 100, parts: 1)) }
    }

    @Test(
        "The boundary is read from the content type",
        arguments: [
            ("multipart/form-data; boundary=abc", "abc" as String?),
            ("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"", "a b"),
            ("multipart/form-data", nil), ("multipart/form-data; boundary=", nil),
            ("application/json; boundary=a", nil),
            ("multipart/form-data; boundary=\(String(repeating: "x", count: 71))", nil),
        ])
    func boundaries(contentType: String, boundary: String?) {
        #expect(MultipartParser.boundary(of: contentType) == boundary)
    }
}
