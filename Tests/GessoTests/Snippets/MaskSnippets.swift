// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

private func shapes(_ roof: [Point]) -> MaskSource {
    // mask-shapes-begin
    let sky = MaskSource.rectangle(Rect(x: 0, y: 0, width: 640, height: 200))
        .subtracting(.polygon(roof))
        .union(.stroke([Point(x: 40, y: 300), Point(x: 600, y: 320)], radius: 12))
    // mask-shapes-end
    return sky
}

private func files(_ file: Data) -> [MaskSource] {
    // mask-files-begin
    let fromAPI = MaskSource.image(file)                            // alpha 0 means edit
    let fromEditor = MaskSource.image(file, whiteMeansEdit: true)
    let whatToKeep = MaskSource.image(file, whiteMeansEdit: true).inverted()
    // mask-files-end
    return [fromAPI, fromEditor, whatToKeep]
}

private func pixels(_ source: MaskSource, _ photo: Data) async throws -> (Mask, Data) {
    // mask-pixels-begin
    let size = try await Image(photo).header().uprightSize
    let mask = try source.mask(for: size)
    print(mask[10, 10], mask.coveredFraction)                                    // 255 means edit, 0 means keep
    let png = try EncodedImage(mask.alphaBitmap(), as: .png).data         // as the API expects it
    // mask-pixels-end
    return (mask, png)
}

@Suite("Code of the article about masks")
struct MaskSnippets {
    private let roof = [Point(x: 100, y: 200), Point(x: 300, y: 50), Point(x: 500, y: 200)]

    @Test("selects what its shapes say")
    func selects() async throws {
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(640, 480), as: .png).data
        let (mask, png) = try await pixels(shapes(roof), photo)
        #expect(mask[10, 10] == 255 && mask[300, 150] == 0 && mask[40, 300] == 255 && mask[10, 460] == 0)
        let decoded = try ImageDecoder.decode(png).bitmap
        #expect(TestBitmaps.pixel(decoded, 10, 10)[3] == 0)
        #expect(TestBitmaps.pixel(decoded, 10, 460)[3] == 255)
    }

    @Test("reads each polarity")
    func polarity() throws {
        let size = Size(width: 64, height: 48)
        // Left transparent, right opaque.
        let cutout = try TestBitmaps.make(64, 48, .rgba8) { x, _, channel in channel == 3 && x < 32 ? 0 : 255 }
        let byAlpha = try files(ImageEncoder.encode(cutout, as: .png).data)[0].mask(for: size)
        #expect(byAlpha[0, 0] == 255 && byAlpha[63, 0] == 0)
        // Left white, right black.
        let drawn = try TestBitmaps.make(64, 48) { x, _, _ in x < 32 ? 255 : 0 }
        let byColor = try files(ImageEncoder.encode(drawn, as: .png).data).dropFirst().map { try $0.mask(for: size) }
        #expect(byColor[0][0, 0] == 255 && byColor[0][63, 0] == 0)
        #expect(byColor[1][0, 0] == 0 && byColor[1][63, 0] == 255)
    }
}
