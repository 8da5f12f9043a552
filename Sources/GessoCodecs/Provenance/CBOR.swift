/// A data item of CBOR (RFC 8949); only the types that manifests need.
indirect enum CBOR {
    case integer(Int)
    case bytes(Bytes)
    case text(Bytes)
    case array([CBOR])
    case map([(key: CBOR, value: CBOR)])
    case other

    /// The item at the start of `bytes`; nil if it is damaged, nested deeper than 16 levels or exceeds the budget.
    init?(_ bytes: Bytes, _ budget: inout ItemBudget) {
        var reader = CBORReader(bytes: bytes, budget: budget)
        let item = reader.item(depth: 0)
        budget = reader.budget
        guard let item else { return nil }
        self = item
    }

    /// The value of a text key in a map.
    subscript(_ name: String) -> CBOR? {
        first { key in
            guard case .text(let text) = key else { return false }
            return text.count == name.utf8.count && text.matches(name, at: 0)
        }
    }

    /// The value of an integer key in a map.
    subscript(_ number: Int) -> CBOR? {
        first { key in
            guard case .integer(let value) = key else { return false }
            return value == number
        }
    }

    private func first(where isKey: (CBOR) -> Bool) -> CBOR? {
        guard case .map(let pairs) = self else { return nil }
        return pairs.first { isKey($0.key) }?.value
    }

    /// The text of a text item, made printable; nil for other items.
    var printableText: String? {
        guard case .text(let bytes) = self else { return nil }
        return PrintableText.of(String(decoding: bytes.buffer.prefix(1024), as: UTF8.self))
    }
}

/// Reads consecutive items.
private struct CBORReader {
    let bytes: Bytes
    var budget: ItemBudget
    private var position = 0

    private static let stop = 0xFF

    init(bytes: Bytes, budget: ItemBudget) {
        self.bytes = bytes
        self.budget = budget
    }

    mutating func item(depth: Int) -> CBOR? {
        guard depth <= 16, let first = bytes.uint8(position).map(Int.init), budget.take() else { return nil }
        position += 1
        let (kind, isEndless) = (first >> 5, first & 31 == 31)
        if kind == 7 { return isEndless ? nil : simple(first & 31) }
        guard !isEndless || kind == 4 || kind == 5, let value = isEndless ? .max : argument(first & 31) else {
            return nil
        }
        switch kind {
        case 0: return .integer(value)
        case 1: return .integer(-1 - value)
        case 2: return take(value).map { .bytes($0) }
        case 3: return take(value).map { .text($0) }
        case 4: return array(value, isEndless, depth)
        case 5: return map(value, isEndless, depth)
        default: return item(depth: depth + 1)
        }
    }

    /// Skips booleans, null and floating-point numbers, which are not needed.
    private mutating func simple(_ bits: Int) -> CBOR? {
        guard bits < 28 else { return nil }
        return bits < 24 ? .other : take(1 << (bits - 24)).map { _ in .other }
    }

    /// The number after the first byte; nil if it does not fit `Int`.
    private mutating func argument(_ bits: Int) -> Int? {
        guard bits >= 24 else { return bits }
        guard bits <= 27 else { return nil }
        let count = 1 << (bits - 24)
        guard let number = bytes.slice(position, count) else { return nil }
        position += count
        var value: UInt64 = 0
        for byte in number.buffer { value = value << 8 | UInt64(byte) }
        return Int(exactly: value)
    }

    private mutating func take(_ count: Int) -> Bytes? {
        guard let slice = bytes.slice(position, count) else { return nil }
        position += count
        return slice
    }

    private mutating func isAtEnd(_ done: Int, _ count: Int, _ isEndless: Bool) -> Bool {
        guard isEndless else { return done >= count }
        guard bytes.uint8(position).map(Int.init) == Self.stop else { return false }
        position += 1
        return true
    }

    private mutating func array(_ count: Int, _ isEndless: Bool, _ depth: Int) -> CBOR? {
        var items: [CBOR] = []
        while !isAtEnd(items.count, count, isEndless) {
            guard let item = item(depth: depth + 1) else { return nil }
            items.append(item)
        }
        return .array(items)
    }

    private mutating func map(_ count: Int, _ isEndless: Bool, _ depth: Int) -> CBOR? {
        var pairs: [(key: CBOR, value: CBOR)] = []
        while !isAtEnd(pairs.count, count, isEndless) {
            guard let key = item(depth: depth + 1), let value = item(depth: depth + 1) else { return nil }
            pairs.append((key, value))
        }
        return .map(pairs)
    }
}
