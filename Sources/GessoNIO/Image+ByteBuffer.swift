#if NIO
public import Gesso
public import NIOCore
import NIOFoundationEssentialsCompat

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Image {
    /// The image in the readable bytes of a buffer.
    ///
    /// No byte is copied: the image keeps the buffer's storage, and whoever writes to the buffer later gets a copy.
    public init(_ buffer: ByteBuffer, limits: ImageDecoder.Limits = .default, budget: PixelBudget = .shared) {
        self.init(Data(buffer: buffer, byteTransferStrategy: .noCopy), limits: limits, budget: budget)
    }

    /// The image in buffers that arrive one after the other, such as the body of a request.
    ///
    /// ```swift
    /// let thumbnail = try await Image(collecting: request.body).thumbnail(256).webp()
    /// ```
    /// Collects them at once. A single buffer is kept as it is, the bytes of several are copied into one, once.
    ///
    /// - Parameter expected: the bytes that the client announced, so that memory is reserved in one piece; what arrives counts, and
    ///   nothing beyond the limit is reserved.
    /// - Throws: `tooManyBytes` as soon as there are more than `limits.byteCount`, `cancelled` when the task is, and what the
    ///   sequence throws.
    public init<Buffers: AsyncSequence>(
        collecting buffers: Buffers, expecting expected: Int? = nil, limits: ImageDecoder.Limits = .default,
        budget: PixelBudget = .shared
    ) async throws where Buffers.Element == ByteBuffer {
        // A buffer has no room for more.
        var allowed = limits
        allowed.byteCount = min(limits.byteCount, Int(UInt32.max))
        var collected: ByteBuffer?
        for try await var buffer in buffers {
            try GessoError.throwIfCancelled(stage: "read")
            try Image.check((collected?.readableBytes ?? 0) + buffer.readableBytes, allowed)
            guard collected != nil else {
                collected = buffer
                continue
            }
            if let expected, let count = collected?.readableBytes, count < expected, expected <= allowed.byteCount {
                collected?.reserveCapacity(minimumWritableBytes: expected - count)
            }
            collected?.writeBuffer(&buffer)
        }
        // Some sequences, such as AsyncStream, just end when their task is cancelled.
        try GessoError.throwIfCancelled(stage: "read")
        self.init(collected ?? ByteBuffer(), limits: limits, budget: budget)
    }
}
#endif
