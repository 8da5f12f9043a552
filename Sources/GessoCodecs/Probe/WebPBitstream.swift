import GessoPixels

/// Size and alpha of a VP8 or VP8L bitstream from its own header, which may be all there is of it.
struct WebPBitstream {
    let size: Size
    /// nil for VP8, which has its alpha in a chunk of its own.
    let hasAlpha: Bool?

    /// `body` is the data of the chunk `tag` at `position` of the file.
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
