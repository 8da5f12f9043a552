import CGessoCodecs

/// The chunks of a PNG in the order of the file (PNG 3rd edition, 5.3); every offset is checked.
struct PNGChunks {
    struct Chunk {
        let type: UInt32
        /// The offset of the chunk in the file.
        let offset: Int
        /// The length of the content as stated, 0 to 2³² − 1; valid files have less than 2³¹.
        let length: Int
        /// The content; nil if the file ends inside it.
        let body: Bytes?
        fileprivate let bytes: Bytes

        /// The type and the content, which the checksum covers, and the checksum in the file; nil if the file ends
        /// inside the chunk.
        var checked: (covered: Bytes, checksum: Int)? {
            guard let covered = bytes.slice(offset + 4, length + 4),
                let checksum = bytes.uint32(offset + 8 + length)
            else { return nil }
            return (covered, checksum)
        }

        /// Whether the chunk is whole and its checksum is right.
        var isIntact: Bool {
            guard let (covered, checksum) = checked else { return false }
            return Int(gesso_crc32(0, covered.start, covered.count)) == checksum
        }
    }

    /// The length of the signature.
    static let signatureLength = 8
    /// The length of the signature and the IHDR chunk; the other chunks follow.
    static let headerLength = 33

    private let bytes: Bytes
    private var position: Int

    /// The chunks of the file `bytes` from offset `start` on.
    init(_ bytes: Bytes, from start: Int = PNGChunks.signatureLength) {
        self.bytes = bytes
        position = start
    }

    /// The next chunk; nil if the file ends before its content.
    mutating func next() -> Chunk? {
        guard let length = bytes.uint32(position), let type = bytes.code(position + 4) else { return nil }
        let chunk = Chunk(
            type: type, offset: position, length: length, body: bytes.slice(position + 8, length), bytes: bytes)
        position += 12 + length
        return chunk
    }
}
