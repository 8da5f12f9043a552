import Foundation
import Testing

@testable import ImagesAPI

@Suite("Byte buffer")
struct ByteBufferTests {
    @Test(
        "Bytes survive every growth and the hand-over, small and large",
        arguments: [
            0, 1, 511, 512, 513, 100_000, 262_143, 262_144, 262_145, 1_048_575, 1_048_576, 1_048_577, 5_000_000,
        ])
    func growth(length: Int) throws {
        let source = Samples.png(byteCount: length)
        for step in [max(length, 1), 65_537] {
            let buffer = ByteBuffer()
            var index = 0
            while index < length {
                let piece = source[index..<min(index + step, length)]
                #expect(piece.withUnsafeBytes { buffer.append($0) })
                index += piece.count
            }
            #expect(buffer.count == length)
            #expect(buffer.take() == source)
            #expect(buffer.count == 0 && buffer.take().isEmpty)
        }
    }

    @Test(
        "A buffer that began with a large piece grows, whether or not the piece ends on a huge page",
        arguments: [4 << 20, 9_650_176, 12 << 20, 12_517_376, 23_000_000])
    func growthOfLarge(length: Int) throws {
        let source = Samples.png(byteCount: 2 * length + 1)
        let buffer = ByteBuffer()
        #expect(source.prefix(length).withUnsafeBytes { buffer.append($0) })
        #expect(source.dropFirst(length).withUnsafeBytes { buffer.append($0) })
        // The difference of megabytes takes minutes to describe.
        let isSame = buffer.take() == source
        #expect(isSame)
    }

    @Test("A buffer that reserved far more releases the rest and keeps its bytes", arguments: [10, 2_000_000])
    func fitting(length: Int) {
        let source = Samples.png(byteCount: length)
        let buffer = ByteBuffer()
        #expect(buffer.reserve(50_000_000) != nil)
        #expect(source.withUnsafeBytes { buffer.append($0) })
        #expect(buffer.take() == source)
    }

    @Test("A file has its final name once its bytes are taken")
    func namedFile() throws {
        let folder = try TemporaryFolder()
        let buffer = ByteBuffer(directory: folder.path)
        let source = Samples.png(byteCount: 600_000)
        #expect(source.withUnsafeBytes { buffer.append($0) })
        #expect(buffer.take() == source)
        let names = folder.names
        #expect(names.count == 1 && names.first?.hasSuffix(".png") == true)
        #expect(buffer.path?.hasSuffix(names.first ?? "?") == true)
        #expect(folder.names == names && buffer.take().isEmpty)
    }

    @Test("A failed allocation returns nil and does not end the process")
    func tooMuch() {
        let buffer = ByteBuffer()
        #expect(buffer.append(7))
        #expect(buffer.reserve(.max) == nil)
        #expect(buffer.reserve(1 << 62) == nil)
        #expect(buffer.append(8))
        #expect(buffer.take() == Data([7, 8]))
    }

    @Test("Many tasks use buffers concurrently without mixing their bytes")
    func concurrency() async {
        let wrong = await withTaskGroup(of: Int.self) { group in
            for task in 0..<8 {
                group.addTask {
                    var wrong = 0
                    for round in 0..<40 {
                        let length = 1_000_000 + (task * 37 + round * 911) % 700_000
                        let fill = UInt8(truncatingIfNeeded: task * 40 + round)
                        let buffer = ByteBuffer()
                        if let place = buffer.reserve(length) {
                            place.initializeMemory(as: UInt8.self, repeating: fill, count: length)
                            buffer.advance(length)
                        }
                        let data = buffer.take()
                        if data.count != length || data.first != fill || data.last != fill || data[length / 2] != fill {
                            wrong += 1
                        }
                    }
                    return wrong
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
