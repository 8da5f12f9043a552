#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A run of base64 in a piece of a response: where it lies, and which characters of which image it is.
struct ImageRun {
    /// Shorter runs are not noted: a run completes the group of four characters that it begins in.
    static let minimum = 4
    /// Runs of this length are worth an entry of their own, wherever they lie.
    static let separateMinimum = 512

    /// The first byte, while the piece is in memory.
    let start: UnsafeRawPointer
    let characters: Range<Int>
    let buffer: ByteBuffer
    let isURLSafe: Bool
}

/// The bytes of a response as they came, without a second copy of its images: base64 is encoded again from the decoded
/// bytes when it is needed, which is when the response turns out to be unusable.
// Sendable holds: one thread at a time adds bytes, that of the receiver that owns it; from then on it is only read.
struct RawBody: @unchecked Sendable {
    /// Base64 of consecutive characters of an image, as one line or as lines of one width with the same bytes between them.
    private struct ImageLines {
        /// More bytes are no line break, which has six for each character that is escaped.
        private static let maxLineBreak = 12

        let buffer: ByteBuffer
        let isURLSafe: Bool
        /// From the start of a group of four characters.
        private(set) var characters: Range<Int>
        /// The characters of each full line; nil as long as there is one line.
        private(set) var width: Int?
        private(set) var lineBreak: [UInt8] = []
        /// The last characters, of a group that is not complete and so not in the buffer.
        private(set) var rest: [UInt8] = []
        /// The characters of the last line.
        private var lastLine: Int

        /// The lines that begin with a run, after so many of its characters.
        init(_ run: ImageRun, after skipped: Int) {
            buffer = run.buffer
            isURLSafe = run.isURLSafe
            characters = run.characters.lowerBound + skipped..<run.characters.upperBound
            lastLine = characters.count
            noteRest(of: run)
        }

        /// Adds a run that follows these bytes; returns false if it does not continue the lines.
        mutating func append(_ run: ImageRun, after gap: UnsafeRawBufferPointer) -> Bool {
            let count = run.characters.count
            guard buffer === run.buffer, isURLSafe == run.isURLSafe, characters.upperBound == run.characters.lowerBound
            else { return false }
            if gap.isEmpty {
                guard lastLine + count <= width ?? .max else { return false }
                lastLine += count
            } else if let width {
                guard lastLine == width, count <= width, gap.elementsEqual(lineBreak) else { return false }
                lastLine = count
            } else {
                guard count <= lastLine, gap.count <= Self.maxLineBreak else { return false }
                (width, lineBreak, lastLine) = (lastLine, Array(gap), count)
            }
            characters = characters.lowerBound..<run.characters.upperBound
            noteRest(of: run)
            return true
        }

        private mutating func noteRest(of run: ImageRun) {
            let bytes = UnsafeRawBufferPointer(start: run.start, count: run.characters.count)
            rest = Array(bytes.suffix(characters.upperBound % 4))
        }
    }

    private enum Piece {
        case bytes(Int)
        case base64(ImageLines)
        /// Bytes of a file that came as it is.
        case file(ByteBuffer, Range<Int>)
    }

    private var pieces: [Piece] = []
    private let others = ByteBuffer()
    /// Whether all bytes are here; false when there was no memory for some.
    private(set) var isComplete = true
    private(set) var count = 0

    init() {}

    /// Bytes that are known as a whole.
    init(_ data: Data) { data.withUnsafeBytes { append($0) } }

    mutating func append(_ bytes: UnsafeRawBufferPointer, runs: [ImageRun] = []) {
        guard let start = bytes.baseAddress else { return }
        var copied = 0
        for run in runs {
            let offset = run.start - start
            guard offset >= copied, offset + run.characters.count <= bytes.count else { continue }
            guard append(run, after: UnsafeRawBufferPointer(rebasing: bytes[copied..<offset])) else { continue }
            copied = offset + run.characters.count
        }
        copy(UnsafeRawBufferPointer(rebasing: bytes[copied...]))
        count += bytes.count
    }

    /// Adds a run and the bytes before it; returns false, and adds nothing, if it is to be copied.
    private mutating func append(_ run: ImageRun, after gap: UnsafeRawBufferPointer) -> Bool {
        if case .base64(var lines) = pieces.last {
            // Removed first, so that it grows in place.
            pieces.removeLast()
            let isContinued = lines.append(run, after: gap)
            pieces.append(.base64(lines))
            if isContinued { return true }
        }
        // What belongs to a group that began before is copied.
        let skipped = (4 - run.characters.lowerBound % 4) % 4
        let length = run.characters.count - skipped
        // Entries of short runs must take less memory than the text that they stand for.
        let isWorthIt = length >= ImageRun.separateMinimum || pieces.count < 64 + count / 1_024
        guard length >= ImageRun.minimum, isWorthIt else { return false }
        copy(gap)
        copy(UnsafeRawBufferPointer(start: run.start, count: skipped))
        pieces.append(.base64(ImageLines(run, after: skipped)))
        return true
    }

    /// Notes bytes that a buffer has, from `start` on.
    mutating func append(_ count: Int, of buffer: ByteBuffer, from start: Int) {
        self.count += count
        if case .file(let last, let known) = pieces.last, last === buffer, known.upperBound == start {
            pieces[pieces.count - 1] = .file(buffer, known.lowerBound..<start + count)
        } else {
            pieces.append(.file(buffer, start..<start + count))
        }
    }

    /// The number of pieces; further bytes come into new ones.
    mutating func mark() -> Int {
        pieces.append(.bytes(0))
        return pieces.count - 1
    }

    /// Forgets the images within a range of pieces, such as a partial image that a later one replaces.
    mutating func dropImages(in range: Range<Int>) {
        for index in range.clamped(to: pieces.indices) {
            if case .base64 = pieces[index] { pieces[index] = .bytes(0) }
        }
    }

    private mutating func copy(_ bytes: UnsafeRawBufferPointer) {
        guard !bytes.isEmpty, isComplete else { return }
        guard others.append(bytes) else { return isComplete = false }
        if case .bytes(let count) = pieces.last {
            pieces[pieces.count - 1] = .bytes(count + bytes.count)
        } else {
            pieces.append(.bytes(bytes.count))
        }
    }

    /// Frees the names of files whose images are not complete, so that nothing stays on disk after these bytes.
    func releaseFiles() {
        for piece in pieces {
            switch piece {
            case .bytes: continue
            case .base64(let lines): lines.buffer.releaseFile()
            case .file(let buffer, _): buffer.releaseFile()
            }
        }
    }

    /// All bytes, or as many as there is memory for.
    func data() -> Data {
        let output = ByteBuffer()
        var taken = 0
        for piece in pieces {
            var position = if case .file(_, let range) = piece { range.lowerBound } else { 0 }
            let isAppended =
                switch piece {
                case .bytes(let count): Self.append(others, from: &taken, count: count, to: output)
                case .base64(let lines): Self.encode(lines, to: output)
                case .file(let buffer, let range):
                    Self.append(buffer, from: &position, count: range.count, to: output)
                }
            guard isAppended else { break }
        }
        return output.take()
    }

    private static let blockBytes = 48 * 1_024

    private static func append(_ source: ByteBuffer, from taken: inout Int, count: Int, to output: ByteBuffer) -> Bool {
        let end = taken + count
        while taken < end {
            let block = source.copy(from: taken, count: min(blockBytes, end - taken))
            guard !block.isEmpty, block.withUnsafeBytes({ output.append($0) }) else { return false }
            taken += block.count
        }
        return true
    }

    private static func encode(_ lines: ImageLines, to output: ByteBuffer) -> Bool {
        var untilBreak = lines.width ?? .max
        func append(_ text: some Collection<UInt8>) -> Bool {
            var rest = Array(text)[...]
            while !rest.isEmpty {
                if untilBreak == 0 {
                    guard lines.lineBreak.withUnsafeBytes({ output.append($0) }) else { return false }
                    untilBreak = lines.width ?? .max
                }
                let piece = rest.prefix(untilBreak)
                guard piece.withUnsafeBytes({ output.append($0) }) else { return false }
                untilBreak -= piece.count
                rest = rest.dropFirst(piece.count)
            }
            return true
        }
        var position = lines.characters.lowerBound
        let end = lines.characters.upperBound - lines.rest.count
        while position < end {
            let length = min(end - position, blockBytes / 3 * 4)
            let block = Data(lines.buffer.copy(from: position / 4 * 3, count: length / 4 * 3))
            guard let text = try? Base64.encode(block), text.count >= length else { return false }
            let isAppended =
                lines.isURLSafe ? append(text.prefix(length).map(Base64.urlSafe)) : append(text.prefix(length))
            guard isAppended else { return false }
            position += length
        }
        return append(lines.rest)
    }
}
