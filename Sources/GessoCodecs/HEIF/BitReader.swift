/// Reads fields of some bits, most significant bit first, from the start of a header.
///
/// Reading past the end gives zeros and sets ``isExhausted``, so that a parser checks once, at its end.
struct BitReader {
    private let bytes: [UInt8]
    private var position = 0
    private(set) var isExhausted = false

    /// Reads the first bytes of `source`, at most `maximum`. If `removesEscapes`, the third byte of each 00 00 03 is
    /// left out (ITU-T H.265, 7.4.2).
    init(_ source: Bytes, maximum: Int = 512, removesEscapes: Bool = false) {
        var bytes: [UInt8] = []
        var zeros = 0
        for byte in source.buffer.prefix(maximum) {
            if removesEscapes, zeros >= 2, byte == 3 {
                zeros = 0
                continue
            }
            zeros = byte == 0 ? zeros + 1 : 0
            bytes.append(byte)
        }
        self.bytes = bytes
    }

    mutating func flag() -> Bool { bits(1) == 1 }

    /// The next `count` bits, at most 32.
    mutating func bits(_ count: Int) -> Int {
        var value = 0
        for _ in 0..<count {
            value <<= 1
            if position < bytes.count * 8 {
                value |= Int(bytes[position >> 3] >> (7 - UInt8(position & 7))) & 1
            } else {
                isExhausted = true
            }
            position += 1
        }
        return value
    }

    mutating func skip(_ count: Int) { position += count }

    /// An unsigned Exp-Golomb code (ITU-T H.265, 9.2): as many zeros as there are bits after the first 1.
    mutating func exponentialGolomb() -> Int {
        var zeros = 0
        while zeros < 32, !isExhausted, !flag() { zeros += 1 }
        return (1 << zeros) - 1 + bits(zeros)
    }
}
