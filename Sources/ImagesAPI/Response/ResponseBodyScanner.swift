#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the body of a response whatever form it has, as events: its first bytes decide, since servers and proxies label
/// bodies wrongly or not at all.
///
/// A JSON document is one event, and so is each further one (JSON Lines); the body of an image file is a document that
/// has nothing but the image.
struct ResponseBodyScanner {
    enum Form {
        case undecided
        case documents
        case events
        case imageFile
        /// HTML, text or a file of an unknown type.
        case unknown

        /// The extension of a file with such a body.
        var fileExtension: String {
            switch self {
            case .documents: "json"
            case .events: "sse"
            case .undecided, .imageFile, .unknown: "bin"
            }
        }
    }

    private(set) var form = Form.undecided
    /// The bytes as they came; nil if they are not kept.
    private(set) var raw: RawBody?
    /// Whether the bytes ended before the blank line that ends an event.
    private(set) var endsWithinEvent = false

    private let limits: ScanLimits
    private let mediaType: String?
    /// The first bytes, as far as they do not decide yet.
    private var opening: [UInt8] = []
    private var json: JSONScanner
    private var events: EventStreamScanner
    /// The image that the body itself is.
    private var file = ByteBuffer()
    /// Whether a document has ended and no other has begun.
    private var isBetweenDocuments = false
    private var documentCount = 0
    /// Whether what follows is not read: text behind a complete document.
    private var ignoresRest = false
    /// Where the pieces of the next event start, and those of the last partial image.
    private var eventStart = 0
    private var partial: Range<Int>?

    init(limits: ScanLimits, mediaType: String? = nil, keepsRaw: Bool = false) {
        self.limits = limits
        self.mediaType = mediaType
        raw = keepsRaw ? RawBody() : nil
        json = JSONScanner(limits: limits)
        json.notesRuns = keepsRaw
        events = EventStreamScanner(limits: limits, notesRuns: keepsRaw)
    }

    /// Expects so many images, at least one, whose size follows from the length of the response.
    mutating func expect(images: Int, in head: ResponseHead) {
        guard let length = head.contentLength, length > 0 else { return }
        json.expectedImages = images
        json.expectedImageBytes = min(length / images, limits.imageWireBytes) / 4 * 3
    }

    /// Whether nothing but blanks has arrived.
    var isEmpty: Bool { form == .undecided && opening.isEmpty }

    /// The complete images of a document that is not complete.
    func wholeImages() -> [ImagesResponse.GeneratedImage] { form == .documents ? json.wholeImages() : [] }

    /// Reads bytes up to the end of the next event.
    ///
    /// - Returns: how many bytes were read, and the event if one ended there.
    mutating func scan(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ScanFailure) -> (taken: Int, event: EventStreamScanner.Event?) {
        let isOpen = form == .undecided
        let (taken, event) = try read(bytes)
        let runs = form == .events ? events.takeRuns() : json.takeRuns()
        if form == .imageFile, !isOpen {
            raw?.append(taken, of: file, from: file.count - taken)
        } else {
            raw?.append(UnsafeRawBufferPointer(rebasing: bytes[..<taken]), runs: runs)
        }
        return (taken, event)
    }

    /// Keeps bytes that are not read, since an earlier one could not be.
    mutating func keep(_ bytes: UnsafeRawBufferPointer) { raw?.append(bytes) }

    /// An event has been handed out. A partial image is not kept once a later one is there.
    mutating func noteEvent(isPartial: Bool) {
        guard let mark = raw?.mark() else { return }
        if isPartial {
            if let partial { raw?.dropImages(in: partial) }
            partial = eventStart..<mark
        }
        eventStart = mark
    }

    private mutating func read(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ScanFailure) -> (taken: Int, event: EventStreamScanner.Event?) {
        switch form {
        case .undecided:
            var index = 0
            while form == .undecided, index < bytes.count {
                try take(bytes[index])
                index += 1
            }
            return (index, nil)
        case .unknown: return (bytes.count, nil)
        case .events: return try events.scan(bytes)
        case .imageFile:
            try take(file: bytes)
            return (bytes.count, nil)
        case .documents: return try readDocument(bytes)
        }
    }

    private mutating func readDocument(
        _ bytes: UnsafeRawBufferPointer
    ) throws(ScanFailure) -> (taken: Int, event: EventStreamScanner.Event?) {
        var index = 0
        if isBetweenDocuments, !ignoresRest {
            while index < bytes.count, ImageText.isBlank(bytes[index]) { index += 1 }
            guard index < bytes.count else { return (index, nil) }
            // Only documents that look like one are read; text behind a complete document does not spoil it.
            guard bytes[index] == UInt8(ascii: "{") || bytes[index] == UInt8(ascii: "[") else {
                ignoresRest = true
                return (bytes.count, nil)
            }
            json = JSONScanner(limits: limits)
            json.notesRuns = raw != nil
            isBetweenDocuments = false
        }
        guard !ignoresRest else { return (bytes.count, nil) }
        do throws(ScanFailure) {
            index += try json.scanToEnd(UnsafeRawBufferPointer(rebasing: bytes[index...]))
            guard json.state == .done else { return (index, nil) }
            let document = try json.finish()
            isBetweenDocuments = true
            documentCount += 1
            return (index, EventStreamScanner.Event(name: "", payload: .document(document), isPlainDocument: true))
        } catch {
            guard documentCount > 0 else { throw error }
            ignoresRest = true
            return (bytes.count, nil)
        }
    }

    private mutating func take(file bytes: UnsafeRawBufferPointer) throws(ScanFailure) {
        guard file.count + bytes.count <= limits.imageWireBytes else {
            throw .imageTooLarge(allowed: limits.imageWireBytes)
        }
        guard file.append(bytes) else { throw .outOfMemory }
    }

    /// Ends the body.
    ///
    /// - Parameter isWhole: whether it is certain to be complete, so that an event without the blank line that ends it
    ///   counts if its document is complete.
    /// - Returns: the last event, if the end of the body ends one.
    mutating func finish(isWhole: Bool = true) throws(ScanFailure) -> EventStreamScanner.Event? {
        if form == .undecided, !opening.isEmpty {
            let decided = ResponseOpening.form(of: opening, mediaType: mediaType, isWhole: true) ?? .unknown
            try begin(decided)
        }
        switch form {
        case .undecided, .unknown: return nil
        case .events:
            endsWithinEvent = !events.isBetweenEvents
            guard isWhole, endsWithinEvent, let last = events.cutEvent() else { return nil }
            if case .document = last.payload { return last }
            return nil
        case .imageFile:
            let image = ScannedImage(bytes: file)
            return EventStreamScanner.Event(
                name: "", payload: .document(ScannedDocument(value: .object([:]), images: [image])),
                isPlainDocument: true)
        case .documents:
            guard !isBetweenDocuments, !ignoresRest else { return nil }
            do throws(ScanFailure) {
                let document = try json.finish()
                return EventStreamScanner.Event(name: "", payload: .document(document), isPlainDocument: true)
            } catch {
                guard documentCount > 0 else { throw error }
                return nil
            }
        }
    }

    /// A truncated document as far as it goes; nil if the body is none.
    mutating func finishCut() -> ScannedDocument? { form == .documents ? json.finishCut() : nil }

    // MARK: The first bytes

    private mutating func take(_ byte: UInt8) throws(ScanFailure) {
        if opening.isEmpty, ImageText.isBlank(byte) { return }
        opening.append(byte)
        // Text may begin with a byte order mark, which is not part of it.
        if opening == [0xEF, 0xBB, 0xBF] { return opening = [] }
        guard let decided = ResponseOpening.form(of: opening, mediaType: mediaType, isWhole: false) else { return }
        try begin(decided)
    }

    private mutating func begin(_ decided: Form) throws(ScanFailure) {
        form = decided
        var thrown: ScanFailure?
        opening.withUnsafeBytes { bytes in
            do throws(ScanFailure) {
                switch decided {
                case .undecided, .unknown: break
                case .documents: _ = try json.scanToEnd(bytes)
                case .events: _ = try events.scan(bytes)
                case .imageFile:
                    file = ByteBuffer(directory: limits.imageDirectory)
                    try take(file: bytes)
                }
            } catch { thrown = error }
        }
        opening = []
        if let thrown { throw thrown }
    }
}

/// Tells the form of a body from its first bytes.
enum ResponseOpening {
    private static let fields = ["data", "event", "id", "retry"].map { Array($0.utf8) }

    /// The form of a body that begins with these bytes, blanks and a byte order mark included.
    static func form(of bytes: some Collection<UInt8>, mediaType: String?) -> ResponseBodyScanner.Form {
        var text = Array(bytes.prefix(1_024).drop(while: ImageText.isBlank))
        if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = Array(text.dropFirst(3).drop(while: ImageText.isBlank)) }
        return form(of: text, mediaType: mediaType, isWhole: true) ?? .unknown
    }

    /// - Parameters:
    ///   - opening: the bytes behind blanks and a byte order mark.
    ///   - isWhole: whether no more will come.
    /// - Returns: nil if more bytes are needed.
    static func form(of opening: [UInt8], mediaType: String?, isWhole: Bool) -> ResponseBodyScanner.Form? {
        guard let first = opening.first else { return isWhole ? .unknown : nil }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "\""): return .documents
        case UInt8(ascii: ":"): return .events
        case UInt8(ascii: "<"): return markup(opening, isWhole: isWhole)
        case 0xEF where opening.count < 3 && !isWhole: return nil
        case 0x89, 0xFF, UInt8(ascii: "R"), UInt8(ascii: "G"):
            guard opening.count >= 12 || isWhole else { return nil }
            return ImageUpload.ContentType(sniffing: Data(opening)) == nil ? other(mediaType) : .imageFile
        default: break
        }
        for field in fields where opening.starts(with: field) && opening.count > field.count {
            let next = opening[field.count]
            if next == UInt8(ascii: ":") || next == 0x0A || next == 0x0D { return .events }
        }
        if !isWhole, fields.contains(where: { $0.starts(with: opening) }) { return nil }
        return other(mediaType)
    }

    private static func other(_ mediaType: String?) -> ResponseBodyScanner.Form {
        switch mediaType {
        case "text/event-stream": .events
        case "application/json": .documents
        default: .unknown
        }
    }

    /// SVG, or else a page.
    private static func markup(_ opening: [UInt8], isWhole: Bool) -> ResponseBodyScanner.Form? {
        if !isWhole {
            if opening.count < 5 { return nil }
            if opening.starts(with: Array("<?xml".utf8)), opening.count < 1_024 { return nil }
        }
        return ImageUpload.ContentType(sniffing: Data(opening)) == .svg ? .imageFile : .unknown
    }
}
