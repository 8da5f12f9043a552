import Foundation
import Testing

@testable import ImagesAPI

@Suite("Multipart forms")
struct MultipartTests {
    /// The whole body as the wire sees it, read through a buffer of some size.
    private func bytes(_ body: RequestBody, buffer: Int = 7) -> Data {
        var cursor = BodyCursor(body)
        var whole = Data()
        var chunk = [UInt8](repeating: 0, count: buffer)
        while true {
            let count = chunk.withUnsafeMutableBytes { cursor.read(into: $0) }
            if count == 0 { break }
            whole.append(contentsOf: chunk[..<count])
        }
        return whole
    }

    private func part(_ name: String, _ text: String) -> String {
        "--B\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(text)\r\n"
    }

    private func file(_ name: String, _ filename: String, _ type: String) -> String {
        "--B\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(filename)\"\r\nContent-Type: \(type)\r\n\r\n"
    }

    @Test("One image is `image`, named and typed by its content", arguments: [1, 7, 4_096])
    func oneImage(buffer: Int) throws {
        var request = EditRequest(
            images: [try ImageUpload(Samples.jpeg)], mask: try ImageUpload(Samples.png), prompt: "é\r\n\"x\"",
            model: .gptImage2, n: 2)
        request.svgModel = "m"
        request.svgEffort = "high"
        let expected =
            Data((part("model", "gpt-image-2") + part("prompt", "é\r\n\"x\"") + part("n", "2")).utf8)
            + Data((part("svg[model]", "m") + part("svg[reasoning][effort]", "high")).utf8)
            + Data(file("image", "image-0.jpg", "image/jpeg").utf8) + Samples.jpeg
            + Data(("\r\n" + file("mask", "mask.png", "image/png")).utf8) + Samples.png + Data("\r\n--B--\r\n".utf8)
        let form = MultipartForm(request, boundary: "B")
        #expect(form.contentType == "multipart/form-data; boundary=B")
        #expect(bytes(form.finished(), buffer: buffer) == expected)
        #expect(form.finished().byteCount == expected.count)
    }

    @Test("Several images are `image[]`, in order")
    func manyImages() throws {
        let request = EditRequest(
            images: [
                try ImageUpload(Samples.webp), try ImageUpload(Samples.png, filename: "/home/me/a \"b\".PNG"),
                try ImageUpload(Samples.jpeg),
            ], prompt: "p", model: "m")
        let expected =
            Data((part("model", "m") + part("prompt", "p") + file("image[]", "image-0.webp", "image/webp")).utf8)
            + Samples.webp + Data(("\r\n" + file("image[]", "a %22b%22.PNG", "image/png")).utf8) + Samples.png
            + Data(("\r\n" + file("image[]", "image-2.jpg", "image/jpeg")).utf8) + Samples.jpeg
            + Data("\r\n--B--\r\n".utf8)
        #expect(bytes(MultipartForm(request, boundary: "B").finished()) == expected)
    }

    @Test("Rewinding reads the same bytes again")
    func rewind() throws {
        var body = RequestBody()
        body.append("abc")
        body.append(Data())
        body.append("defgh")
        var cursor = BodyCursor(body)
        var chunk = [UInt8](repeating: 0, count: 5)
        for _ in 0..<2 {
            #expect(chunk.withUnsafeMutableBytes { cursor.read(into: $0) } == 5)
            #expect(chunk == Array("abcde".utf8))
            #expect(!cursor.isAtEnd)
            cursor.rewind()
        }
    }

    @Test("File images are not copied into the form")
    func sharesBytes() throws {
        let upload = try ImageUpload(Samples.png(byteCount: 100_000))
        let form = MultipartForm(EditRequest(images: [upload], prompt: "p", model: "m"))
        let address = upload.data.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(
            form.finished().segments.contains { $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } == address })
    }

    @Test("Boundaries differ from form to form and are legal")
    func boundaries() {
        let boundaries = Set((0..<100).map { _ in MultipartForm.randomBoundary() })
        #expect(boundaries.count == 100)
        #expect(boundaries.allSatisfy { $0.utf8.count == 38 && $0.allSatisfy { $0.isASCII && $0 != "\"" } })
    }

    @Test(
        "Only the last component of a file name is sent",
        arguments: [
            ("/home/me/cat.png", "cat.png"), ("C:\\Users\\me\\cat.png", "cat.png"), ("C:cat.png", "cat.png"),
            ("\\\\host\\share\\cat.png", "cat.png"), ("\\\\?\\C:\\cat.png", "cat.png"), ("../../cat.png", "cat.png"),
            ("..", nil), (".", nil), ("dir/", nil), ("", nil), ("a:b.png", "b.png"), ("päth/ö.png", "ö.png"),
            ("ab:c.png", "ab:c.png"), ("cat\r\n.png", "cat\r\n.png"),
        ] as [(String, String?)])
    func paths(given: String, sent: String?) throws { #expect(try UploadName.cleaned(given) == sent) }

    @Test(
        "Control characters in file names are refused",
        arguments: [
            "a\tb", "a\u{0}b", "a\u{7F}b", "a\u{1B}[31m", "a\u{85}b", "\u{1}",
        ])
    func controls(name: String) {
        let error = #expect(throws: ImagesAPIError.self) { try ImageUpload(Samples.png, filename: name) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("Names of 255 bytes are accepted and longer ones are not")
    func longNames() throws {
        #expect(try UploadName.cleaned(String(repeating: "a", count: 255))?.utf8.count == 255)
        #expect(throws: ImagesAPIError.self) { try UploadName.cleaned(String(repeating: "ä", count: 128)) }
    }

    @Test(
        "Hostile names stay inside their quotes",
        arguments: [
            "x\r\nContent-Type: text/html\r\n\r\n", "x\"; name=\"evil", "x\ny", "x\ry", "%22", "\"\"\"",
            "x\r\n--B--\r\n", "ö😀.png", "x\"\u{301}; name=\"evil", "x\r\u{301}\n", "\"\u{20DD}", "a\u{2028}b",
            "a\u{202E}b", "o\u{308}.png",
        ])
    func injection(name: String) throws {
        let upload = try ImageUpload(Samples.png, filename: name)
        let form = MultipartForm(EditRequest(images: [upload], prompt: "p", model: "m"), boundary: "B")
        let whole = bytes(form.finished())
        // By bytes, since a combining mark makes another character of the quote or line end before it.
        let last = try #require(name.utf8.split(separator: UInt8(ascii: "/")).last)
        let escapes: [UInt8: String] = [0x0A: "%0A", 0x0D: "%0D", 0x22: "%22"]
        let sent = last.flatMap { byte in escapes[byte].map { Array($0.utf8) } ?? [byte] }
        let head = Data("Content-Disposition: form-data; name=\"image\"; filename=\"".utf8)
        #expect(whole.range(of: head + sent + Data("\"\r\nContent-Type: image/png\r\n\r\n".utf8)) != nil)
        let text = String(decoding: whole, as: UTF8.self)
        let line = try #require(text.components(separatedBy: "\r\n").first { $0.contains("filename=") })
        #expect(line.hasPrefix("Content-Disposition: form-data; name=\"image\"; filename=\""))
        #expect(line.unicodeScalars.count { $0 == "\"" } == 4)
        #expect(text.components(separatedBy: "\r\n").filter { $0.hasPrefix("--B") }.count == 4)
    }

    @Test("Extra fields change neither name nor type of other fields", arguments: ["a\"b", "a\r\nb"])
    func fieldNames(name: String) throws {
        var request = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: "m")
        request.extra = [name: "v", "null": .null, "flag": false, "list": [1, 2.5]]
        let text = String(decoding: bytes(MultipartForm(request, boundary: "B").finished()), as: UTF8.self)
        #expect(text.contains("name=\"a\(name.count == 3 && name.contains("\"") ? "%22" : "%0D%0A")b\"\r\n\r\nv"))
        #expect(text.contains(part("flag", "false")))
        #expect(text.contains(part("list[]", "1") + part("list[]", "2.5")))
        #expect(!text.contains("null"))
    }
}
