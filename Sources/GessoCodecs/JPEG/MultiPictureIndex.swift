import GessoPixels

/// The index of a file with several JPEG images one after the other (CIPA DC-007, 5.2.3).
enum MultiPictureIndex {
    private enum Tag {
        static let entries = 0xB002
    }

    /// The images after the first that are in the file, without previews of the first.
    ///
    /// `block` begins with a TIFF header, which is at `start` in `file`; offsets count from there.
    static func furtherImages(_ block: Bytes, at start: Int, in file: Bytes) -> [Range<Int>] {
        guard let index = TIFFBlock(block),
            let entry = index.entries(at: index.start).first(where: { $0.tag == Tag.entries }),
            let list = block.uint32(entry.position + 8, littleEndian: index.littleEndian)
        else { return [] }
        // Sixteen bytes each: attributes, length, offset, dependent images.
        return (1..<max(1, min(entry.count / 16, 64))).compactMap { number in
            let position = list + 16 * number
            guard let attributes = block.uint32(position, littleEndian: index.littleEndian),
                let length = block.uint32(position + 4, littleEndian: index.littleEndian),
                let offset = block.uint32(position + 8, littleEndian: index.littleEndian),
                // Large thumbnails, class 1.
                attributes >> 16 & 0xFF != 1, length > 0,
                file.matches("\u{ff}\u{d8}\u{ff}", at: start + offset)
            else { return nil }
            return start + offset..<min(file.count, start + offset + length)
        }
    }
}
