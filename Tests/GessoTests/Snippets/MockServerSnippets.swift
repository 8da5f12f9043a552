// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

@Suite("Code of the article about the mock server", .timeLimit(.minutes(10)))
struct MockServerSnippets {
    // mock-begin
    @Test("an edit leaves everything outside its mask untouched")
    func edit() async throws {
        let mock = try await MockServer.start(behavior: .init(drift: 6, shiftX: 1.5))      // distorts as models do
        let editor = Editor(client: mock.client())
        let edit = try await editor.edit(photo(), prompt: "x", mask: .ellipse(in: Rect(x: 40, y: 40, width: 90, height: 60)))
        #expect(edit.images[0].audit?.isUntouchedOutside == true)
        await mock.stop()
    }
    // mock-end

    // mock-faults-begin
    @Test("a server error is retried, a response that breaks off is not")
    func faults() async throws {
        let faults: [Fault] = [.status(500, times: 1), .cut(at: 1_000)]
        try await MockServer.run(behavior: .init(faults: faults)) { mock in
            let error = await #expect(throws: ImagesAPIError.self) {
                try await mock.client().generate("a lighthouse", model: .gptImage26Flare)
            }
            #expect(error?.mayHaveBeenBilled == true)
            #expect(mock.requestCount == 2)
        }
    }
    // mock-faults-end

    // mock-server-begin
    @Test("xAI is sent no mask, and the original is kept outside of it")
    func xAI() async throws {
        try await MockServer.run(behavior: .init(server: .xAI)) { mock in
            let editor = Editor(client: mock.client())
            let edit = try await editor.edit(photo(), prompt: "x", mask: .ellipse(in: Rect(x: 40, y: 40, width: 90, height: 60)))
            #expect(edit.images[0].audit?.isUntouchedOutside == true)
        }
    }
    // mock-server-end

    // mock-capture-begin
    @Test("the prompt is sent as written")
    func captured() async throws {
        let mock = try await MockServer.start(capture: true)
        _ = try await Editor(client: mock.client()).edit(photo(), prompt: "a red door")
        let request = mock.capturedRequests[0]
        #expect(request.path == "/v1/images/edits")
        #expect(request.parts(named: "prompt").map(\.text) == ["a red door"])
        await mock.stop()
    }
    // mock-capture-end

    private func photo() throws -> Data {
        try ImageEncoder.encode(TestBitmaps.gradient(320, 240), as: .png).data
    }
}
