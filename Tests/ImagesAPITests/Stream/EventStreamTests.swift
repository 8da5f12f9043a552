import Foundation
import Testing

@testable import ImagesAPI

@Suite("Event stream scanner")
struct EventStreamTests {
    /// An event as a test can compare it.
    struct Seen: Equatable, CustomStringConvertible {
        var name: String
        var payload: String
        init(_ name: String, _ payload: String) { (self.name, self.payload) = (name, payload) }
        init(_ event: EventStreamScanner.Event) {
            name = event.name
            switch event.payload {
            case .none: payload = "none"
            case .done: payload = "done"
            case .unreadable: payload = "unreadable"
            case .document(let document):
                var writer = JSONWriter()
                writer.write(document.value)
                payload = String(decoding: writer.bytes, as: UTF8.self)
                for image in document.images { payload += " +" + image.bytes.take().base64EncodedString() }
            }
        }
        var description: String { "\(name)=\(payload)" }
    }

    /// The events that end in some bytes.
    static func feed(_ bytes: ArraySlice<UInt8>, _ scanner: inout EventStreamScanner) throws -> [Seen] {
        var events: [Seen] = []
        var rest = bytes
        while !rest.isEmpty {
            let (taken, event) = try rest.withUnsafeBytes { try scanner.scan($0) }
            rest = rest.dropFirst(taken)
            if let event { events.append(Seen(event)) }
        }
        return events
    }

    static func scan(_ bytes: [UInt8], pieces: [Int], limits: ScanLimits = ScanLimits()) throws -> [Seen] {
        var scanner = EventStreamScanner(limits: limits)
        var events: [Seen] = []
        var start = 0
        for end in pieces + [bytes.count] {
            events += try feed(bytes[start..<end], &scanner)
            start = end
        }
        return events
    }

    struct Fixture: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        var events: [Seen]
        init(_ name: String, _ text: String, _ events: [Seen]) {
            (testDescription, self.text, self.events) = (name, text, events)
        }
    }

    static let fixtures: [Fixture] = [
        Fixture("event and data", "event: a\ndata: {\"x\":1}\n\n", [Seen("a", "{\"x\":1}")]),
        Fixture("data only", "data: {\"x\":1}\n\n", [Seen("", "{\"x\":1}")]),
        Fixture(
            "several events", "event: a\ndata: 1\n\nevent: b\ndata: 2\n\ndata: 3\n\n",
            [Seen("a", "1"), Seen("b", "2"), Seen("", "3")]),
        Fixture("event without data", "event: a\n\ndata: 1\n\n", [Seen("a", "none"), Seen("", "1")]),
        Fixture("many data lines", "data: {\ndata: \"x\":\ndata:\ndata: 1}\n\n", [Seen("", "{\"x\":1}")]),
        Fixture("data line without a colon", "data\ndata\n\n", [Seen("", "none")]),
        Fixture("escaped line feeds in JSON", "data: {\"x\":\"a\\n\\nb\"}\n\n", [Seen("", "{\"x\":\"a\\n\\nb\"}")]),
        Fixture(
            "U+2028 is no line end", "data: \"a\u{2028}b\u{2029}c\u{85}d\"\n\n",
            [Seen("", "\"a\u{2028}b\u{2029}c\u{85}d\"")]),
        Fixture("UTF-8", "data: \"é😀漢\"\n\n", [Seen("", "\"é😀漢\"")]),
        Fixture(
            "comments and other fields",
            ": hello\n:\nid: 7\nretry: 100\nfoo: bar\nfoo\ndata: 1\n: more\n\n\n\nid: 8\n\nretry: 1\n\n",
            [Seen("", "1")]),
        Fixture("no blank after the colon", "event:a\ndata:{\"x\":1}\n\n", [Seen("a", "{\"x\":1}")]),
        Fixture("two blanks after the colon", "event:  a\ndata:  1\n\n", [Seen(" a", "1")]),
        Fixture("the last event line counts", "event: a\nevent: b\ndata: 1\n\n", [Seen("b", "1")]),
        Fixture("unterminated event at the end", "data: 1\n\ndata: 2\n", [Seen("", "1")]),
        Fixture("byte order mark", "\u{FEFF}data: 1\n\n", [Seen("", "1")]),
        Fixture("a later byte order mark is a field name", "data: 1\n\n\u{FEFF}data: 2\n\n", [Seen("", "1")]),
        Fixture("done", "data: [DONE]\n\n", [Seen("", "done")]),
        Fixture("done without a blank", "data:[DONE]\n\n", [Seen("", "done")]),
        Fixture("done with a tail", "data: [DONE]x\n\n", [Seen("", "unreadable")]),
        Fixture("done with a blank", "data: [DONE] \n\n", [Seen("", "unreadable")]),
        Fixture("done with a tab before", "data:\t[DONE]\n\n", [Seen("", "unreadable")]),
        Fixture("done over two lines", "data: [DONE]\ndata:\n\n", [Seen("", "unreadable")]),
        Fixture("half of done", "data: [DO\n\n", [Seen("", "unreadable")]),
        Fixture("a list is not done", "data: [1]\n\n", [Seen("", "[1]")]),
        Fixture("no JSON", "data: hello\n\ndata: 1\n\n", [Seen("", "unreadable"), Seen("", "1")]),
        Fixture("cut JSON", "data: {\"x\":\n\ndata: 1\n\n", [Seen("", "unreadable"), Seen("", "1")]),
        Fixture("two values", "data: 1\ndata: 2\n\n", [Seen("", "unreadable")]),
        Fixture(
            "an image", "data: {\"b64_json\":\"AQIDBA==\",\"x\":1}\n\n",
            [Seen("", "{\"b64_json\":null,\"x\":1} +AQIDBA==")]),
        Fixture(
            "an image with escapes", "data: {\"b64_json\":\"\\/\\u002B8=\"}\n\n",
            [Seen("", "{\"b64_json\":null} +/+8=")]),
        Fixture("a cut image", "data: {\"b64_json\":\"AQID\n\ndata: 1\n\n", [Seen("", "unreadable"), Seen("", "1")]),
        Fixture("field names that only begin like data", "dat: 1\ndatax: 2\nDATA: 3\n data: 4\n\n", []),
    ]

    @Test(
        "Every fixture gives its events in one piece, in two pieces split anywhere, and byte by byte",
        arguments: Self.fixtures)
    func everyCut(fixture: Fixture) throws {
        let bytes = Array(fixture.text.utf8)
        #expect(try Self.scan(bytes, pieces: []) == fixture.events)
        for split in 0...bytes.count { #expect(try Self.scan(bytes, pieces: [split]) == fixture.events) }
        #expect(try Self.scan(bytes, pieces: Array(0..<bytes.count)) == fixture.events)
        guard bytes.count <= 400 else { return }
        for first in 0...bytes.count {
            for second in first...bytes.count {
                #expect(try Self.scan(bytes, pieces: [first, second]) == fixture.events)
            }
        }
    }

    @Test("Empty pieces change nothing", arguments: Self.fixtures)
    func emptyPieces(fixture: Fixture) throws {
        var scanner = EventStreamScanner()
        var events: [Seen] = []
        for byte in fixture.text.utf8 {
            #expect(try scanner.scan(UnsafeRawBufferPointer(start: nil, count: 0)).event == nil)
            if let event = try [byte].withUnsafeBytes({ try scanner.scan($0) }).event { events.append(Seen(event)) }
        }
        #expect(events == fixture.events)
    }

    @Test("Every pair of splits of a short stream gives the same events")
    func pairs() throws {
        let text = "event: a\r\ndata: {\"b64_json\":\"AQID\\/w==\"}\r\n\r\n: c\rdata: [DONE]\n\n"
        let bytes = Array(text.utf8)
        let whole = try Self.scan(bytes, pieces: [])
        #expect(whole == [Seen("a", "{\"b64_json\":null} +AQID/w=="), Seen("", "done")])
        for first in 0...bytes.count {
            for second in first...bytes.count { #expect(try Self.scan(bytes, pieces: [first, second]) == whole) }
        }
    }

    @Test("Bytes that only begin like a byte order mark belong to the first field", arguments: [1, 2])
    func halfMark(length: Int) throws {
        let mark = Array([0xEF, 0xBB].prefix(length)) as [UInt8]
        for text in ["data: 1\n\ndata: 2\n\n", "\ndata: 2\n\n", ": c\ndata: 2\n\n"] {
            let bytes = mark + Array(text.utf8)
            for split in 0...bytes.count {
                #expect(try Self.scan(bytes, pieces: [split]) == [Seen("", "2")])
            }
        }
        #expect(try Self.scan(mark, pieces: []).isEmpty)
    }

    @Test(
        "All pairs of line ends separate events, however they are cut",
        arguments: ["\n", "\r", "\r\n"], ["\n", "\r", "\r\n"])
    func lineEnds(first: String, second: String) throws {
        let text = "event: a\(first)data: 1\(first)\(second)data: 2\(second)\(first)"
        let bytes = Array(text.utf8)
        let whole = try Self.scan(bytes, pieces: [])
        // CR then LF is one line end, so that pair alone ends a line but no event.
        switch (first, second) {
        case ("\r", "\n"): #expect(whole == [Seen("a", "unreadable")], "the data lines are one payload")
        case ("\n", "\r"): #expect(whole == [Seen("a", "1")], "the second event is not ended")
        default: #expect(whole == [Seen("a", "1"), Seen("", "2")])
        }
        for split in 0...bytes.count { #expect(try Self.scan(bytes, pieces: [split]) == whole) }
        #expect(try Self.scan(bytes, pieces: Array(0..<bytes.count)) == whole)
    }

    @Test("Ten thousand random cuts of a stream give the same events")
    func randomCuts() throws {
        var text = ""
        for index in 0..<4 {
            let data = Samples.png(byteCount: 250 + index, seed: UInt64(index)).base64EncodedString()
            text +=
                "event: image_generation.partial_image\ndata: {\"type\":\"image_generation.partial_image\",\"b64_json\":\"\(data)\",\"partial_image_index\":\(index)}\n\n: ping\n\n"
        }
        let bytes = Array(text.utf8)
        let whole = try Self.scan(bytes, pieces: [])
        #expect(whole.count == 4)
        var generator = SplitMix(seed: 3)
        for _ in 0..<10_000 {
            let cuts = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
                Int.random(in: 0...bytes.count, using: &generator)
            }
            #expect(try Self.scan(bytes, pieces: cuts.sorted()) == whole)
        }
    }

    @Test("Ignored lines are not stored, and one piece can contain many events")
    func many() throws {
        let ignored = String(repeating: ": \(String(repeating: "x", count: 90))\n", count: 100_000)
        #expect(try Self.scan(Array((ignored + "data: 1\n\n").utf8), pieces: []) == [Seen("", "1")])
        let events = String(repeating: "data: 1\n\n", count: 20_000)
        #expect(try Self.scan(Array(events.utf8), pieces: []).count == 20_000)
        let lines = "data: [\n" + String(repeating: "data: 1,\n", count: 10_000) + "data: 1]\n\n"
        let long = try Self.scan(Array(lines.utf8), pieces: [])
        #expect(long.count == 1 && long[0].payload.utf8.count == 20_003)
        let blanks = String(repeating: "data:\n", count: 100_000) + "data: 1\n\n"
        #expect(try Self.scan(Array(blanks.utf8), pieces: []) == [Seen("", "1")])
    }

    @Test("Limits end the stream at their value")
    func limits() throws {
        var limits = ScanLimits()
        limits.imageWireBytes = 8
        limits.otherBytes = 40
        #expect(throws: Never.self) {
            try Self.scan(Array("data: {\"b64_json\":\"AAAAAAAA\"}\n\n".utf8), pieces: [], limits: limits)
        }
        #expect(throws: ScanFailure.imageTooLarge(allowed: 8)) {
            try Self.scan(Array("data: {\"b64_json\":\"AAAAAAAAA\"}\n\n".utf8), pieces: [], limits: limits)
        }
        #expect(throws: ScanFailure.self) {
            try Self.scan(Array("data: {\"b64_json\":\"AA!AA\"}\n\n".utf8), pieces: [], limits: limits)
        }
        let long = "data: \"\(String(repeating: "x", count: 60))\"\n\n"
        #expect(try Self.scan(Array(long.utf8), pieces: [], limits: limits) == [Seen("", "unreadable")])
    }
}
