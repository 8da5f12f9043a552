import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite("The memory of HEIC and AVIF")
struct HEIFMemoryTests {
    @Test("is that of one tile and not of the grid", arguments: ["heic", "avif"])
    func tiles(kind: String) throws {
        let options = ImageDecoder.Options()
        let grid = options.memory(for: try ImageHeader(probing: try HEIFFixture.data("grid.\(kind)")))
        let plain = options.memory(for: try ImageHeader(probing: try HEIFFixture.data("plain444.\(kind)")))
        #expect(abs(grid.working - plain.working) < 1 << 20)
    }

    @Test("grows with the depth")
    func depth() throws {
        let options = ImageDecoder.Options()
        let deep = try ImageHeader(probing: try HEIFFixture.data("deep10.heic")).coding.decoderByteCount
        let plain = try ImageHeader(probing: try HEIFFixture.data("plain444.heic")).coding.decoderByteCount
        #expect(deep > plain)
        #expect(options.memory(for: try ImageHeader(probing: try HEIFFixture.data("deep10.heic"))).working == deep)
    }
}
