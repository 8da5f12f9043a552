extension JSONScanner {
    static func isNumberByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    mutating func endNumber() throws(ScanFailure) {
        let number = String(decoding: text, as: UTF8.self)
        if let whole = Int(number), text.first != UInt8(ascii: "+") {
            try endValue(.integer(whole))
        } else if let value = Double(number) {
            try endValue(.number(value))
        } else {
            throw .malformed(offset: offset)
        }
    }

    /// JSON has no words for numbers that are not finite; Python writes them all the same.
    private static let literals: [(String, JSONValue)] = [
        ("true", .bool(true)), ("false", .bool(false)), ("null", .null), ("NaN", .null), ("Infinity", .null),
        ("-Infinity", .null),
    ]

    mutating func takeLiteral(_ byte: UInt8) throws(ScanFailure) {
        text.append(byte)
        for (word, value) in Self.literals {
            if text.elementsEqual(word.utf8) { return try endValue(value) }
            if word.utf8.starts(with: text) { return }
        }
        throw .malformed(offset: offset)
    }

    /// Reads the plain part of a string up to its end or an escape.
    mutating func scanString(_ bytes: UnsafeRawBufferPointer, isKey: Bool) throws(ScanFailure) -> Int {
        let isSniffing = isSniffing && !isKey
        let end = isSniffing ? min(bytes.count, max(ImageText.window - text.count, 0)) : bytes.count
        var length = 0
        while length < end, bytes[length] != 0x22, bytes[length] != 0x5C, bytes[length] >= 0x20 { length += 1 }
        if length > 0 { endSurrogate() }
        try countOther(length)
        text.append(contentsOf: bytes[..<length])
        offset += length
        if isSniffing, text.count >= ImageText.minimum {
            if try beginImageIfShown(isWhole: false) { return length }
        }
        guard length < end else { return length }
        try countOther(1)
        switch bytes[length] {
        case 0x22:
            endSurrogate()
            if isSniffing, try beginImageIfShown(isWhole: true) {
                try endDecidedImage()
            } else {
                try endString(isKey: isKey)
            }
        case 0x5C: state = .escape(isKey: isKey)
        default: throw .malformed(offset: offset)
        }
        offset += 1
        return length + 1
    }

    private mutating func endString(isKey: Bool) throws(ScanFailure) {
        let string = String(decoding: text, as: UTF8.self)
        guard isKey else { return try endValue(.string(string)) }
        guard !containers.isEmpty else { throw .malformed(offset: offset) }
        containers[containers.count - 1].key = string
        state = .colon
    }

    mutating func takeEscape(_ byte: UInt8, isKey: Bool) throws(ScanFailure) {
        if byte == UInt8(ascii: "u") {
            unicode = 0
            state = .unicode(isKey: isKey, digits: 0)
            return
        }
        guard let plain = Self.plainByte(escape: byte) else { throw .malformed(offset: offset) }
        endSurrogate()
        text.append(plain)
        state = .string(isKey: isKey)
    }

    mutating func takeUnicode(_ byte: UInt8, isKey: Bool, digits: Int) throws(ScanFailure) {
        guard let digit = Self.hexadecimal(byte) else { throw .malformed(offset: offset) }
        unicode = unicode << 4 | digit
        guard digits == 3 else { return state = .unicode(isKey: isKey, digits: digits + 1) }
        state = .string(isKey: isKey)
        if let high = highSurrogate, (0xDC00...0xDFFF).contains(unicode) {
            highSurrogate = nil
            append(0x10000 + (high - 0xD800) << 10 + (unicode - 0xDC00))
        } else {
            endSurrogate()
            if (0xD800...0xDBFF).contains(unicode) { highSurrogate = unicode } else { append(unicode) }
        }
    }

    /// A high surrogate without a low one is replaced by U+FFFD.
    private mutating func endSurrogate() {
        guard highSurrogate != nil else { return }
        highSurrogate = nil
        append(0xFFFD)
    }

    private mutating func append(_ scalar: UInt32) {
        text.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    }

    static func plainByte(escape: UInt8) -> UInt8? {
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
