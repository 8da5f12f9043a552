import Foundation
import Testing

@_spi(Benchmarks) @testable import ImagesAPI

@Suite("Base64")
struct Base64Tests {
    @Test("Decoding undoes Foundation's encoding for every length up to 300")
    func lengths() throws {
        for length in 0...300 {
            let data = Data(Samples.png(byteCount: 400, seed: UInt64(length)).suffix(length))
            #expect(try Base64.decode(data.base64EncodedData()) == data)
            #expect(try Base64.encode(data) == data.base64EncodedData())
        }
    }

    @Test("Pieces of any length give the same bytes")
    func pieces() throws {
        var generator = SplitMix(seed: 7)
        for round in 0..<60 {
            let data = Data(Samples.png(byteCount: 700 + round, seed: UInt64(round)).suffix(600 + round))
            let text = Array(data.base64EncodedData())
            var decoder = Base64Decoder()
            let output = ByteBuffer()
            var index = 0
            while index < text.count {
                let length = min(round == 0 ? 1 : Int.random(in: 0...90, using: &generator), text.count - index)
                let taken = try text[index..<index + length].withUnsafeBytes { try decoder.decode($0, into: output) }
                #expect(taken == length)
                index += length
            }
            try decoder.finish(into: output)
            #expect(output.take() == data)
        }
    }

    @Test(
        "What strict base64 forbids is refused at its offset",
        arguments: [
            ("A", 1), ("AA", 2), ("AAA", 3), ("AAAAA", 5), ("=", 0), ("A=", 1), ("AA=A", 3), ("AAA=A", 4), ("AAAA=", 4),
            ("AB==", 1), ("AAB=", 2), ("AA===", 4), ("AAA==", 4), ("AA=", 3), ("AAAA AAAA", 4), ("AAAA\nAAAA", 4),
            ("AA-A", 2), ("AA_A", 2), ("é", 0), ("AAAA\u{0}", 4), ("data:image/png;base64,AAAA", 4),
        ])
    func strict(text: String, offset: Int) {
        let error = #expect(throws: ImagesAPIError.self) { try Base64.decode(text) }
        #expect(error?.code == .malformedBase64)
        #expect(error?.facts["offset"] == "\(offset)")
    }

    @Test("Every byte outside the alphabet is found at every position of a long text")
    func everyPlace() throws {
        let text = Array(Data(repeating: 0x5A, count: 192).base64EncodedData())
        for place in 0..<text.count {
            for byte in [0x00, 0x0A, 0x2A, 0x2C, 0x3A, 0x40, 0x5B, 0x60, 0x7B, 0x7F, 0x80, 0xAB, 0xFF] as [UInt8] {
                var broken = text
                broken[place] = byte
                let error = #expect(throws: ImagesAPIError.self) { try Base64.decode(Data(broken)) }
                #expect(error?.facts["offset"] == "\(place)")
            }
        }
    }
}
