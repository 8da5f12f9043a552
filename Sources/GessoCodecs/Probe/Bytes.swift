import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A bounds-checked view of a file's bytes: what lies outside is nil, never a trap.
struct Bytes {
    let buffer: UnsafeRawBufferPointer

    var count: Int { buffer.count }

    func uint8(_ offset: Int) -> UInt8? {
        offset >= 0 && offset < buffer.count ? buffer[offset] : nil
    }

    func uint16(_ offset: Int, littleEndian: Bool = false) -> Int? {
        guard has(offset, 2) else { return nil }
        let (a, b) = (Int(buffer[offset]), Int(buffer[offset + 1]))
        return littleEndian ? b << 8 | a : a << 8 | b
    }

    func uint24LittleEndian(_ offset: Int) -> Int? {
        guard has(offset, 3) else { return nil }
        return Int(buffer[offset]) | Int(buffer[offset + 1]) << 8 | Int(buffer[offset + 2]) << 16
    }

    func uint32(_ offset: Int, littleEndian: Bool = false) -> Int? {
        guard has(offset, 4) else { return nil }
        let value = buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
        return Int(littleEndian ? UInt32(littleEndian: value) : UInt32(bigEndian: value))
    }

    func has(_ offset: Int, _ count: Int) -> Bool {
        offset >= 0 && count >= 0 && offset <= buffer.count && count <= buffer.count - offset
    }

    func slice(_ offset: Int, _ count: Int) -> Bytes? {
        guard has(offset, count) else { return nil }
        return Bytes(buffer: UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + count]))
    }

    /// What remains from `offset` on; empty when that is behind the end.
    func suffix(from offset: Int) -> Bytes {
        slice(offset, max(0, count - offset)) ?? Bytes(buffer: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Whether the characters of `text`, each below 256, stand at `offset`.
    func matches(_ text: String, at offset: Int) -> Bool {
        var position = offset
        for scalar in text.unicodeScalars {
            guard let byte = uint8(position), UInt32(byte) == scalar.value else { return false }
            position += 1
        }
        return true
    }

    func data() -> Data { Data(buffer) }
}

extension Data {
    /// Reads the bytes with typed errors; the view must not leave the closure.
    func withBytes<R>(_ body: (Bytes) throws(GessoError) -> R) throws(GessoError) -> R {
        let result: Result<R, GessoError> = withUnsafeBytes { buffer in
            do throws(GessoError) {
                return .success(try body(Bytes(buffer: buffer)))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func withBytes<R>(_ body: (Bytes) -> R) -> R {
        withUnsafeBytes { body(Bytes(buffer: $0)) }
    }
}
