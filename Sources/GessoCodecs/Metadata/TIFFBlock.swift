/// The directories of a TIFF block, such as EXIF is one (TIFF 6.0, 2; EXIF 2.32, 4.6).
///
/// Every offset is checked; a directory may have 512 entries, and none is followed that is not asked for.
struct TIFFBlock {
    struct Entry {
        let tag: Int
        let type: Int
        let count: Int
        /// Where its twelve bytes lie.
        let position: Int
    }

    let bytes: Bytes
    let littleEndian: Bool
    /// Where IFD0 lies.
    let start: Int

    /// `bytes` begin with the TIFF header; nil when that is not one, or the first directory lies elsewhere.
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

    /// The entries of the directory at `position`, as far as they are there.
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

    /// One SHORT or LONG; some writers use the one where the other is meant.
    func number(_ entry: Entry) -> Int? {
        guard entry.count == 1 else { return nil }
        switch entry.type {
        case 3: return bytes.uint16(entry.position + 8, littleEndian: littleEndian)
        case 4, 13: return bytes.uint32(entry.position + 8, littleEndian: littleEndian)
        default: return nil
        }
    }

    /// ASCII or UTF-8 as it stands, final zero included; nil when it is something else, blank, or longer than `maximum`.
    func text(_ entry: Entry, maximum: Int) -> Bytes? {
        guard entry.type == 2 || entry.type == 129, entry.count > 0, entry.count <= maximum else { return nil }
        let inline = entry.count <= 4
        guard let offset = inline ? entry.position + 8 : bytes.uint32(entry.position + 8, littleEndian: littleEndian),
            let text = bytes.slice(offset, entry.count),
            text.buffer.contains(where: { $0 != 0 && $0 != 0x20 })
        else { return nil }
        return text
    }

    /// The directory behind the one at `position`, 0 for none.
    func next(after position: Int) -> Int? {
        guard let count = bytes.uint16(position, littleEndian: littleEndian) else { return nil }
        return bytes.uint32(position + 2 + count * 12, littleEndian: littleEndian)
    }
}
