#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes a gzip file without compression (RFC 1951, 3.2.4 and RFC 1952), in pieces. Enough to test clients that did
/// not ask for gzip.
final class GzipWriter {
    private var checksum = UInt32.max
    private var count: UInt32 = 0
    private var hasHeader = false

    /// The next bytes of the file, which hold all of `data`.
    func write(_ data: Data) -> Data {
        var file = hasHeader ? Data() : Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        hasHeader = true
        var rest = data[...]
        while !rest.isEmpty {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(65535)
            file.append(GzipWriter.header(UInt16(block.count), isLast: false))
            file.append(block)
        }
        checksum = data.reduce(checksum) { sum, byte in
            GzipWriter.table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
        }
        count &+= UInt32(truncatingIfNeeded: data.count)
        return file
    }

    /// The last bytes of the file.
    func finish() -> Data {
        var file = write(Data()) + GzipWriter.header(0, isLast: true)
        for value in [~checksum, count] {
            file.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
        }
        return file
    }

    static func stored(_ data: Data) -> Data {
        let gzip = GzipWriter()
        return gzip.write(data) + gzip.finish()
    }

    private static func header(_ count: UInt16, isLast: Bool) -> Data {
        Data([isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)])
    }

    /// Of CRC-32 (RFC 1952, 8).
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
}
