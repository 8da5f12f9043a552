#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The body of a request as segments that are sent one after the other and never joined.
struct RequestBody: Sendable {
    private(set) var segments: [Data] = []
    private(set) var byteCount = 0
    /// For each segment, whether it is a multipart boundary, which differs between attempts.
    private(set) var isFraming: [Bool] = []

    mutating func append(_ data: Data, isFraming: Bool = false) {
        guard !data.isEmpty else { return }
        segments.append(data)
        self.isFraming.append(isFraming)
        byteCount += data.count
    }

    mutating func append(_ text: String, isFraming: Bool = false) { append(Data(text.utf8), isFraming: isFraming) }
    mutating func append(json fields: RequestFields) { append(Data(fields.json)) }
}

/// A position in a body.
struct BodyCursor {
    private let body: RequestBody
    private var segment = 0
    private var offset = 0
    private(set) var bytesRead = 0

    init(_ body: RequestBody) { self.body = body }

    var isAtEnd: Bool { bytesRead == body.byteCount }

    mutating func rewind() {
        segment = 0
        offset = 0
        bytesRead = 0
    }

    /// Fills the buffer with the next bytes of the body; returns 0 at its end.
    mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < buffer.count, segment < body.segments.count {
            let data = body.segments[segment]
            let length = min(buffer.count - filled, data.count - offset)
            data.withUnsafeBytes { bytes in
                UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + length])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
            }
            filled += length
            offset += length
            if offset == data.count {
                segment += 1
                offset = 0
            }
        }
        bytesRead += filled
        return filled
    }
}
