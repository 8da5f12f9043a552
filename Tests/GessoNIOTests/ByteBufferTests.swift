#if NIO
import Foundation
import Gesso
import GessoNIO
import NIOCore
import Testing

@Suite("Images and byte buffers")
struct ByteBufferTests {
    private static let file = try? EncodedImage(
        Bitmap(size: Size(width: 300, height: 200), format: .rgb8), as: .png()
    ).data

    private static func buffers(_ data: Data, of count: Int) -> AsyncStream<ByteBuffer> {
        AsyncStream { stream in
            for start in stride(from: 0, to: data.count, by: count) {
                stream.yield(ByteBuffer(bytes: data[start..<min(start + count, data.count)]))
            }
            stream.finish()
        }
    }

    @Test("reads the readable bytes of a buffer, and no others")
    func buffer() async throws {
        let file = try #require(Self.file)
        var buffer = ByteBuffer(bytes: [1, 2, 3] + file)
        buffer.moveReaderIndex(forwardBy: 3)
        let image = Image(buffer)
        // Whoever writes to the buffer does not change the image.
        buffer.setInteger(UInt64.max, at: 3)
        #expect(try await image.header().size == Size(width: 300, height: 200))
    }

    @Test("shares the storage of a buffer")
    func shared() throws {
        let buffer = ByteBuffer(repeating: 7, count: 1 << 20)
        let image = Image(buffer)
        let before = buffer.withUnsafeReadableBytes { UInt(bitPattern: $0.baseAddress) }
        let data = Mirror(reflecting: image).descendant("source", "data") as? Data
        #expect(try #require(data).withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } == before)
    }

    @Test("collects buffers of any size", arguments: [1, 7, 1_000, 1 << 20], [nil, 1, 500, Int.max])
    func collecting(count: Int, expected: Int?) async throws {
        let file = try #require(Self.file)
        let image = try await Image(collecting: Self.buffers(file, of: count), expecting: expected)
        #expect(try await image.thumbnail(30).webp().size == Size(width: 30, height: 20))
    }

    @Test("stops collecting at the limit", arguments: [1, 64, 1 << 20])
    func limit(count: Int) async throws {
        let file = try #require(Self.file)
        var limits = ImageDecoder.Limits.default
        limits.byteCount = file.count - 1
        let error = await #expect(throws: GessoError.self) {
            _ = try await Image(collecting: Self.buffers(file, of: count), limits: limits)
        }
        #expect(error?.code == .tooManyBytes)
        limits.byteCount += 1
        _ = try await Image(collecting: Self.buffers(file, of: count), limits: limits)
    }

    @Test("throws when its task is cancelled, although the sequence just ends then")
    func cancelled() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
        let task = Task { _ = try await Image(collecting: stream) }
        task.cancel()
        let error = await #expect(throws: GessoError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        continuation.finish()
    }

    @Test("is empty input without any buffer")
    func none() async throws {
        let error = await #expect(throws: GessoError.self) {
            _ = try await Image(collecting: Self.buffers(Data(), of: 1)).header()
        }
        #expect(error?.code == .emptyInput)
    }

    @Test("hands an encoded image out whole or in pieces", arguments: [1, 100, 65_536, 0])
    func out(pieceBytes: Int) async throws {
        let bytes = Data((0..<1_000).map { UInt8(truncatingIfNeeded: $0) })
        let image = EncodedImage(data: Data(([0] + bytes).dropFirst()), format: .png, size: Size(width: 1, height: 1))
        #expect(Data(ByteBuffer(image).readableBytesView) == bytes)
        let pieces = image.byteBuffers(of: pieceBytes)
        var collected: [UInt8] = []
        for await piece in pieces {
            #expect(piece.readableBytes <= max(pieceBytes, 1) && piece.readableBytes > 0)
            collected += piece.readableBytesView
        }
        #expect(Data(collected) == bytes && pieces.byteCount == 1_000)
    }
}
#endif
