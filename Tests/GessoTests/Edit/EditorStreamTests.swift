import Foundation
import GessoMockServer
import Synchronization
import Testing

@testable import Gesso

@Suite("An edit whose response is streamed", .timeLimit(.minutes(5)))
struct EditorStreamTests {
    private final class Partials: Sendable {
        private let indices = Mutex<[Int]>([])
        func add(_ partial: ImageStream.ReceivedImage) { indices.withLock { $0.append(partial.index) } }
        var all: [Int] { indices.withLock { $0 } }
    }

    @Test("hands out partial images and finishes like any other")
    func partialImages() async throws {
        let photo = try ImageEncoder.encode(TestBitmaps.gradient(500, 380), as: .png).data
        let mask = MaskSource.ellipse(in: Rect(x: 150, y: 100, width: 120, height: 90))
        let partials = Partials()
        try await MockServer.run(behavior: EditorTests.careless) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let editor = Editor(client: client)
            let streamed = try await editor.edit(photo, prompt: "a fox", mask: mask, partialImages: 2) {
                partials.add($0)
            }
            let plain = try await editor.edit(photo, prompt: "a fox", mask: mask)
            #expect(partials.all == [0, 1])
            #expect(streamed.images[0].audit?.changedPixelsOutside == 0)
            #expect(streamed.images[0].outputs[0].image.data == plain.images[0].outputs[0].image.data)
        }
    }

    @Test("may have been billed when the stream breaks")
    func broken() async throws {
        var behavior = EditorTests.careless
        behavior.faults = [.cut(at: 2_000, with: .reset)]
        let photo = try ImageEncoder.encode(TestBitmaps.gradient(500, 380), as: .png).data
        let error = await #expect(throws: ImagesAPIError.self) {
            try await MockServer.run(behavior: behavior) { mock in
                let client = mock.client()
                defer { client.shutdown() }
                _ = try await Editor(client: client).edit(photo, prompt: "a fox", partialImages: 1)
            }
        }
        #expect(error?.mayHaveBeenBilled == true)
    }
}
