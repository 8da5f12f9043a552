/// Parses an event stream while its bytes arrive, in pieces of any length (WHATWG HTML, "Server-sent events").
///
/// No line and no event is stored as text: the payload of `data` lines goes directly into a ``JSONScanner``, and fields
/// other than name and payload are skipped. Lines end with LF, CR or CRLF.
struct EventStreamScanner {
    /// One event, from its first line to the blank line that ends it.
    struct Event {
        enum Payload {
            /// No `data` line, or only blanks in it.
            case none
            /// Exactly `[DONE]`.
            case done
            case document(ScannedDocument)
            case unreadable(ScanFailure)
        }

        /// The value of the last `event` line; empty when there was none.
        var name: String
        var payload: Payload
        /// Whether it is a document that came without the framing of an event stream.
        var isPlainDocument = false
    }

    private enum Line: Equatable {
        case start
        case field
        case beforeValue
        case name
        case data
        case skipped
    }

    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    private static let doneMarker = Array("[DONE]".utf8)

    private let limits: ScanLimits
    private var line = Line.start
    private var field: [UInt8] = []
    private var name: [UInt8] = []
    private var afterCarriageReturn = false
    private var atStreamStart = true
    private var markBytes = 0

    private var json: JSONScanner
    private var failure: ScanFailure?
    private var dataLines = 0
    /// How many bytes of the payload match `[DONE]` so far; nil once they cannot match.
    private var markerMatched: Int? = 0

    init(limits: ScanLimits = ScanLimits(), notesRuns: Bool = false) {
        self.limits = limits
        json = JSONScanner(limits: limits)
        json.notesRuns = notesRuns
    }

    /// The runs of base64 that were read since the last call, if they are noted.
    mutating func takeRuns() -> [ImageRun] { json.takeRuns() }

    /// Reads bytes up to the end of the next event.
    ///
    /// - Returns: how many bytes were read, and the event if one ended there.
    /// - Throws: failures that end the stream: an image that is too large or not base64, or no memory.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> (taken: Int, event: Event?) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if atStreamStart {
                if skipsByteOrderMark(byte) {
                    index += 1
                    continue
                }
                // Bytes that only begin like a byte order mark belong to the first field.
                for byte in Self.byteOrderMark.prefix(markBytes) { takeFieldByte(byte) }
            }
            if afterCarriageReturn {
                afterCarriageReturn = false
                if byte == 0x0A {
                    index += 1
                    continue
                }
            }
            if byte == 0x0A || byte == 0x0D {
                afterCarriageReturn = byte == 0x0D
                index += 1
                if let event = try endLine() { return (index, event) }
                continue
            }
            switch line {
            case .start where byte == UInt8(ascii: ":"):
                line = .skipped
                index += 1
            case .start, .field:
                takeFieldByte(byte)
                index += 1
            case .beforeValue:
                // One blank after the colon is part of the syntax.
                if byte == 0x20 { index += 1 }
                try beginValue()
            case .name:
                if name.count < 256 { name.append(byte) }
                index += 1
            case .skipped:
                index += 1
            case .data:
                index += try takeData(UnsafeRawBufferPointer(rebasing: bytes[index...]))
            }
        }
        return (index, nil)
    }

    /// Whether no part of another event has arrived.
    var isBetweenEvents: Bool { line == .start && field.isEmpty && name.isEmpty && dataLines == 0 }

    /// The truncated event at the end of the bytes, as far as it goes.
    mutating func cutEvent() -> Event? {
        do throws(ScanFailure) {
            if line != .start { _ = try endLine() }
            return try endLine()
        } catch {
            return nil
        }
    }

    /// A byte order mark at the start is not part of the first line.
    private mutating func skipsByteOrderMark(_ byte: UInt8) -> Bool {
        if byte == Self.byteOrderMark[markBytes] {
            markBytes += 1
            atStreamStart = markBytes < Self.byteOrderMark.count
            return true
        }
        atStreamStart = false
        return false
    }

    private mutating func takeFieldByte(_ byte: UInt8) {
        line = .field
        if byte == UInt8(ascii: ":") {
            line = .beforeValue
        } else if field.count < 16 {
            field.append(byte)
        }
    }

    private mutating func beginValue() throws(ScanFailure) {
        if field.elementsEqual("data".utf8) {
            line = .data
            dataLines += 1
            // Several data lines are one payload, joined by line feeds.
            if dataLines > 1 { try feed([0x0A]) }
        } else if field.elementsEqual("event".utf8) {
            line = .name
            name = []
        } else {
            line = .skipped
        }
    }

    private mutating func endLine() throws(ScanFailure) -> Event? {
        switch line {
        case .start:
            defer { reset() }
            return try dispatch()
        case .field, .beforeValue: try beginValue()
        case .name, .data, .skipped: break
        }
        line = .start
        field.removeAll(keepingCapacity: true)
        return nil
    }

    private mutating func reset() {
        name = []
        // The images of one stream usually have similar sizes.
        let imageBytes = json.images.first?.bytes.count ?? json.expectedImageBytes
        let (notesRuns, runs) = (json.notesRuns, json.runs)
        json = JSONScanner(limits: limits)
        json.expectedImageBytes = imageBytes
        (json.notesRuns, json.runs) = (notesRuns, runs)
        failure = nil
        dataLines = 0
        markerMatched = 0
    }

    // MARK: Payload

    private mutating func takeData(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        // Within an image the base64 kernel finds the end of the line, since it stops at the first byte that is not
        // base64.
        if failure == nil, markerMatched == nil, json.state == .image {
            let taken: Int
            do throws(ScanFailure) { taken = try json.scanImageRun(bytes) } catch {
                try note(error)
                return 0
            }
            if taken > 0 { return taken }
        }
        // Elsewhere the end of the line is searched for in a short window only, so that no byte of an image is read
        // twice.
        var length = 1
        let window = min(bytes.count, 512)
        while length < window, bytes[length] != 0x0A, bytes[length] != 0x0D { length += 1 }
        var piece = bytes[..<length]
        while markerMatched != nil, let byte = piece.popFirst() { try feed([byte]) }
        if !piece.isEmpty { try feed(UnsafeRawBufferPointer(rebasing: piece)) }
        return length
    }

    private mutating func feed(_ bytes: [UInt8]) throws(ScanFailure) {
        if let matched = markerMatched {
            if matched < Self.doneMarker.count, bytes.count == 1, bytes[0] == Self.doneMarker[matched] {
                markerMatched = matched + 1
                return
            }
            markerMatched = nil
            try feed(Array(Self.doneMarker[..<matched]))
        }
        var thrown: ScanFailure?
        bytes.withUnsafeBytes { raw in
            do throws(ScanFailure) { try feed(raw) } catch { thrown = error }
        }
        if let thrown { throw thrown }
    }

    private mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) {
        guard failure == nil else { return }
        do throws(ScanFailure) { try json.scan(bytes) } catch { try note(error) }
    }

    /// Text that is not JSON may belong to an unknown event, which is decided at its end; other failures end the
    /// stream.
    private mutating func note(_ problem: ScanFailure) throws(ScanFailure) {
        switch problem {
        case .malformed, .incomplete, .tooDeep, .tooManyBytes, .tooManyImages, .lineTooLong: failure = problem
        case .base64, .imageTooLarge, .outOfMemory: throw problem
        }
    }

    private mutating func dispatch() throws(ScanFailure) -> Event? {
        guard dataLines > 0 || !name.isEmpty else { return nil }
        let name = String(decoding: name, as: UTF8.self)
        if markerMatched == Self.doneMarker.count { return Event(name: name, payload: .done) }
        if let matched = markerMatched, matched > 0 {
            markerMatched = nil
            try feed(Array(Self.doneMarker[..<matched]))
        }
        if let failure { return Event(name: name, payload: .unreadable(failure)) }
        if json.isEmpty { return Event(name: name, payload: .none) }
        do throws(ScanFailure) {
            return Event(name: name, payload: .document(try json.finish()))
        } catch {
            return Event(name: name, payload: .unreadable(error))
        }
    }
}
