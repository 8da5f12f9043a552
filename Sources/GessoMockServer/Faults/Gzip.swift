#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A gzip file that stores its content (RFC 1951, 3.2.4 and RFC 1952), written piece by piece: enough to confuse whoever
/// did not ask for it.
final class Gzip {
    private var checksum = UInt32.max
    private var count: UInt32 = 0
    private var isBegun = false

    /// The file's next bytes: with them all of `data` can be read.
    func pack(_ data: Data) -> Data {
        var file = isBegun ? Data() : Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        isBegun = true
        var rest = data[...]
        while !rest.isEmpty {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(65535)
            file.append(Gzip.header(UInt16(block.count), isLast: false))
            file.append(block)
        }
        checksum = data.reduce(checksum) { sum, byte in
            Gzip.table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
        count &+= UInt32(truncatingIfNeeded: data.count)
        return file
    }

    /// The file's last bytes.
    func end() -> Data {
        var file = pack(Data()) + Gzip.header(0, isLast: true)
        for value in [~checksum, count] {
            file.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
        }
        return file
    }

    static func stored(_ data: Data) -> Data {
        let gzip = Gzip()
        return gzip.pack(data) + gzip.end()
    }

    private static func header(_ count: UInt16, isLast: Bool) -> Data {
        Data([isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)])
    }

    /// Of CRC-32 (RFC 1952, 8).
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
}
