// The examples stand here as the README has them.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

// The README's quick start, compiled as it stands there.

func makeItAutumn(_ photo: Data, in directory: URL) async throws {
    // quick-start-begin
    let editor = Editor(client: ImagesClient())              // key from OPENAI_API_KEY
    let result = try await editor.edit(
        photo, prompt: "make it autumn",
        mask: .ellipse(in: Rect(x: 300, y: 200, width: 400, height: 300)),
        renditions: [.fullSize(), .thumbnail(256, as: .webp(quality: 80))])
    try await result.write(to: directory)
    // quick-start-end
}

func smallImages(_ upload: Data, _ file: URL) async throws -> [EncodedImage] {
    // images-begin
    let thumbnail = try await Image(upload).thumbnail(256).webp(quality: 80)
    let small = try await Image(upload).fitted(1600).jpeg(maxBytes: 40_000)
    let files = try await Image(upload).renditions([.thumbnail(512, as: .webp), .thumbnail(128, as: .webp)])   // one decode
    let size = try await Image(contentsOf: file).header().uprightSize
    // images-end
    #expect(size.longEdge > 0)
    return [thumbnail, small] + files
}

func edits(
    _ editor: Editor, _ photo: Data, _ prompt: String, _ mask: MaskSource, _ folder: URL,
    _ show: @escaping @Sendable (ImageStream.ReceivedImage) -> Void
) async throws {
    // edits-begin
    let plan = try editor.plan(photo, prompt: prompt, mask: mask)    // sizes, memory, cost; no network, no pixels
    let edit = try await editor.edit(photo, prompt: prompt, mask: mask, partialImages: 2) { show($0) }
    let others = try await editor.variations(of: photo, count: 2)
    let files = try await others.write(to: folder, thumbnails: [.thumbnail(256, as: .webp)])
    // edits-end
    print(plan, edit.images.count, files.count)
}

// stage-begin
struct Invert: Stage {
    func run(_ frame: inout Frame) throws(GessoError) {
        try frame.bitmap.forEachRow { row, y in for i in row.indices { row[i] = 255 - row[i] } }
    }
}
// stage-end

func staged(_ upload: Data) async throws -> EncodedImage {
    // stages-begin
    let result = try await Image(upload).applying { FitToModel(.gptImage26Sunburst, padding: .extendEdges); Invert() }.png()
    // stages-end
    return result
}

@Suite("The README's examples")
struct QuickStartTests {
    @Test("compose stages without any request")
    func stagesRunWithoutRequest() async throws {
        let upload = try ImageEncoder.encode(
            Bitmap(size: Size(width: 3000, height: 2000), format: .rgb8), as: .jpeg(quality: 80)).data
        #expect(try await staged(upload).size == Size(width: 1536, height: 1024))
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try upload.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(try await smallImages(upload, file).map(\.size.longEdge) == [256, 1600, 512, 128])
    }
}
