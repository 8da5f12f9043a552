// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

private func thumbnail(_ upload: Data) async throws -> EncodedImage {
    // thumbnail-begin
    let thumbnail = try await Image(upload).thumbnail(256).webp(quality: 80)
    // thumbnail-end
    return thumbnail
}

private func fileOfAtMost40KB(_ upload: Data) async throws -> EncodedImage {
    // byte-limit-begin
    let small = try await Image(upload).webp(maxBytes: 40_000)
    // byte-limit-end
    return small
}

private func edit(_ photo: Data, _ prompt: String, _ mask: MaskSource, _ client: ImagesClient, _ folder: URL) async throws -> EditResult {
    // edit-begin
    let editor = Editor(client: client)
    let edit = try await editor.edit(
        photo, prompt: prompt, mask: mask, renditions: [.original, .thumbnail(512, as: .webp), .thumbnail(128, as: .webp)])
    try await edit.write(to: folder)
    // edit-end
    return edit
}

private func editWithPartialImages(
    _ photo: Data, _ prompt: String, _ mask: MaskSource, _ editor: Editor, _ folder: URL, _ show: @escaping @Sendable (ImagesResponse.GeneratedImage) -> Void
) async throws -> EditResult {
    // edit-stream-begin
    let edit = try await editor.edit(
        photo, prompt: prompt, mask: mask, renditions: [.original, .thumbnail(512, as: .webp), .thumbnail(128, as: .webp)],
        partialImages: 2) { show($0.image) }
    try await edit.write(to: folder)
    // edit-stream-end
    return edit
}

private func generateFour(_ client: ImagesClient, _ folder: URL) async throws {
    // generate-four-begin
    let response = try await client.generate("a lighthouse at dusk", model: .gptImage26Flare, count: 4)
    try await response.write(to: folder, thumbnails: [.thumbnail(256, as: .webp)])
    // generate-four-end
}

private func dimensions(_ upload: Data) async throws -> Size {
    // dimensions-begin
    let size = try await Image(upload).header().uprightSize
    // dimensions-end
    return size
}

private func convertFolder(_ folder: URL, _ out: URL) async throws {
    // folder-begin
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil) {
        try await Image(contentsOf: file).thumbnail(512).applying { Invert() }.write(to: out.appending(path: file.lastPathComponent))
    }
    // folder-end
}

private func variations(_ photo: Data, _ editor: Editor) async throws -> ImagesResponse {
    // variations-begin
    let others = try await editor.variations(of: photo, count: 2)
    // variations-end
    return others
}

private func cost(_ photo: Data, _ prompt: String, _ mask: MaskSource, _ editor: Editor) throws -> CostEstimate {
    // cost-begin
    let cost = try editor.plan(photo, prompt: prompt, mask: mask).estimate      // prints a range, or why it is not known
    // cost-end
    return cost
}

@Suite("The common jobs", .timeLimit(.minutes(10)))
struct CommonJobs {
    private let mask = MaskSource.ellipse(in: Rect(x: 100, y: 150, width: 120, height: 140))
    /// A photograph as a phone writes it: stored lying on its side, upright 400 × 600.
    private func photo() throws -> Data {
        var metadata = ImageMetadata.none
        metadata.orientation = .right
        return try ImageEncoder.encode(TestBitmaps.smooth(600, 400), as: .jpeg(quality: 90), metadata: metadata).data
    }

    @Test("make small files of an upload")
    func smallFiles() async throws {
        let photo = try photo()
        #expect(try await thumbnail(photo).size == Size(width: 171, height: 256))
        #expect(try await fileOfAtMost40KB(photo).data.count <= 40_000)
        #expect(try await dimensions(photo) == Size(width: 400, height: 600))
    }

    @Test("edit within a mask and write three renditions")
    func editAndWrite() async throws {
        try await withMock { mock, folder in
            let result = try await edit(try photo(), "a red door", mask, mock.client(), folder)
            #expect(result.images[0].audit?.changedPixelsOutside == 0)
            #expect(try folder.fileNames == ["edit-0-128.webp", "edit-0-512.webp", "edit-0-full.jpg"])
        }
    }

    @Test("show partial images while an edit is made")
    func partialImages() async throws {
        try await withMock { mock, folder in
            let (shown, show) = AsyncStream<ImagesResponse.GeneratedImage>.makeStream()
            let editor = Editor(client: mock.client())
            _ = try await editWithPartialImages(try photo(), "a red door", mask, editor, folder) { show.yield($0) }
            show.finish()
            let count = await shown.reduce(into: 0) { count, image in count += image.data == nil ? 0 : 1 }
            #expect(count == 2)
            #expect(try folder.fileNames.count == 3)
        }
    }

    @Test("generate four images and write them with thumbnails")
    func generate() async throws {
        try await withMock { mock, folder in
            try await generateFour(mock.client(), folder)
            #expect(try folder.fileNames == (0..<4).flatMap { ["image-\($0)-256.webp", "image-\($0).png"] })
        }
    }

    @Test("run a pipeline over a folder")
    func folder() async throws {
        try await withTemporaryFolder { folder in
            let (input, output) = (folder.appending(path: "in"), folder.appending(path: "out"))
            try FileManager.default.createDirectory(at: input, withIntermediateDirectories: true)
            for name in ["a.jpg", "b.jpg"] { try photo().write(to: input.appending(path: name)) }
            try await convertFolder(input, output)
            #expect(try output.fileNames == ["a.jpg", "b.jpg"])
            let file = output.appending(path: "a.jpg")
            #expect(try await Image(contentsOf: file).header().uprightSize == Size(width: 341, height: 512))
        }
    }

    @Test("make variations of a phone's photograph")
    func variationsOfAPhoto() async throws {
        try await withMock { mock, _ in
            let outcome = try await variations(try photo(), Editor(client: mock.client()))
            #expect(outcome.images.compactMap(\.data).count == 2)
        }
    }

    @Test("tell the cost before sending, or why it is not known", arguments: [Model.gptImage26Sunburst, "a-model-of-tomorrow"])
    func costs(_ model: Model) async throws {
        try await withMock { mock, _ in
            let editor = Editor(client: mock.client(), options: EditOptions(model: model))
            let estimate = try cost(try photo(), "a red door", mask, editor)
            #expect((estimate.dollars == nil) == (estimate.unknownReason != nil))
            #expect(model == .gptImage26Sunburst || estimate.unknownReason != nil)
            #expect(mock.requestCount == 0)
        }
    }

    /// Models return another size than was asked for; here a small one, so that the tests take little time.
    private func withMock(_ body: (MockServer, URL) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try await MockServer.run(behavior: MockServer.Behavior(size: "320x320")) { try await body($0, folder) }
        }
    }
}
