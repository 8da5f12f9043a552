import Foundation

@testable import GessoMockServer
@_spi(Benchmarks) @testable import ImagesAPI

private let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

/// Strict base64 by the letter of RFC 4648: the bytes, or nil.
private func plainBase64(_ text: [UInt8]) -> [UInt8]? {
    guard text.count % 4 == 0 else { return nil }
    let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
    guard padding <= 2 else { return nil }
    var (bits, count, bytes): (UInt32, Int, [UInt8]) = (0, 0, [])
    for character in text.dropLast(padding) {
        guard let value = alphabet.firstIndex(of: character) else { return nil }
        bits = bits << 6 | UInt32(value)
        count += 6
        if count >= 8 {
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
    }
    // What is left over must be zero.
    return bits & (1 << UInt32(count) - 1) == 0 ? bytes : nil
}

/// Decoding in any pieces, against the plain definition and Foundation; encoding against Foundation.
func fuzzBase64(_ input: Input) {
    var input = input
    let isText = input.setting() & 1 == 0
    // Half of the runs meet nothing but the alphabet, and padding, so that the fast path is not left at once.
    if isText {
        let padding = input.setting() % 3
        let text = input.bytes.map { alphabet[Int($0) & 63] } + [UInt8](repeating: UInt8(ascii: "="), count: padding)
        let settings = (0..<4).map { _ in UInt8(truncatingIfNeeded: input.setting() | 1) }
        input = (text + settings).withUnsafeBufferPointer { Input($0) }
    }
    let pieces = input.pieces()
    let text = pieces.flatMap { $0 }
    let expected = plainBase64(text)
    let output = ByteBuffer()
    var result: [UInt8]?
    do throws(Base64Failure) {
        var decoder = Base64Decoder()
        for piece in pieces {
            let bytes = Array(piece)
            let used = try bytes.withUnsafeBytes { raw in
                Result { () throws(Base64Failure) in try decoder.decode(raw, into: output) }
            }.get()
            guard used == bytes.count else { throw .character(offset: decoder.offset) }
        }
        try decoder.finish(into: output)
        result = Array(output.take())
    } catch {
        if case .outOfMemory = error { broken("no memory") }
        if case .character(let offset) = error, offset < 0 || offset >= text.count {
            broken("an offset outside the text")
        }
    }
    if result != expected { broken("base64: another result than by the definition") }
    // Foundation lets bits pass that must be zero, so it only ever takes more.
    if let expected, Data(base64Encoded: Data(text)) != Data(expected) {
        broken("base64: the definition differs from Foundation")
    }
    guard let encoded = try? Base64.encode(Data(text)), encoded == Data(text).base64EncodedData() else {
        broken("base64: encoded in another way than Foundation's")
    }
}

/// A document's value and images, or that it is refused.
private func scan(_ pieces: [ArraySlice<UInt8>]) -> String {
    var scanner = JSONScanner()
    do throws(ScanFailure) {
        for piece in pieces {
            let bytes = Array(piece)
            try bytes.withUnsafeBytes { raw in Result { () throws(ScanFailure) in try scanner.scan(raw) } }.get()
        }
        return describe(try scanner.finish())
    } catch {
        return "\(error)"
    }
}

private func describe(_ document: ScannedDocument) -> String {
    var writer = JSONWriter()
    writer.write(document.value)
    let images = document.images.map { "\($0.element ?? -1):\($0.bytes.take().base64EncodedString())" }
    return String(decoding: writer.bytes, as: UTF8.self) + " " + images.joined(separator: " ")
}

private func isDocument(_ bytes: ArraySlice<UInt8>) -> Bool {
    var scanner = JSONScanner()
    return Array(bytes).withUnsafeBytes { raw in
        do throws(ScanFailure) {
            try scanner.scan(raw)
            _ = try scanner.finish()
            return true
        } catch {
            return false
        }
    }
}

/// Whole and in pieces to the same end, and where Foundation reads the same bytes, to the same value.
func fuzzJSON(_ input: Input) {
    var input = input
    let pieces = input.pieces()
    let whole = scan([input.bytes[...]])
    if whole != scan(pieces) { broken("json: pieces matter: \(whole) and \(scan(pieces))") }
    if whole != scan(input.bytes.indices.map { input.bytes[$0...$0] }) { broken("json: single bytes matter") }
    // Whatever value is in the body of an error, no image comes out of it.
    guard isDocument(input.bytes[...]) else { return }
    let value = Data(input.bytes)
    for (head, tail) in [("{\"error\":\"m\",\"x\":", "}"), ("{\"images\":", ",\"error\":{\"message\":\"m\"}}")] {
        let body = Data(head.utf8) + value + Data(tail.utf8)
        if (try? ImagesResponse(saved: body)) != nil { broken("an image comes out of the body of an error") }
    }
}

func fuzzEvents(_ input: Input) {
    var input = input
    let pieces = input.pieces()
    let whole = events([input.bytes[...]])
    if whole != events(pieces) { broken("events: pieces matter: \(whole) and \(events(pieces))") }
    if whole != events(input.bytes.indices.map { input.bytes[$0...$0] }) { broken("events: single bytes matter") }
}

private func events(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var scanner = EventStreamScanner()
    var seen: [String] = []
    do throws(ScanFailure) {
        for piece in pieces {
            let bytes = Array(piece)
            var start = 0
            while start < bytes.count {
                let (taken, event) = try bytes[start...].withUnsafeBytes { raw in
                    Result { () throws(ScanFailure) in try scanner.scan(raw) }
                }.get()
                if taken == 0 { broken("events: no progress") }
                start += taken
                guard let event else { continue }
                switch event.payload {
                case .none: seen.append("\(event.name) none")
                case .done: seen.append("\(event.name) done")
                case .document(let document): seen.append("\(event.name) \(describe(document))")
                case .unreadable(let failure): seen.append("\(event.name) \(failure)")
                }
            }
        }
    } catch {
        seen.append("\(error)")
    }
    return seen
}

func fuzzLines(_ input: Input) {
    var input = input
    let pieces = input.pieces()
    let whole = lines([input.bytes[...]])
    if whole != lines(pieces) { broken("lines: pieces matter: \(whole) and \(lines(pieces))") }
}

private func lines(_ pieces: [ArraySlice<UInt8>]) -> [String] {
    var scanner = JSONLinesScanner()
    var seen: [String] = []
    func note(_ line: JSONLinesScanner.Line) {
        switch line.result {
        case .success(let document): seen.append("\(line.number) \(describe(document))")
        case .failure(let failure): seen.append("\(line.number) \(failure)")
        }
    }
    for piece in pieces {
        let bytes = Array(piece)
        var start = 0
        while start < bytes.count {
            let (taken, line) = bytes[start...].withUnsafeBytes { scanner.scan($0) }
            if taken == 0 { broken("lines: no progress") }
            start += taken
            if let line { note(line) }
        }
    }
    if let line = scanner.finish() { note(line) }
    return seen
}

/// A body between delimiters of a known boundary, in pieces of any length.
func fuzzMultipart(_ input: Input) {
    var input = input
    let pieces = input.pieces()
    func parse(_ pieces: [ArraySlice<UInt8>]) -> String {
        var parser = MultipartParser(boundary: "b", limits: .init(partBytes: 1 << 16, parts: 16, headerBytes: 1024))
        do throws(MultipartError) {
            for piece in pieces { try parser.feed(piece) }
            let parts = try parser.finish()
            return parts.map {
                "\($0.name)|\($0.filename ?? "-")|\($0.contentType ?? "-")|\($0.data.base64EncodedString())"
            }
            .joined(separator: "\n")
        } catch {
            return "refused"
        }
    }
    let whole = parse([input.bytes[...]])
    if whole != parse(pieces) { broken("multipart: pieces matter") }
    _ = MultipartParser.boundary(of: String(decoding: input.bytes.prefix(200), as: UTF8.self))
}
