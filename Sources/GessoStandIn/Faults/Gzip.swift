#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A gzip file that stores its content (RFC 1951, 3.2.4 and RFC 1952): enough to confuse whoever did not ask for it.
enum Gzip {
    static func stored(_ data: Data) -> Data {
        var file = Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255])
        var rest = data[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(65535)
            let count = UInt16(block.count)
            file.append(rest.isEmpty ? 1 : 0)
            file.append(contentsOf: [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)])
            file.append(block)
        } while !rest.isEmpty
        for value in [checksum(data), UInt32(truncatingIfNeeded: data.count)] {
            file.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) })
        }
        return file
    }

    /// CRC-32 (RFC 1952, 8).
    static func checksum(_ data: Data) -> UInt32 {
        ~data.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
    }
}
