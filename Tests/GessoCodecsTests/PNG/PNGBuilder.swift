import CGessoCodecs
import Foundation

/// Writes PNG chunks and zlib streams that no encoder would write.
enum PNGBuilder {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static func file(
        width: Int, height: Int, depth: UInt8 = 8, color: UInt8, interlaced: Bool = false, before: [UInt8] = [],
        rows: [UInt8]
    ) -> Data {
        let header = number(width) + number(height) + [depth, color, 0, 0, interlaced ? 1 : 0]
        return Data(
            signature + chunk("IHDR", header) + before + chunk("IDAT", zlib(rows)) + chunk("IEND", []))
    }

    static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
        let covered = Array(type.utf8) + body
        return number(body.count) + covered + number(Int(crc(covered)))
    }

    /// A zlib stream of stored blocks (RFC 1950, RFC 1951 3.2.4).
    static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let (low, high) = (UInt8(block.count & 255), UInt8(block.count >> 8))
            out += [rest.isEmpty ? 1 : 0, low, high, ~low, ~high] + block
        } while !rest.isEmpty
        return out + number(Int(adler(bytes)))
    }

    static func number(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    static func adler(_ bytes: [UInt8]) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return b << 16 | a
    }

    /// Computed by our function, for speed; the checksums of the fixtures are zlib's.
    static func crc(_ bytes: some Collection<UInt8>) -> UInt32 {
        bytes.withContiguousStorageIfAvailable { gesso_crc32(0, $0.baseAddress, $0.count) } ?? 0
    }

    /// The file with the checksums of all chunks corrected, up to the first incomplete one.
    static func repaired(_ file: [UInt8]) -> [UInt8] {
        var file = file
        var position = 8
        while position + 12 <= file.count {
            let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - position - 12 else { break }
            let end = position + 8 + length
            file.replaceSubrange(end..<end + 4, with: number(Int(crc(file[position + 4..<end]))))
            position = end + 4
        }
        return file
    }

    /// The ranges of the chunks, with length and checksum, up to the first incomplete one.
    static func pieces(_ file: [UInt8]) -> [Range<Int>] {
        var (pieces, position) = ([Range<Int>](), 8)
        while position + 12 <= file.count {
            let length = file[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= file.count - position - 12 else { break }
            pieces.append(position..<position + 12 + length)
            position += 12 + length
        }
        return pieces
    }

    /// Whether this is a PNG with correct checksums and consecutive pixel data, so that only the pixels can be
    /// damaged.
    static func isPlain(_ file: [UInt8]) -> Bool {
        guard file.starts(with: signature), repaired(file) == file else { return false }
        let types = pieces(file).map { String(decoding: file[$0.lowerBound + 4..<$0.lowerBound + 8], as: UTF8.self) }
        let places = types.indices.count { types[$0] == "IDAT" && ($0 == 0 || types[$0 - 1] != "IDAT") }
        return places == 1 && types.contains("IEND") && types.allSatisfy { $0.allSatisfy(\.isLetter) }
    }
}
