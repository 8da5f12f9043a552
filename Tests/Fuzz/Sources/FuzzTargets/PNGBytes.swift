import CGessoCodecs

/// PNG chunks and zlib streams, written plainly.
enum PNGBytes {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func number(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }

    static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        let covered = Array(type.utf8) + body
        return number(UInt32(body.count)) + covered + number(gesso_crc32(0, covered, covered.count))
    }

    static func adler(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    /// A zlib stream of one stored block (RFC 1951, 3.2.4).
    static func stored(_ bytes: [UInt8]) -> [UInt8] {
        let (low, high) = (UInt8(bytes.count & 255), UInt8(bytes.count >> 8 & 255))
        return [0x78, 0x01, 1, low, high, ~low, ~high] + bytes + number(adler(bytes[...]))
    }
}

extension Input {
    /// With the checksum of every chunk made right, as far as its chunks can be followed.
    init(repairingPNG input: Input) {
        var file = input.bytes
        var position = 8
        while position + 12 <= file.count {
            let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - position - 12 else { break }
            let end = position + 8 + length
            let crc = file.withUnsafeBufferPointer { buffer in
                gesso_crc32(0, buffer.baseAddress.map { $0 + position + 4 }, length + 4)
            }
            file.replaceSubrange(end..<end + 4, with: PNGBytes.number(crc))
            position = end + 4
        }
        self = file.withUnsafeBufferPointer { Input($0) }
    }

    /// With a container as long as the file.
    init(repairingWebP input: Input) {
        var file = input.bytes
        let form = UInt32(truncatingIfNeeded: file.count - 8)
        if file.count >= 12 { for i in 0..<4 { file[4 + i] = UInt8(truncatingIfNeeded: form >> (8 * UInt32(i))) } }
        self = file.withUnsafeBufferPointer { Input($0) }
    }
}
