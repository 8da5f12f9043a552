import Foundation
import Testing

@testable import GessoCodecs

@Suite("Chunks of a WebP")
struct WebPChunksTests {
    private static let bodies: [(tag: String, body: [UInt8])] = [
        ("VP8X", [UInt8](repeating: 2, count: 10)), ("EXIF", [1, 2, 3]), ("XMP ", []),
    ]
    private static let file = WebPBuilder.file(bodies.flatMap { WebPBuilder.chunk($0.tag, $0.body) })
    private static let offsets = [12, 30, 42]

    @Test("have their tags, even offsets and contents without padding")
    func order() {
        Self.file.withBytes { bytes in
            var reader = WebPChunks(bytes, from: WebPChunks.start)
            for (index, (tag, body)) in Self.bodies.enumerated() {
                #expect(reader.hasMore)
                #expect(reader.position == Self.offsets[index])
                let chunk = reader.next()
                #expect(chunk.map { FourCC.name($0.tag) } == tag)
                #expect(chunk?.offset == Self.offsets[index])
                #expect(chunk?.length == body.count)
                #expect(chunk?.body.map { [UInt8]($0.buffer) } == body)
            }
            #expect(!reader.hasMore)
            let end = reader.next()
            #expect(end == nil)
        }
    }

    @Test("have no content where the file is truncated")
    func truncated() {
        for count in 12..<Self.file.count {
            Self.file.prefix(count).withBytes { bytes in
                var reader = WebPChunks(bytes, from: WebPChunks.start)
                for (index, (_, body)) in Self.bodies.enumerated() {
                    let offset = Self.offsets[index]
                    #expect(reader.hasMore == (count > offset))
                    let chunk = reader.next()
                    #expect((chunk != nil) == (count >= offset + 8))
                    #expect((chunk?.body != nil) == (count >= offset + 8 + body.count))
                    if chunk == nil { break }
                }
            }
        }
    }

    @Test("of impossible length have no content and end the file")
    func impossibleLength() {
        Data(Array("ALPH".utf8) + [0xFF, 0xFF, 0xFF, 0xFF]).withBytes { bytes in
            var reader = WebPChunks(bytes, from: 0)
            let chunk = reader.next()
            #expect(chunk?.length == 0xFFFF_FFFF)
            #expect(chunk?.body == nil)
            #expect(!reader.hasMore)
            let end = reader.next()
            #expect(end == nil)
        }
    }
}
