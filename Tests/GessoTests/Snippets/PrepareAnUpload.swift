// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

private func prepareParts(_ photo: Data, _ prompt: String, _ mask: MaskSource, _ editor: Editor) async throws -> Editor.PreparedEdit {
    // prepare-begin
    let prepared = try await editor.prepare(photo, prompt: prompt, mask: mask)
    for upload in prepared.uploads {
        for part in upload.parts { print(part.field, part.filename, part.image.size, part.data.count) }
        for change in upload.changes { print("-", change) }
    }
    // prepare-end
    return prepared
}

private func planOnly(_ photo: Data, _ prompt: String, _ mask: MaskSource, _ editor: Editor) throws -> EditPlan {
    // plan-begin
    let plan = try editor.plan(photo, prompt: prompt, mask: mask)
    print(plan)                                             // requests, sizes, parts, cost, memory, warnings
    // plan-end
    return plan
}

private func options(_ client: ImagesClient) -> Editor {
    // options-begin
    var options = EditOptions(model: .gptImage26Sunburst)
    options.longEdge = 2048                                 // pixels sent of the longer side; nil: all the model takes
    options.outpaintAspect = Pad.AspectRatio(width: 16, height: 9)
    options.padding = .blurredMirror                        // what the model sees where it is to generate
    let editor = Editor(client: client, options: options)
    // options-end
    return editor
}

private func withoutEditor(_ photo: Data) async throws -> EncodedImage {
    // fit-begin
    let upload = try await Image(photo).applying { ConvertToSRGB(); FitToModel(.gptImage26Sunburst) }.png()
    // fit-end
    return upload
}

@Suite("Code of the article about uploads")
struct PrepareAnUpload {
    private let mask = MaskSource.rectangle(Rect(x: 20, y: 20, width: 200, height: 100))

    private func photo() throws -> Data {
        try ImageEncoder.encode(TestBitmaps.smooth(900, 600), as: .jpeg(quality: 90)).data
    }

    @Test("sends nothing")
    func sendsNothing() async throws {
        try await MockServer.run { mock in
            let (photo, editor) = (try photo(), Editor(client: mock.client()))
            let prepared = try await prepareParts(photo, "a red door", mask, editor)
            #expect(prepared.uploads[0].parts.map(\.field) == ["image", "mask"])
            #expect(prepared.uploads[0].parts.allSatisfy { $0.encoding.isLossless })
            let plan = try planOnly(photo, "a red door", mask, editor)
            #expect(plan.requests[0].canvas == prepared.uploads[0].canvas)
            let wide = try options(mock.client()).plan(photo, prompt: "more sky")
            #expect(wide.result == Size(width: 1_067, height: 600))
            #expect(mock.requestCount == 0)
        }
    }

    @Test("places an image on a canvas of the model")
    func places() async throws {
        let size = try await withoutEditor(try photo()).size
        let plan = try Editor(client: ImagesClient()).plan(try photo(), prompt: "x")
        #expect(size == plan.requests[0].canvas)
    }
}
