import Testing

@testable import Gesso

@Suite("The room that outputs need")
struct OutputEstimateTests {
    @Test(
        "An output of noise, which does not compress, stays below the estimate",
        arguments: [
            Rendition.original, .thumbnail(100, as: .png), .thumbnail(64, covers: true, as: .webpLossless),
            .fullSize(as: .jpeg(quality: 100)),
        ])
    func noise(rendition: Rendition) async throws {
        let noise = try TestBitmaps.make(301, 203, .rgba8) { _, _, _ in .random(in: 0...255) }
        let image = try rendition.render(Frame(bitmap: noise))
        #expect(image.data.count <= OutputEstimate.bytes(of: [rendition], size: noise.size, images: 1))
    }

    @Test("Sizes that nobody can have give a number, not a trap")
    func overflow() {
        let size = Size(width: .max, height: .max)
        #expect(
            OutputEstimate.bytes(of: [.fullSize(), .fullSize()], size: size, images: .max, bytesPerSample: 2) > 1 << 40)
    }
}
