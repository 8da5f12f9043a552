import Foundation
import Testing

@testable import GessoCodecs

@Suite("Chunks of a PNG")
struct PNGChunksTests {
    private static let bodies: [(type: String, body: [UInt8])] = [
        ("IHDR", [UInt8](repeating: 1, count: 13)), ("tEXt", [7]), ("IDAT", []), ("IEND", []),
    ]
    private static let file = Data(PNGBuilder.signature + bodies.flatMap { PNGBuilder.chunk($0.type, $0.body) })

    /// The offset of each chunk, and that of the end.
    private static var offsets: [Int] {
        bodies.reduce(into: [8]) { $0.append($0[$0.count - 1] + 12 + $1.body.count) }
    }

    @Test("have their types, offsets, contents and checksums")
    func order() {
        Self.file.withBytes { bytes in
            var reader = PNGChunks(bytes)
            for (index, (type, body)) in Self.bodies.enumerated() {
                let chunk = reader.next()
                #expect(chunk.map { FourCC.name($0.type) } == type)
                #expect(chunk?.offset == Self.offsets[index])
                #expect(chunk?.body.map { [UInt8]($0.buffer) } == body)
                let checked = chunk?.checked
                #expect(checked.map { [UInt8]($0.covered.buffer) } == Array(type.utf8) + body)
                #expect(checked?.checksum == Int(PNGBuilder.crc(Array(type.utf8) + body)))
            }
            let end = reader.next()
            #expect(end == nil)
        }
    }

    @Test("after the header begin at a fixed offset")
    func afterHeader() {
        Self.file.withBytes { bytes in
            var reader = PNGChunks(bytes, from: PNGChunks.headerLength)
            let first = reader.next()
            #expect(first?.type == FourCC.tEXt)
        }
    }

    @Test("have no content or checksum where the file is truncated")
    func truncated() {
        for count in 8..<Self.file.count {
            Self.file.prefix(count).withBytes { bytes in
                var reader = PNGChunks(bytes)
                for (index, (_, body)) in Self.bodies.enumerated() {
                    let offset = Self.offsets[index]
                    let chunk = reader.next()
                    #expect((chunk != nil) == (count >= offset + 8))
                    #expect((chunk?.body != nil) == (count >= offset + 8 + body.count))
                    #expect((chunk?.checked != nil) == (count >= offset + 12 + body.count))
                    if chunk == nil { break }
                }
            }
        }
    }

    @Test("of impossible length have no content and end the file")
    func impossibleLength() {
        Data(PNGBuilder.signature + [0xFF, 0xFF, 0xFF, 0xFF] + Array("IDAT".utf8)).withBytes { bytes in
            var reader = PNGChunks(bytes)
            let chunk = reader.next()
            #expect(chunk?.length == 0xFFFF_FFFF)
            #expect(chunk?.body == nil)
            let end = reader.next()
            #expect(end == nil)
        }
    }
}
