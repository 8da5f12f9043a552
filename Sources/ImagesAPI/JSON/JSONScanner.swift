/// Reads one JSON document (RFC 8259) while its bytes arrive, in pieces of any length and in one pass.
///
/// The text of images is decoded directly into a buffer for each of them; everything else, which is small, becomes a
/// ``JSONValue``. An image is what has the key `b64_json` in the place of a result, and elsewhere a string whose first
/// characters are those of an image in base64, or of a data URI. Time is linear in the bytes, for pieces of any length.
struct JSONScanner {
    enum State: Equatable {
        case value
        case firstElementOrEnd
        case firstKeyOrEnd
        case key
        case colon
        case commaOrEnd
        case string(isKey: Bool)
        case escape(isKey: Bool)
        case unicode(isKey: Bool, digits: Int)
        case number
        case literal
        /// The first characters under the key of an image, which may be the head of a data URI.
        case imageStart
        case image
        case imageEscape
        case imageUnicode(digits: Int)
        /// The rest of a string that is not needed.
        case skipped
        case skippedEscape
        case done
    }

    /// An array or object that is still open.
    struct Container {
        var isObject: Bool
        var members: [String: JSONValue] = [:]
        var elements: [JSONValue] = []
        var key = ""
    }

    let limits: ScanLimits
    var state = State.value
    var containers: [Container] = []
    var root: JSONValue?
    /// The string, number or literal being read.
    var text: [UInt8] = []
    var unicode: UInt32 = 0
    var highSurrogate: UInt32?
    /// Bytes of this document so far.
    var offset = 0
    var otherBytes = 0
    var valueCount = 0
    var images: [ScannedImage] = []
    var decoder = Base64Decoder()
    /// Whether the string being read may turn out to be an image.
    var isSniffing = false
    /// Whether the image being read has the place of a result, so that an error in it is one of the document.
    var isRequired = false
    /// Whether an image in the place of a result has been read; images elsewhere are none then.
    var hasResult = false
    /// Bytes of blanks, line breaks and their escapes in the image being read.
    var imageBlanks = 0
    /// The runs of base64 of the last pieces, if they are to be noted.
    var notesRuns = false
    var runs: [ImageRun] = []
    /// The expected size and number of images, from the length of the response; memory for more is allocated as they
    /// grow.
    var expectedImageBytes = 0
    var expectedImages = 1

    init(limits: ScanLimits = ScanLimits()) { self.limits = limits }

    /// The runs of base64 that were read since the last call, if they are noted.
    mutating func takeRuns() -> [ImageRun] {
        guard !runs.isEmpty else { return [] }
        defer { runs.removeAll(keepingCapacity: true) }
        return runs
    }

    var isEmpty: Bool { state == .value && containers.isEmpty && root == nil }

    /// Reads the next bytes of the document.
    mutating func scan(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) {
        _ = try scan(bytes, stopsAtEnd: false)
    }

    /// Reads the next bytes up to the end of the document.
    ///
    /// - Returns: how many bytes were read.
    mutating func scanToEnd(_ bytes: UnsafeRawBufferPointer) throws(ScanFailure) -> Int {
        try scan(bytes, stopsAtEnd: true)
    }

    private mutating func scan(_ bytes: UnsafeRawBufferPointer, stopsAtEnd: Bool) throws(ScanFailure) -> Int {
        var index = 0
        while index < bytes.count {
            switch state {
            case .image:
                index += try scanImage(UnsafeRawBufferPointer(rebasing: bytes[index...]))
            case .string(let isKey):
                index += try scanString(UnsafeRawBufferPointer(rebasing: bytes[index...]), isKey: isKey)
            case .skipped:
                index += try scanSkipped(UnsafeRawBufferPointer(rebasing: bytes[index...]))
            case .done where stopsAtEnd: return index
            default:
                let byte = bytes[index]
                // A number ends at the first byte that is not part of it; that byte is then handled in the next state.
                if state == .number, !Self.isNumberByte(byte) {
                    // Python writes infinities as numbers.
                    if text.elementsEqual([UInt8(ascii: "-")]), byte == UInt8(ascii: "I") {
                        state = .literal
                        continue
                    }
                    try endNumber()
                    continue
                }
                try countOther(1)
                try step(byte)
                offset += 1
                index += 1
            }
        }
        return index
    }

    /// Ends the document.
    mutating func finish() throws(ScanFailure) -> ScannedDocument {
        if state == .number { try endNumber() }
        guard state == .done, let root else { throw .incomplete(offset: offset) }
        return ScannedDocument(value: limits.scrubber.scrub(root), images: images.chosen)
    }

    private var isInImage: Bool {
        switch state {
        case .image, .imageEscape, .imageUnicode: true
        default: false
        }
    }

    /// The complete images of a truncated document.
    func wholeImages() -> [ImagesResponse.GeneratedImage] {
        images.dropLast(isInImage ? 1 : 0).filter { $0.bytes.count > 0 }.chosen.map { $0.image() }
    }

    /// A truncated document as far as it goes, without its incomplete parts. What follows might have been an error, so
    /// images count in the places of results only.
    mutating func finishCut() -> ScannedDocument {
        if isInImage { _ = images.popLast() }
        var value = root
        while let last = containers.popLast() {
            var container = last
            if let inner = value {
                if container.isObject {
                    container.members[container.key] = inner
                } else {
                    container.elements.append(inner)
                }
            }
            value = container.isObject ? .object(container.members) : .array(container.elements)
        }
        return ScannedDocument(value: value ?? .null, images: images.filter { $0.isResult && $0.bytes.count > 0 })
    }

    mutating func countOther(_ count: Int) throws(ScanFailure) {
        otherBytes += count
        guard otherBytes <= limits.otherBytes else { throw .tooManyBytes(allowed: limits.otherBytes) }
    }

    private mutating func step(_ byte: UInt8) throws(ScanFailure) {
        switch state {
        case .escape(let isKey): try takeEscape(byte, isKey: isKey)
        case .unicode(let isKey, let digits): try takeUnicode(byte, isKey: isKey, digits: digits)
        case .imageEscape: try takeImageEscape(byte)
        case .imageUnicode(let digits): try takeImageUnicode(byte, digits: digits)
        case .number: text.append(byte)
        case .literal: try takeLiteral(byte)
        case .imageStart: try startImage(byte)
        case .skippedEscape: state = .skipped
        case .value, .firstElementOrEnd, .firstKeyOrEnd, .key, .colon, .commaOrEnd, .done:
            if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { return }
            try takeStructure(byte)
        case .string, .image, .skipped: throw .malformed(offset: offset)
        }
    }

    private mutating func takeStructure(_ byte: UInt8) throws(ScanFailure) {
        switch (state, byte) {
        case (.firstElementOrEnd, UInt8(ascii: "]")), (.firstKeyOrEnd, UInt8(ascii: "}")): try endContainer()
        case (.value, _), (.firstElementOrEnd, _): try beginValue(byte)
        case (.firstKeyOrEnd, UInt8(ascii: "\"")), (.key, UInt8(ascii: "\"")):
            text.removeAll(keepingCapacity: true)
            state = .string(isKey: true)
        case (.colon, UInt8(ascii: ":")): state = .value
        case (.commaOrEnd, UInt8(ascii: ",")): state = containers.last?.isObject == true ? .key : .value
        case (.commaOrEnd, UInt8(ascii: "}")) where containers.last?.isObject == true: try endContainer()
        case (.commaOrEnd, UInt8(ascii: "]")) where containers.last?.isObject == false: try endContainer()
        default: throw .malformed(offset: offset)
        }
    }

    private mutating func beginValue(_ byte: UInt8) throws(ScanFailure) {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard containers.count < limits.depth else { throw .tooDeep(allowed: limits.depth) }
            let isObject = byte == UInt8(ascii: "{")
            containers.append(Container(isObject: isObject))
            state = isObject ? .firstKeyOrEnd : .firstElementOrEnd
        case UInt8(ascii: "\""): beginString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            text = [byte]
            state = .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "I"):
            text = [byte]
            state = .literal
        default: throw .malformed(offset: offset)
        }
    }

    private mutating func endContainer() throws(ScanFailure) {
        guard let last = containers.popLast() else { throw .malformed(offset: offset) }
        try endValue(last.isObject ? .object(last.members) : .array(last.elements))
    }

    /// Adds a complete value to its container.
    mutating func endValue(_ value: JSONValue) throws(ScanFailure) {
        valueCount += 1
        guard valueCount <= limits.values else { throw .tooManyBytes(allowed: limits.otherBytes) }
        let last = containers.count - 1
        if last < 0 {
            root = value
            state = .done
        } else {
            if containers[last].isObject {
                containers[last].members[containers[last].key] = value
            } else {
                containers[last].elements.append(value)
            }
            state = .commaOrEnd
        }
    }
}
