public import Gesso
import Synchronization

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Hands images to a consumer as streams of bytes, such as the body of a response or an SDK's upload.
///
/// ```swift
/// let sink = ByteStreamSink { name, pieces in
///     for try await piece in pieces { try await writer.write(piece) }
/// }
/// ```
/// The consumer asks for each piece, and nothing is made before it does: a slow consumer costs no memory and holds the write up.
/// Pieces share the image's bytes; none is copied.
public struct ByteStreamSink: ImageSink {
    /// The most bytes of a piece.
    public let pieceBytes: Int
    private let consume: @Sendable (String, EncodedImage.Pieces) async throws -> Void

    /// A sink that hands each image to `consume`, with its name.
    ///
    /// - Parameters:
    ///   - pieceBytes: the most bytes of a piece, at least 1.
    ///   - consume: takes all pieces and returns when it has stored them; what it throws ends the write.
    public init(
        pieceBytes: Int = 65_536,
        _ consume:
            @escaping @Sendable (_ name: String, _ pieces: EncodedImage.Pieces) async throws
            -> Void
    ) {
        self.pieceBytes = max(pieceBytes, 1)
        self.consume = consume
    }

    /// Hands an image to the consumer; returns when that does.
    ///
    /// - Throws: what the consumer throws, `fileNotWritable` if it returns before it has taken the whole image, `cancelled`.
    @discardableResult
    public func write(_ image: EncodedImage, as name: String) async throws -> StoredImage {
        let pieces = EncodedImage.Pieces(image.data, pieceBytes)
        try await consume(name, pieces)
        let taken = pieces.position.bytes
        guard taken == image.data.count else {
            throw GessoError(
                Task.isCancelled ? .cancelled : .fileNotWritable, stage: "write",
                "The consumer of \u{201C}\(name)\u{201D} went away after \(taken) of \(image.data.count) bytes; write it again.",
                facts: ["found": "\(taken)", "allowed": "\(image.data.count)"])
        }
        return StoredImage(name: name, byteCount: image.data.count)
    }
}

extension EncodedImage {
    /// The bytes of the file in pieces of at most so many bytes, which share its memory.
    public func pieces(of pieceBytes: Int = 65_536) -> Pieces { Pieces(data, max(pieceBytes, 1)) }

    /// The bytes of a file as a sequence of pieces, made as they are asked for. All iterators take from the same file, once.
    public struct Pieces: AsyncSequence, Sendable {
        /// The next bytes of the file.
        public typealias Element = Data
        /// Iterating throws `GessoError` with the code `cancelled` when the task is cancelled.
        public typealias Failure = GessoError

        private let data: Data
        private let pieceBytes: Int
        let position = Position()

        init(_ data: Data, _ pieceBytes: Int) {
            self.data = data
            self.pieceBytes = pieceBytes
        }

        /// How far the file has been taken.
        final class Position: Sendable {
            private let taken = Atomic(0)
            var bytes: Int { taken.load(ordering: .relaxed) }

            /// The range of the next piece; nil at the end.
            func advance(by count: Int, of total: Int) -> Range<Int>? {
                var start = bytes
                while start < total {
                    let end = Swift.min(start + count, total)
                    let (isMine, found) = taken.compareExchange(expected: start, desired: end, ordering: .relaxed)
                    if isMine { return start..<end }
                    start = found
                }
                return nil
            }
        }

        /// Takes pieces from the file.
        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate let pieces: Pieces

            /// The next piece; nil at the end.
            public mutating func next() async throws(GessoError) -> Data? {
                try GessoError.throwIfCancelled(stage: "write")
                return pieces.next()
            }

            /// The next piece; nil at the end.
            public mutating func next(isolation: isolated (any Actor)?) async throws(GessoError) -> Data? {
                try GessoError.throwIfCancelled(stage: "write")
                return pieces.next()
            }
        }

        /// An iterator that takes what is left.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: self) }

        fileprivate func next() -> Data? {
            guard let range = position.advance(by: pieceBytes, of: data.count) else { return nil }
            return data[data.startIndex + range.lowerBound..<data.startIndex + range.upperBound]
        }
    }
}
