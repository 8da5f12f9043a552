#if NIO
public import Gesso
public import NIOCore
import NIOFoundationEssentialsCompat

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ByteBuffer {
    /// The bytes of an encoded image, copied once: NIO has no buffers over memory that it did not allocate.
    ///
    /// For a response in pieces, which never has a second copy of the whole image, see `EncodedImage.byteBuffers(of:)`.
    public init(_ image: EncodedImage) { self.init(data: image.data) }
}

extension EncodedImage {
    /// The bytes of the file as buffers of at most so many bytes, each copied when it is asked for.
    ///
    /// ```swift
    /// Response(status: .ok, body: ResponseBody(asyncSequence: image.byteBuffers()))
    /// ```
    /// Beside the image itself, memory is taken for the pieces only that are being sent.
    public func byteBuffers(of pieceBytes: Int = 65_536) -> ByteBuffers { ByteBuffers(data, max(pieceBytes, 1)) }

    /// The bytes of a file in buffers, one after the other; each iterator begins anew.
    public struct ByteBuffers: AsyncSequence, Sendable {
        private let data: Data
        private let pieceBytes: Int

        init(_ data: Data, _ pieceBytes: Int) {
            self.data = data
            self.pieceBytes = pieceBytes
        }

        /// The bytes of all buffers.
        public var byteCount: Int { data.count }

        /// Makes the buffers.
        public struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate var rest: Data
            fileprivate let pieceBytes: Int

            /// The next buffer; nil at the end.
            public mutating func next() async -> ByteBuffer? { take() }

            private mutating func take() -> ByteBuffer? {
                guard !rest.isEmpty else { return nil }
                defer { rest = rest.dropFirst(pieceBytes) }
                return ByteBuffer(data: rest.prefix(pieceBytes))
            }

            /// The next buffer; nil at the end.
            public mutating func next(isolation: isolated (any Actor)?) async -> ByteBuffer? { take() }
        }

        /// An iterator that begins with the first byte.
        public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: data, pieceBytes: pieceBytes) }
    }
}
#endif
