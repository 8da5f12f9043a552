import Foundation

/// Writes WebP containers with nested content that no encoder would write.
enum WebPBuilder {
    static func number(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    static func chunk(_ tag: String, _ body: [UInt8]) -> [UInt8] {
        Array(tag.utf8) + number(body.count, 4) + body + (body.count % 2 == 1 ? [0] : [])
    }

    static func file(_ chunks: [UInt8]) -> Data {
        Data(Array("RIFF".utf8) + number(chunks.count + 4, 4) + Array("WEBP".utf8) + chunks)
    }

    /// A still image of 2 × 2 pixels with metadata chunks after it.
    static func extended(_ metadata: [(String, [UInt8])]) -> Data {
        file(canvas(2, 2, flags: 0x0C) + lossless(2, 2) + metadata.flatMap { chunk($0.0, $0.1) })
    }

    /// Flags: 0x02 animation, 0x10 alpha.
    static func canvas(_ width: Int, _ height: Int, flags: UInt8) -> [UInt8] {
        chunk("VP8X", [flags, 0, 0, 0] + number(width - 1, 3) + number(height - 1, 3))
    }

    static func frame(x: Int = 0, y: Int = 0, _ width: Int, _ height: Int, _ content: [UInt8]) -> [UInt8] {
        let place = number(x / 2, 3) + number(y / 2, 3) + number(width - 1, 3) + number(height - 1, 3)
        return chunk("ANMF", place + number(100, 3) + [0] + content)
    }

    static let animation = chunk("ANIM", [0, 0, 0, 0, 0, 0])

    /// A VP8L chunk of one color and any size: five codes of one symbol each (RFC 9649, 3.7.2.1.1).
    static func lossless(_ width: Int, _ height: Int) -> [UInt8] {
        chunk(
            "VP8L",
            [0x2F] + number((width - 1) | (height - 1) << 14, 4) + [0x88, 0x88, 0x08] + [UInt8](repeating: 0, count: 8))
    }

    /// A VP8 chunk with only a valid header (RFC 6386, 9.1).
    static func lossyHeader(_ width: Int, _ height: Int) -> [UInt8] {
        chunk(
            "VP8 ",
            [0x10, 0x02, 0x00, 0x9D, 0x01, 0x2A] + number(width, 2) + number(height, 2)
                + [UInt8](repeating: 0, count: 24))
    }

    /// Uncompressed alpha, opaque everywhere.
    static func alpha(_ width: Int, _ height: Int) -> [UInt8] {
        chunk("ALPH", [0] + [UInt8](repeating: 255, count: width * height))
    }
}
