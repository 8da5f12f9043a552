import GessoPixels

/// The RIFF chunks of a WebP file or of one of its animation frames, in order (RFC 9649, 2.3); every offset is checked.
struct WebPChunks {
    struct Chunk {
        let tag: UInt32
        /// The offset of the chunk in the given bytes.
        let offset: Int
        /// The length of the content as stated, without padding.
        let length: Int
        /// The content; nil if the file ends inside it.
        let body: Bytes?
    }

    /// The offset of a file's first chunk, after the RIFF header.
    static let start = 12

    private let bytes: Bytes
    /// The offset of the next chunk; may be past the end.
    private(set) var position: Int

    /// The chunks of `bytes` from offset `start` on.
    init(_ bytes: Bytes, from start: Int) {
        self.bytes = bytes
        position = start
    }

    /// Whether there are bytes after the chunks read so far.
    var hasMore: Bool { position < bytes.count }

    /// The next chunk; nil if the file ends before its content.
    mutating func next() -> Chunk? {
        guard let tag = bytes.code(position), let length = bytes.uint32(position + 4, littleEndian: true) else {
            return nil
        }
        let chunk = Chunk(tag: tag, offset: position, length: length, body: bytes.slice(position + 8, length))
        // Chunks begin at even offsets.
        position += 8 + (length + 1) & ~1
        return chunk
    }
}

/// The size and alpha of a VP8 or VP8L bitstream, read from its header; the rest of it may be missing.
struct WebPBitstream {
    let size: Size
    /// nil for VP8, whose alpha is in a separate chunk.
    let hasAlpha: Bool?

    /// `body` is the content of the chunk `tag` at offset `position` of the file.
    init(_ tag: UInt32, _ body: Bytes, at position: Int) throws(GessoError) {
        switch tag {
        case FourCC.VP8:
            guard let frameTag = body.uint24LittleEndian(0), let width = body.uint16(6, littleEndian: true),
                let height = body.uint16(8, littleEndian: true)
            else { throw .truncatedHeader(.webp, at: position + 8 + body.count) }
            // RFC 6386, 9.1: a key frame with its start code.
            guard frameTag & 1 == 0, body.matches("\u{9d}\u{01}\u{2a}", at: 3) else {
                throw .corruptHeader(.webp, "no VP8 key frame", at: position + 8)
            }
            size = Size(width: width & 0x3FFF, height: height & 0x3FFF)
            hasAlpha = nil
        case FourCC.VP8L:
            guard let signature = body.uint8(0), let bits = body.uint32(1, littleEndian: true) else {
                throw .truncatedHeader(.webp, at: position + 8 + body.count)
            }
            guard signature == 0x2F, bits >> 29 == 0 else {
                throw .corruptHeader(.webp, "no VP8L header", at: position + 8)
            }
            size = Size(width: bits & 0x3FFF + 1, height: bits >> 14 & 0x3FFF + 1)
            hasAlpha = bits >> 28 & 1 == 1
        default: throw .corruptHeader(.webp, "unknown first chunk \(FourCC.name(tag))", at: position)
        }
    }
}
