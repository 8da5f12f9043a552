import GessoPixels

/// The boxes in a range of an ISO base media file, in order (ISO/IEC 14496-12, 4.2); every offset is checked.
///
/// Not recursive: the caller descends into the few boxes whose content it knows.
struct Boxes {
    struct Box {
        let type: UInt32
        /// The content as far as the file has it.
        let body: Bytes
        /// Whether the file, or the box around this one, ends inside it.
        let isCut: Bool

        /// The version of a full box and its flags (4.2.2); the fields follow at offset 4.
        var version: Int { Int(body.uint8(0) ?? 0) }
        var flags: Int { (body.uint32(0) ?? 0) & 0xFF_FFFF }
    }

    private let bytes: Bytes
    private(set) var position: Int

    init(_ bytes: Bytes, from start: Int = 0) {
        self.bytes = bytes
        position = start
    }

    /// The next box; nil at the end, or if what follows cannot be a box.
    mutating func next() -> Box? {
        guard let stated = bytes.uint32(position), let type = bytes.code(position + 4) else { return nil }
        var (header, length) = (8, stated)
        if stated == 1 {
            guard let high = bytes.uint32(position + 8), let low = bytes.uint32(position + 12), high < 1 << 30 else {
                return nil
            }
            (header, length) = (16, high << 32 | low)
        } else if stated == 0 {
            // The box ends with the file.
            length = bytes.count - position
        }
        guard length >= header else { return nil }
        let isCut = length > bytes.count - position
        let end = isCut ? bytes.count : position + length
        guard let body = bytes.slice(position + header, max(0, end - position - header)) else { return nil }
        position = end
        return Box(type: type, body: body, isCut: isCut)
    }
}

extension Bytes {
    /// The offset in these bytes of a view of a part of them.
    func offset(of part: Bytes) -> Int {
        guard let start, let other = part.start else { return count }
        return other - start
    }

    /// An unsigned number of 0, 2, 4 or 8 bytes; nil if it is outside of the bytes or above 2⁶².
    func number(_ offset: Int, bytes width: Int) -> Int? {
        switch width {
        case 0: return 0
        case 2: return uint16(offset)
        case 4: return uint32(offset)
        default:
            guard let high = uint32(offset), let low = uint32(offset + 4), high < 1 << 30 else { return nil }
            return high << 32 | low
        }
    }

    /// The offset after the zero byte that ends a text at `offset`; nil if there is none.
    func endOfText(at offset: Int) -> Int? {
        guard offset >= 0, offset < count else { return nil }
        return buffer[offset...].firstIndex(of: 0).map { $0 + 1 }
    }
}
