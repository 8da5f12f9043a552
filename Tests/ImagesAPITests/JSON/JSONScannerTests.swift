import Foundation
import Testing

@testable import ImagesAPI

@Suite("JSON scanner")
struct JSONScannerTests {
    private func scan(
        _ text: some Sequence<UInt8>, splits: [Int] = [], limits: ScanLimits = ScanLimits()
    ) throws -> ScannedDocument {
        var scanner = JSONScanner(limits: limits)
        let bytes = Array(text)
        var start = 0
        for end in splits + [bytes.count] {
            try bytes[start..<end].withUnsafeBytes { try scanner.scan($0) }
            start = end
        }
        return try scanner.finish()
    }

    private func document(_ text: String) throws -> JSONValue { try scan(text.utf8).value }

    @Test(
        "Values are what the text says",
        arguments: [
            ("null", .null), (" true ", .bool(true)), ("false", .bool(false)), ("0", .integer(0)),
            ("-12", .integer(-12)),
            ("1.5", .number(1.5)), ("1e3", .number(1000)), ("9223372036854775807", .integer(.max)),
            ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("\"\"", .string("")), ("[]", .array([])),
            ("{}", .object([:])), ("[1,[2,{\"a\":[]}]]", [1, [2, ["a": []]]]),
            (#""a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00z""#, .string("a\"\\/\u{8}\u{C}\n\r\té😀z")),
            (#""\uD83Dx\uDE00\uD83D\uD83D\uDE00\uD83D""#, .string("\u{FFFD}x\u{FFFD}\u{FFFD}😀\u{FFFD}")),
            ("\"a\u{2028}b\u{2029}\"", .string("a\u{2028}b\u{2029}")), (#"{"a":1,"a":2}"#, ["a": 2]),
            ("\t\r\n [ 1 , 2 ] \n", [1, 2]),
            (#"{"b64_json":null,"x":{"b64_json":7}}"#, ["b64_json": .null, "x": ["b64_json": 7]]),
            (#"["b64_json","AAAA"]"#, ["b64_json", "AAAA"]),
        ] as [(String, JSONValue)])
    func values(text: String, value: JSONValue) throws {
        #expect(try document(text) == value)
        for split in 0...text.utf8.count { #expect(try scan(text.utf8, splits: [split]).value == value) }
        #expect(try scan(text.utf8, splits: Array(0..<text.utf8.count)).value == value)
    }

    @Test(
        "What is no JSON is refused",
        arguments: [
            "{", "[", "\"", "[1,]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "[,1]", "1 2", "{} x", "tru", "nul",
            "truex",
            "+1", "01a", "1.2.3", "--1", "'a'", "{a:1}", "\"\\x\"", "\"\\u12g4\"", "\"a\nb\"", "]", "}", "[}", "{]",
            ":", ",",
            "{\"a\":1]", "[1}", "{\"a\" 1}", "{1:2}", "\u{FEFF}{}", "0x10", "Nan", "-Infinit", "-", "{\"a\":1}}", "",
        ])
    func malformed(text: String) {
        #expect(throws: ScanFailure.self) { try document(text) }
        #expect(throws: ScanFailure.self) { try scan(text.utf8, splits: Array(0..<text.utf8.count)) }
    }

    @Test("Images are in buffers of their own, with their index in the list")
    func images() throws {
        let first = Samples.png(byteCount: 1_000), second = Samples.png(byteCount: 2_001, seed: 2)
        let text =
            #"{"data":[{"b64_json":"\#(first.base64EncodedString())"},{"url":"u"},"#
            + #"{"b64_json" : "\#(second.base64EncodedString())","revised_prompt":"r"}],"b64_json":""}"#
        for split in stride(from: 0, through: text.utf8.count, by: 97) {
            let document = try scan(text.utf8, splits: [split])
            #expect(document.images.map(\.element) == [0, 2])
            #expect(document.images.map { $0.bytes.take() } == [first, second])
            #expect(
                document.value == [
                    "data": [["b64_json": .null], ["url": "u"], ["b64_json": .null, "revised_prompt": "r"]],
                    "b64_json": .null,
                ])
        }
    }

    @Test(
        "Only images in the response's own places are its images, and of a key that comes twice the last",
        arguments: [
            (#"{"thumbnails":[{"b64_json":"AAAA"}],"data":[{"b64_json":"BBBB"}]}"#, []),
            (#"{"data":[{"variants":[{"b64_json":"AAAA"}],"b64_json":"BBBB","preview":{"b64_json":"AAAA"}}]}"#, []),
            (#"{"data":[{"b64_json":"AAAA","b64_json":"BBBB"}],"x":{"data":[{"b64_json":"AAAA"}]}}"#, []),
            (#"{"data":[{"b64_json":"BBBB","x":{"b64_json":""}}],"data2":[{"b64_json":"AAAA"}]}"#, []),
            (
                #"{"b64_json":"AAAA","response":{"b64_json":"AAAA","body":{"data":[{"b64_json":"BBBB"}]}}}"#,
                ["response", "body"]
            ),
        ] as [(String, [String])])
    func places(text: String, path: [String]) throws {
        var limits = ScanLimits()
        limits.responsePath = path
        for split in 0...text.utf8.count {
            let document = try scan(text.utf8, splits: [split], limits: limits)
            #expect(document.images.map(\.element) == [0])
            #expect(document.image?.bytes.take() == Data(base64Encoded: "BBBB"))
        }
        let event = #"{"type":"x","preview":{"b64_json":"AAAA"},"b64_json":"BBBB"}"#
        let document = try scan(event.utf8)
        #expect(document.images.map(\.element) == [nil] && document.image?.bytes.take() == Data(base64Encoded: "BBBB"))
    }

    @Test("A document has at most as many images as requested, or ten; ignored ones do not count")
    func count() throws {
        func list(_ count: Int) -> String {
            let images = Array(repeating: #"{"b64_json":"AAAA","x":{"b64_json":"AAAA"}}"#, count: count)
            return "{\"data\":[\(images.joined(separator: ","))]}"
        }
        #expect(try scan(list(10).utf8).images.count == 10)
        #expect(throws: ScanFailure.tooManyImages(allowed: 10)) { try scan(list(11).utf8) }
        let more = ScanLimits(ImagesClient.ResponseLimits(), images: 12)
        #expect(try scan(list(12).utf8, limits: more).images.count == 12)
        #expect(throws: ScanFailure.tooManyImages(allowed: 12)) { try scan(list(13).utf8, limits: more) }
    }

    @Test("Each image opens one file, up to the limit of descriptors")
    func files() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "gesso-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var limits = ScanLimits()
        limits.imageDirectory = folder
        var scanner = JSONScanner(limits: limits)
        let text = "{\"data\":[" + Array(repeating: #"{"b64_json":"AAAA"}"#, count: 1_024).joined(separator: ",")
        let bytes = Array(text.utf8)
        #expect(throws: ScanFailure.tooManyImages(allowed: 10)) { try bytes.withUnsafeBytes { try scanner.scan($0) } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 10)
        #expect(scanner.wholeImages().count == 10)
    }

    @Test("Memory is reserved for the expected images and not for every one that arrives")
    func room() throws {
        var scanner = JSONScanner(limits: ScanLimits(ImagesClient.ResponseLimits(), images: 1_024))
        scanner.expectedImageBytes = 72_000_000
        let text = "{\"data\":[" + Array(repeating: #"{"b64_json":"AAAA"}"#, count: 1_024).joined(separator: ",") + "]}"
        let bytes = Array(text.utf8)
        try bytes.withUnsafeBytes { try scanner.scan($0) }
        let rooms = try scanner.finish().images.map(\.bytes.room)
        #expect(rooms[0] >= 72_000_000 && rooms.dropFirst().allSatisfy { $0 <= 65_536 })
    }

    @Test("A line of many images has a limit too, and does not affect the next")
    func longLine() {
        var limits = ScanLimits()
        limits.lineBytes = 100
        var scanner = JSONLinesScanner(limits: limits)
        let long = #"{"response":{"body":{"data":[{"b64_json":"\#(String(repeating: "A", count: 400))"}]}}}"#
        var lines: [JSONLinesScanner.Line] = []
        for byte in Array((long + "\n{}\n").utf8) {
            let (_, line) = withUnsafeBytes(of: byte) { scanner.scan($0) }
            if let line { lines.append(line) }
        }
        #expect(lines.map(\.number) == [1, 2])
        if case .failure(let failure) = lines[0].result { #expect(failure == .lineTooLong(allowed: 100)) }
        #expect(throws: ScanFailure.self) { try lines[0].result.get() }
        #expect(throws: Never.self) { try lines[1].result.get() }
        #expect(
            ScanLimits(ImagesClient.ResponseLimits()).lineBytes == ImagesClient.ResponseLimits().wireBytes(images: 10))
    }

    @Test("Base64 with the escapes of other JSON writers is decoded, split anywhere")
    func escapedBase64() throws {
        let data = Data((0..<600).map { UInt8(truncatingIfNeeded: $0 &* 0xFB) })
        let plain = data.base64EncodedString()
        #expect(plain.contains("/") && plain.contains("+"))
        let escaped = plain.replacingOccurrences(of: "/", with: "\\/").replacingOccurrences(of: "+", with: "\\u002B")
        let everything = plain.replacingOccurrences(of: "/", with: "\\u002F").replacingOccurrences(
            of: "+", with: "\\u002b")
        let padded = Data([1, 2, 3, 4]).base64EncodedString().replacingOccurrences(of: "=", with: "\\u003D")
        for (text, bytes) in [(escaped, data), (everything, data), (padded, Data([1, 2, 3, 4]))] {
            let json = #"{"b64_json":"\#(text)"}"#
            for split in 0...json.utf8.count {
                let document = try scan(json.utf8, splits: [split])
                #expect(document.images.first?.bytes.take() == bytes)
            }
            #expect(try scan(json.utf8, splits: Array(0..<json.utf8.count)).images.first?.bytes.take() == bytes)
        }
    }

    @Test(
        "Escapes that stand for no base64 are refused",
        arguments: [
            "AA\\bAA", "AA\\u000bAA", "\\u1234", "\\\"AAA", "A\\u003DAA", "AAAA\\u002D", "AA AAA", "AAAAA", "A===",
        ])
    func wrongBase64(text: String) {
        let error = #expect(throws: ScanFailure.self) { try document(#"{"b64_json":"\#(text)"}"#) }
        if case .base64 = error {
        } else if case .malformed = error {
        } else {
            Issue.record("\(String(describing: error))")
        }
    }

    @Test(
        "A failure's offset is where the document went wrong, whatever the pieces", arguments: ["A", "=", "=A", "B=="])
    func failureOffset(end: String) throws {
        let text = #"{"x":1,"b64_json":"QUJDREVGR0hJSktM\#(end)QUJD\/QUJD"}"#
        let thrown = #expect(throws: ScanFailure.self) { try scan(text.utf8) }
        let error = try #require(thrown)
        guard case .base64(_, let offset) = error else {
            Issue.record("\(error)")
            return
        }
        #expect((19 + 16...text.utf8.count).contains(offset))
        for split in 0...text.utf8.count {
            #expect(throws: error) { try scan(text.utf8, splits: [split]) }
        }
        #expect(throws: error) { try scan(text.utf8, splits: Array(0..<text.utf8.count)) }
    }

    @Test("Limits accept their value and nothing above")
    func limits() throws {
        var limits = ScanLimits()
        limits.depth = 3
        #expect(throws: Never.self) { try scan("[[[1]]]".utf8, limits: limits) }
        #expect(throws: ScanFailure.tooDeep(allowed: 3)) { try scan("[[[[1]]]]".utf8, limits: limits) }
        limits.imageWireBytes = 8
        #expect(throws: Never.self) { try scan(#"{"b64_json":"AAAAAAAA"}"#.utf8, limits: limits) }
        #expect(throws: ScanFailure.imageTooLarge(allowed: 8)) {
            try scan(#"{"b64_json":"AAAAAAAAA"}"#.utf8, limits: limits)
        }
        #expect(throws: ScanFailure.imageTooLarge(allowed: 8)) {
            try scan(#"{"b64_json":"AAAAAAAA\/AAA"}"#.utf8, limits: limits)
        }
        limits.otherBytes = 10
        #expect(throws: Never.self) { try scan("\"12345678\"".utf8, limits: limits) }
        #expect(throws: ScanFailure.tooManyBytes(allowed: 10)) { try scan("\"123456789\"".utf8, limits: limits) }
        limits.otherBytes = 1_000
        limits.values = 5
        #expect(throws: Never.self) { try scan("[1,2,3,4]".utf8, limits: limits) }
        #expect(throws: ScanFailure.self) { try scan("[1,2,3,4,5]".utf8, limits: limits) }
    }

    @Test("Images do not count against the other bytes")
    func otherBytes() throws {
        var limits = ScanLimits()
        limits.otherBytes = 20
        let text = #"{"b64_json":"\#(Data(count: 3_000).base64EncodedString())"}"#
        #expect(try scan(text.utf8, limits: limits).images.first?.bytes.count == 3_000)
        let escaped = #"{"b64_json":"\#(String(repeating: "\\/", count: 4_000))"}"#
        #expect(try scan(escaped.utf8, limits: limits).images.first?.bytes.count == 3_000)
    }

    @Test("Foundation reads what the writer writes")
    func writer() throws {
        let value: JSONValue = [
            "a": [1, 2.5, .null, true, "é\"\\\n\u{1}\u{2028}"], "b": ["c": [:], "d": []], "": "x",
        ]
        var writer = JSONWriter()
        writer.write(value)
        #expect(try JSONDecoder().decode(JSONValue.self, from: Data(writer.bytes)) == value)
        #expect(try scan(writer.bytes).value == value)
    }
}
