import CGessoKernels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Base64 with the standard alphabet and padding (RFC 4648 section 4); visible to the benchmarks.
@_spi(Benchmarks)
public enum Base64 {
    /// Decodes strict base64 text.
    ///
    /// Strict: no blanks or line breaks, padding required, unused bits zero. One pass at memory speed.
    /// - Throws: `malformedBase64` with the offset of the first invalid character, `outOfMemory`.
    public static func decode(_ text: Data) throws(ImagesAPIError) -> Data {
        let output = ByteBuffer()
        do throws(Base64Failure) {
            var decoder = Base64Decoder()
            let result = text.withUnsafeBytes { bytes in
                Result<Int, Base64Failure> { () throws(Base64Failure) in try decoder.decode(bytes, into: output) }
            }
            guard try result.get() == text.count else { throw Base64Failure.character(offset: decoder.offset) }
            try decoder.finish(into: output)
        } catch {
            throw ImagesAPIError(error)
        }
        return output.take()
    }

    /// Decodes strict base64 text.
    public static func decode(_ text: String) throws(ImagesAPIError) -> Data { try decode(Data(text.utf8)) }

    /// Encodes bytes as base64 with padding, in ASCII.
    ///
    /// - Throws: `outOfMemory`.
    public static func encode(_ data: Data) throws(ImagesAPIError) -> Data {
        let output = ByteBuffer()
        guard let place = output.reserve((data.count + 2) / 3 * 4) else {
            throw ImagesAPIError(Base64Failure.outOfMemory)
        }
        let written = data.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return gesso_base64_encode(
                start.assumingMemoryBound(to: UInt8.self), bytes.count, place.assumingMemoryBound(to: UInt8.self))
        }
        output.advance(written)
        return output.take()
    }

    /// Whether base64 text has no character that only the standard alphabet has.
    static func isURLSafe(_ text: UnsafeRawBufferPointer) -> Bool {
        !text.contains { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "/") }
    }

    /// The character of the URL-safe alphabet (RFC 4648 section 5) for one of the standard alphabet.
    static func urlSafe(_ character: UInt8) -> UInt8 {
        switch character {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: character
        }
    }
}

extension ImagesAPIError {
    init(_ failure: Base64Failure) {
        switch failure {
        case .character(let offset):
            self.init(
                .malformedBase64, "The base64 text has an invalid character at offset \(offset).",
                facts: ["offset": "\(offset)"])
        case .length(let offset):
            self.init(
                .malformedBase64, "The base64 text ends after \(offset) characters, in the middle of a group of four.",
                facts: ["offset": "\(offset)"])
        case .outOfMemory:
            self.init(
                .outOfMemory, "No memory for the decoded bytes; lower the limits, or send fewer requests at once.")
        }
    }
}
