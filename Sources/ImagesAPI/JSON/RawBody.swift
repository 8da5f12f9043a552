#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A run of base64 in a piece of a response: where it lies, and which characters of which image it is.
struct ImageRun {
    /// Shorter runs are copied instead.
    static let minimum = 512

    /// The address of the first byte, aligned to a group of four characters, while the piece is in memory.
    let address: UInt
    let characters: Range<Int>
    let buffer: ByteBuffer

    init(_ start: UnsafeRawPointer, characters: Range<Int>, of buffer: ByteBuffer) {
        // The characters of an incomplete group are not in the buffer yet.
        let first = (characters.lowerBound + 3) / 4 * 4
        self.characters = first..<max(characters.upperBound / 4 * 4, first)
        address = UInt(bitPattern: start) + UInt(first - characters.lowerBound)
        self.buffer = buffer
    }
}

/// The bytes of a response as they came, without a second copy of its images: long runs of base64 are encoded again from
/// the decoded bytes when they are needed, which is when the response turns out to be unusable.
// Sendable holds: one thread at a time uses it, that of the receiver that owns it.
struct RawBody: @unchecked Sendable {
    private enum Piece {
        case bytes(Int)
        case base64(ByteBuffer, Range<Int>)
        /// Bytes of a file that came as it is.
        case file(ByteBuffer, Range<Int>)
    }

    private var pieces: [Piece] = []
    private let others = ByteBuffer()
    /// Whether all bytes are here; false when there was no memory for some.
    private(set) var isComplete = true
    private(set) var count = 0

    mutating func append(_ bytes: UnsafeRawBufferPointer, runs: [ImageRun] = []) {
        guard let start = bytes.baseAddress else { return }
        var copied = 0
        for run in runs {
            let offset = Int(run.address &- UInt(bitPattern: start))
            guard offset >= copied, offset <= bytes.count - run.characters.count, !run.characters.isEmpty else {
                continue
            }
            copy(UnsafeRawBufferPointer(rebasing: bytes[copied..<offset]))
            append(run)
            copied = offset + run.characters.count
        }
        copy(UnsafeRawBufferPointer(rebasing: bytes[copied...]))
        count += bytes.count
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

    private mutating func append(_ run: ImageRun) {
        if case .base64(let buffer, let characters) = pieces.last, buffer === run.buffer,
            characters.upperBound == run.characters.lowerBound
        {
            pieces[pieces.count - 1] = .base64(buffer, characters.lowerBound..<run.characters.upperBound)
        } else {
            pieces.append(.base64(run.buffer, run.characters))
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
                case .base64(let buffer, let characters): Self.encode(buffer, characters, to: output)
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

    private static func encode(_ source: ByteBuffer, _ characters: Range<Int>, to output: ByteBuffer) -> Bool {
        var position = characters.lowerBound
        while position < characters.upperBound {
            let length = min(characters.upperBound - position, blockBytes / 3 * 4)
            let block = Data(source.copy(from: position / 4 * 3, count: length / 4 * 3))
            guard let text = try? Base64.encode(block), text.count >= length else { return false }
            guard text.prefix(length).withUnsafeBytes({ output.append($0) }) else { return false }
            position += length
        }
        return true
    }
}
