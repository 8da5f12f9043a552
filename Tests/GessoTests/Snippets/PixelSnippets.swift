// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

private func gradient() throws -> Bitmap {
    // bitmap-begin
    var bitmap = try Bitmap(size: Size(width: 640, height: 480), format: .rgb8)
    try bitmap.forEachRow { row, y in
        for i in row.indices { row[i] = UInt8(y / 2) }
    }
    let small = try bitmap.resized(to: Size(width: 320, height: 240))
    // bitmap-end
    return small
}

private func transcoded(_ file: Data) throws -> EncodedImage {
    // codecs-begin
    let header = try ImageHeader(probing: file)             // format, size, orientation, profile; no pixels
    let decoded = try ImageDecoder.decode(file)
    let webp = try EncodedImage(decoded.bitmap, as: .webp(quality: 80), profile: decoded.profile)
    print(header.size, "→", webp.data.count, "bytes")
    // codecs-end
    return webp
}

private func budgets(_ upload: Data) async throws -> EncodedImage {
    // budget-begin
    try PixelPool.configure(pixelBudget: 512 << 20, threads: 4)        // when the program starts, before any other work
    let previews = PixelBudget(bytes: 128 << 20)                             // of their own, so that edits do not wait
    let preview = try await Image(upload, budget: previews).thumbnail(256).webp()
    // budget-end
    return preview
}

@Suite("Code about pixels and codecs")
struct PixelSnippets {
    @Test("makes pixels and files")
    func files() throws {
        let bitmap = try gradient()
        #expect(bitmap.size == Size(width: 320, height: 240))
        let png = try ImageEncoder.encode(bitmap, as: .png)
        #expect(try transcoded(png.data).format == .webp)
    }
}
