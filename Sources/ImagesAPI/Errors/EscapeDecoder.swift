/// A byte of a text, and the range of the original text that it was decoded from.
struct SourceByte {
    var byte: UInt8
    var start: Int
    var end: Int
}

/// Undoes one level of escaping: percent escapes, backslash escapes of JSON and programming languages, HTML references.
///
/// Only ASCII is decoded, since secrets contain nothing else. Text that is not a valid escape is unchanged. Takes
/// linear time, since every escape has a bounded length.
struct EscapeDecoder {
    private let source: [SourceByte]

    /// The text with one level of escapes undone, or nil when it has none.
    static func decode(_ source: [SourceByte]) -> [SourceByte]? { EscapeDecoder(source: source).decoded() }

    private func decoded() -> [SourceByte]? {
        var output: [SourceByte] = []
        output.reserveCapacity(source.count)
        var changed = false
        var index = 0
        while index < source.count {
            if let (value, length) = escape(at: index) {
                output.append(
                    SourceByte(byte: value, start: source[index].start, end: source[index + length - 1].end))
                index += length
                changed = true
            } else {
                output.append(source[index])
                index += 1
            }
        }
        return changed ? output : nil
    }

    private func escape(at index: Int) -> (value: UInt8, length: Int)? {
        switch source[index].byte {
        case UInt8(ascii: "%"): percent(at: index)
        case UInt8(ascii: "\\"): backslash(at: index)
        case UInt8(ascii: "&"): reference(at: index)
        default: nil
        }
    }

    private func byte(_ index: Int) -> UInt8 { index < source.count ? source[index].byte : 0 }

    /// The ASCII character that `count` hexadecimal digits name.
    private func hexadecimal(at index: Int, count: Int) -> UInt8? {
        var value: UInt32 = 0
        for position in index..<index + count {
            guard let digit = JSONScanner.hexadecimal(byte(position)) else { return nil }
            value = value << 4 | digit
        }
        return value < 0x80 ? UInt8(value) : nil
    }

    private func percent(at index: Int) -> (UInt8, Int)? {
        if byte(index + 1) | 0x20 == UInt8(ascii: "u") {
            return hexadecimal(at: index + 2, count: 4).map { ($0, 6) }
        }
        return hexadecimal(at: index + 1, count: 2).map { ($0, 3) }
    }

    private func backslash(at index: Int) -> (UInt8, Int)? {
        switch byte(index + 1) {
        case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): (byte(index + 1), 2)
        case UInt8(ascii: "n"): (0x0A, 2)
        case UInt8(ascii: "r"): (0x0D, 2)
        case UInt8(ascii: "t"): (0x09, 2)
        case UInt8(ascii: "x"): hexadecimal(at: index + 2, count: 2).map { ($0, 4) }
        case UInt8(ascii: "u") where byte(index + 2) == UInt8(ascii: "{"): braced(at: index)
        case UInt8(ascii: "u"): hexadecimal(at: index + 2, count: 4).map { ($0, 6) }
        case UInt8(ascii: "U"): hexadecimal(at: index + 2, count: 8).map { ($0, 10) }
        case UInt8(ascii: "0")...UInt8(ascii: "1"): octal(at: index)
        default: nil
        }
    }

    /// `\u{2d}`.
    private func braced(at index: Int) -> (UInt8, Int)? {
        for count in 1...6 where byte(index + 3 + count) == UInt8(ascii: "}") {
            return hexadecimal(at: index + 3, count: count).map { ($0, 4 + count) }
        }
        return nil
    }

    private func octal(at index: Int) -> (UInt8, Int)? {
        var value: UInt8 = 0
        for position in index + 1...index + 3 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte(position)) else { return nil }
            value = value << 3 | (byte(position) & 7)
        }
        return (value, 4)
    }

    private static let names: [(name: [UInt8], value: UInt8)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("sol", "/"), ("plus", "+"),
        ("equals", "="), ("lowbar", "_"), ("percnt", "%"), ("bsol", "\\"), ("colon", ":"), ("period", "."),
        ("commat", "@"), ("Tab", "\t"), ("NewLine", "\n"),
    ].map { (Array("\($0.0);".utf8), UInt8(ascii: $0.1)) }

    /// `&#45;`, `&#x2d;` and the names of HTML for ASCII characters.
    private func reference(at index: Int) -> (UInt8, Int)? {
        guard byte(index + 1) == UInt8(ascii: "#") else {
            for (name, value) in Self.names where name.indices.allSatisfy({ byte(index + 1 + $0) == name[$0] }) {
                return (value, 1 + name.count)
            }
            return nil
        }
        let isHexadecimal = byte(index + 2) | 0x20 == UInt8(ascii: "x")
        let first = index + (isHexadecimal ? 3 : 2)
        var value: UInt32 = 0
        for position in first..<first + 7 {
            if byte(position) == UInt8(ascii: ";") {
                return position > first && value < 0x80 ? (UInt8(value), position + 1 - index) : nil
            }
            guard let digit = JSONScanner.hexadecimal(byte(position)), isHexadecimal || digit < 10 else { return nil }
            value = min(value * (isHexadecimal ? 16 : 10) + digit, 0x80)
        }
        return nil
    }
}
