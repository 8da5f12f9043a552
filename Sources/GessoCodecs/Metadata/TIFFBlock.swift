import GessoPixels

/// The directories of a TIFF block, such as EXIF (TIFF 6.0, 2; EXIF 2.32, 4.6).
///
/// Every offset is checked. At most 512 entries of a directory are read.
struct TIFFBlock {
    struct Entry {
        let tag: Int
        let type: Int
        let count: Int
        /// The offset of its twelve bytes.
        let position: Int
    }

    let bytes: Bytes
    let littleEndian: Bool
    /// The offset of IFD0.
    let start: Int

    /// Nil if `bytes` do not begin with a TIFF header, or IFD0 is outside of them.
    init?(_ bytes: Bytes) {
        if bytes.matches("II*\0", at: 0) {
            littleEndian = true
        } else if bytes.matches("MM\0*", at: 0) {
            littleEndian = false
        } else {
            return nil
        }
        guard let start = bytes.uint32(4, littleEndian: littleEndian), bytes.has(start, 2) else { return nil }
        self.bytes = bytes
        self.start = start
    }

    /// The complete entries of the directory at `position`.
    func entries(at position: Int) -> [Entry] {
        guard let count = bytes.uint16(position, littleEndian: littleEndian) else { return [] }
        var entries: [Entry] = []
        for index in 0..<min(count, 512) {
            let position = position + 2 + index * 12
            guard bytes.has(position, 12), let tag = bytes.uint16(position, littleEndian: littleEndian),
                let type = bytes.uint16(position + 2, littleEndian: littleEndian),
                let count = bytes.uint32(position + 4, littleEndian: littleEndian)
            else { break }
            entries.append(Entry(tag: tag, type: type, count: count, position: position))
        }
        return entries
    }

    /// The value of an entry with one SHORT or LONG; some writers use either type for the same tag.
    func number(_ entry: Entry) -> Int? {
        guard entry.count == 1 else { return nil }
        switch entry.type {
        case 3: return bytes.uint16(entry.position + 8, littleEndian: littleEndian)
        case 4, 13: return bytes.uint32(entry.position + 8, littleEndian: littleEndian)
        default: return nil
        }
    }

    /// The values of an entry with SHORTs or LONGs; at most 4096.
    func numbers(_ entry: Entry) -> [Int] {
        guard entry.type == 3 || entry.type == 4 || entry.type == 13, entry.count <= 4096 else { return [] }
        let size = entry.type == 3 ? 2 : 4
        let isInline = entry.count * size <= 4
        guard let start = isInline ? entry.position + 8 : bytes.uint32(entry.position + 8, littleEndian: littleEndian)
        else { return [] }
        return (0..<entry.count).compactMap { index in
            size == 2
                ? bytes.uint16(start + 2 * index, littleEndian: littleEndian)
                : bytes.uint32(start + 4 * index, littleEndian: littleEndian)
        }
    }

    /// The text of an entry in ASCII or UTF-8, with the final zero byte; nil if it has another type, is blank, or is
    /// longer than `maximum`.
    func text(_ entry: Entry, maximum: Int) -> Bytes? {
        guard entry.type == 2 || entry.type == 129, entry.count > 0, entry.count <= maximum else { return nil }
        let inline = entry.count <= 4
        guard let offset = inline ? entry.position + 8 : bytes.uint32(entry.position + 8, littleEndian: littleEndian),
            let text = bytes.slice(offset, entry.count),
            text.buffer.contains(where: { $0 != 0 && $0 != 0x20 })
        else { return nil }
        return text
    }

    /// The offset of the directory after the one at `position`; 0 if there is none.
    func next(after position: Int) -> Int? {
        guard let count = bytes.uint16(position, littleEndian: littleEndian) else { return nil }
        return bytes.uint32(position + 2 + count * 12, littleEndian: littleEndian)
    }
}

/// The orientation in an EXIF block, and whether it has a location.
///
/// Reads IFD0 only and follows no pointer (EXIF 2.32, 4.6).
struct EXIF {
    var orientation: Orientation?
    var hasGPS = false

    /// Nil if `bytes` do not begin with a TIFF header, or IFD0 has no entry.
    init?(_ bytes: Bytes) {
        guard let block = TIFFBlock(bytes) else { return nil }
        let entries = block.entries(at: block.start)
        guard !entries.isEmpty else { return nil }
        for entry in entries {
            switch entry.tag {
            // Values other than 1 to 8 are ignored.
            case 0x0112 where orientation == nil: orientation = block.number(entry).flatMap(Orientation.init(rawValue:))
            case 0x8825: hasGPS = true
            default: break
            }
        }
    }
}
