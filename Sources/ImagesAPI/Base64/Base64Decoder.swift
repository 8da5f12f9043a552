import CGessoKernels

/// Why a text is not strict base64.
enum Base64Failure: Error, Equatable {
    /// The character at this offset of the text is not allowed there.
    case character(offset: Int)
    /// The text ends in the middle of a group or without its padding.
    case length(offset: Int)
    case outOfMemory
}

/// Decodes base64 as it arrives, in pieces of any length (RFC 4648 section 4, strict: padding required, unused bits zero).
///
/// A lenient decoder also takes the URL-safe alphabet (section 5) and missing padding, as some servers send them; blanks
/// are left to its caller. Text of the standard alphabet takes the same path in both.
struct Base64Decoder {
    private let isLenient: Bool
    /// Whether a character of the URL-safe alphabet was read.
    private(set) var isURLSafe = false
    private var bits: UInt32 = 0
    private var pending = 0
    private var padding = 0
    /// Characters read so far.
    private(set) var offset = 0

    init(isLenient: Bool = false) { self.isLenient = isLenient }

    /// Decodes up to the first byte that is neither in the alphabet nor padding.
    ///
    /// - Returns: how many bytes of `input` were read.
    mutating func decode(
        _ input: UnsafeRawBufferPointer, into output: ByteBuffer
    ) throws(Base64Failure) -> Int {
        guard let start = input.baseAddress else { return 0 }
        var index = 0
        while index < input.count {
            if pending == 0, padding == 0, input.count - index >= 4 {
                let left = input.count - index
                guard let place = output.reserve(left / 4 * 3) else { throw .outOfMemory }
                let used = gesso_base64_decode_groups(
                    start.advanced(by: index).assumingMemoryBound(to: UInt8.self), left,
                    place.assumingMemoryBound(to: UInt8.self))
                output.advance(used / 4 * 3)
                index += used
                offset += used
                if index == input.count { break }
            }
            guard try take(input[index], into: output) else { break }
            index += 1
        }
        return index
    }

    /// Decodes one character; returns false if it is not base64, which ends the text.
    mutating func take(_ character: UInt8, into output: ByteBuffer) throws(Base64Failure) -> Bool {
        var value = gesso_base64_value(character)
        if value == 0xFF, isLenient, let other = Self.urlSafeValue(character) {
            value = other
            isURLSafe = true
        }
        if value == 0xFF {
            guard character == UInt8(ascii: "=") else { return false }
            guard pending >= 2, pending + padding < 4 else { throw .character(offset: offset) }
            // The unused bits of the last character must be zero; otherwise two texts would decode to the same bytes.
            let unused: UInt32 = pending == 2 ? 0xF : 0x3
            guard padding > 0 || bits & unused == 0 else { throw .character(offset: offset - 1) }
            padding += 1
            offset += 1
            if pending + padding == 4 { try flush(into: output) }
            return true
        }
        guard padding == 0 else { throw .character(offset: offset) }
        bits = bits << 6 | UInt32(value)
        pending += 1
        offset += 1
        if pending == 4 {
            guard let place = output.reserve(3) else { throw .outOfMemory }
            let bytes = place.assumingMemoryBound(to: UInt8.self)
            bytes[0] = UInt8(truncatingIfNeeded: bits >> 16)
            bytes[1] = UInt8(truncatingIfNeeded: bits >> 8)
            bytes[2] = UInt8(truncatingIfNeeded: bits)
            output.advance(3)
            bits = 0
            pending = 0
        }
        return true
    }

    private mutating func flush(into output: ByteBuffer) throws(Base64Failure) {
        let first = UInt8(truncatingIfNeeded: pending == 2 ? bits >> 4 : bits >> 10)
        guard output.append(first) else { throw .outOfMemory }
        if pending == 3 {
            guard output.append(UInt8(truncatingIfNeeded: bits >> 2)) else { throw .outOfMemory }
        }
    }

    private static func urlSafeValue(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }

    /// Checks that the text ended at the end of a group; a lenient decoder then decodes a last one that lacks its padding.
    mutating func finish(into output: ByteBuffer) throws(Base64Failure) {
        guard pending > 0, pending + padding < 4 else { return }
        guard isLenient, pending >= 2 else { throw .length(offset: offset) }
        guard bits & (pending == 2 ? 0xF : 0x3) == 0 else { throw .character(offset: offset - 1) }
        try flush(into: output)
    }
}
