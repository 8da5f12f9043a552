package import GessoPixels

#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Reads lines, and between them bodies of a known length, from bytes that come in pieces of any size.
package struct FrameReader: Sendable {
    /// Fills the start of a buffer and returns how many bytes it has put there; 0 is the end.
    package typealias Source = @Sendable (UnsafeMutableRawBufferPointer) -> Result<Int, GessoError>

    private static let pieceBytes = 64 << 10
    /// What a body takes before its bytes are there: a length alone costs nobody memory.
    private static let firstBodyBytes = 4 << 20

    private let source: Source
    /// The longest line, in bytes without its line feed.
    private let lineLimit: Int
    /// Bytes that were read and not handed out: those from `start` on.
    private var buffer: [UInt8] = []
    private var start = 0

    package init(lineLimit: Int, source: @escaping Source) {
        self.lineLimit = lineLimit
        self.source = source
    }

    /// The next line without its line feed; nil at the end. The last line may lack the line feed.
    ///
    /// Throws `limitExceeded` for a line that is too long, after reading it to its end without keeping it.
    package mutating func line() throws(GessoError) -> Data? {
        var searched = start
        var isTooLong = false
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Data(buffer[start..<end])
                start = end + 1
                guard !isTooLong, line.count <= lineLimit else { throw tooLong }
                return line
            }
            if buffer.count - start > lineLimit {
                isTooLong = true
                start = buffer.count
            }
            let waiting = buffer.count - start
            guard try fill() else {
                let line = Data(buffer[start...])
                start = buffer.count
                if isTooLong { throw tooLong }
                return line.isEmpty ? nil : line
            }
            searched = start + waiting
        }
    }

    /// Exactly `count` bytes. Throws `truncated` where the input ends before.
    package mutating func body(_ count: Int) throws(GessoError) -> Data {
        let buffered = min(count, buffer.count - start)
        guard buffered < count else {
            defer { start += count }
            return Data(buffer[start..<start + count])
        }
        var body = Data(count: min(count, max(buffered, FrameReader.firstBodyBytes)))
        body.replaceSubrange(0..<buffered, with: buffer[start..<start + buffered])
        start += buffered
        var taken = buffered
        while taken < count {
            if taken == body.count { body.count = min(count, 2 * body.count) }
            let read = try body.withUnsafeMutableBytes { bytes in
                source(UnsafeMutableRawBufferPointer(rebasing: bytes[taken...]))
            }.get()
            guard read > 0 else { throw truncated(count, found: taken) }
            taken += read
        }
        return body
    }

    /// Reads `count` bytes and forgets them. Throws `truncated` where the input ends before.
    package mutating func skip(_ count: Int) throws(GessoError) {
        var remaining = count
        while remaining > 0 {
            let taken = min(remaining, buffer.count - start)
            start += taken
            remaining -= taken
            if remaining > 0, try !fill() { throw truncated(count, found: count - remaining) }
        }
    }

    /// Appends what the source has; false at its end.
    private mutating func fill() throws(GessoError) -> Bool {
        buffer.removeSubrange(..<start)
        start = 0
        let kept = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: FrameReader.pieceBytes))
        let source = source
        let read = buffer.withUnsafeMutableBytes { bytes in
            source(UnsafeMutableRawBufferPointer(rebasing: bytes[kept...]))
        }
        // Also after a failure: what was not read must never be handed out.
        buffer.removeSubrange((kept + ((try? read.get()) ?? 0))...)
        return try read.get() > 0
    }

    private var tooLong: GessoError {
        GessoError(
            .limitExceeded, stage: "job",
            "A line is longer than \(lineLimit) bytes; send images as bodies or by path, or raise --line-bytes.",
            facts: ["what": "line", "allowed": "\(lineLimit)"])
    }

    private func truncated(_ count: Int, found: Int) -> GessoError {
        GessoError(
            .truncated, stage: "job",
            "The input ended after \(found) of the \(count) bytes of a body; whoever writes the jobs has ended early.",
            facts: ["found": "\(found)", "allowed": "\(count)"])
    }
}
