import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A bounds-checked view of a file's bytes; reading outside of them returns nil.
struct Bytes {
    let buffer: UnsafeRawBufferPointer

    var count: Int { buffer.count }

    /// The address of the first byte, for the C drivers.
    var start: UnsafePointer<UInt8>? { buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) }

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

    /// The bytes from `offset` on; empty if that is past the end.
    func suffix(from offset: Int) -> Bytes {
        slice(offset, max(0, count - offset)) ?? Bytes(buffer: UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Whether the characters of `text`, each below U+0100, are at `offset` as bytes.
    func matches(_ text: String, at offset: Int) -> Bool {
        var position = offset
        for scalar in text.unicodeScalars {
            guard let byte = uint8(position), UInt32(byte) == scalar.value else { return false }
            position += 1
        }
        return true
    }

    /// Whether the characters of `text`, each below U+0100, are anywhere as bytes.
    func contains(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first else { return true }
        let byte = UInt8(truncatingIfNeeded: first.value)
        var rest = buffer[...]
        while let found = rest.firstIndex(of: byte) {
            if matches(text, at: found) { return true }
            rest = rest[(found + 1)...]
        }
        return false
    }

    func data() -> Data { Data(buffer) }
}

extension Data {
    /// Calls `body`, which may throw typed errors, with a view of the bytes; the view is valid only inside the
    /// closure.
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
