// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import GessoMockServer
import Testing

private func events(
    _ client: ImagesClient, _ request: GenerationRequest, _ show: (ImagesResponse.GeneratedImage) -> Void, _ store: (ImagesResponse.GeneratedImage) -> Void
) async throws {
    // stream-begin
    for try await received in client.generateStream(request, partialImages: 2) {
        if received.isPartial { show(received.image) } else { store(received.image) }
    }
    // stream-end
}

private func response(
    _ client: ImagesClient, _ request: GenerationRequest, _ show: @escaping @Sendable (ImagesResponse.GeneratedImage) -> Void
) async throws -> ImagesResponse {
    // stream-response-begin
    let response = try await client.generateStream(request, partialImages: 2).response { show($0.image) }
    // stream-response-end
    return response
}

private func lastPartial(
    _ client: ImagesClient, _ request: GenerationRequest, _ show: @escaping @Sendable (ImagesResponse.GeneratedImage) -> Void
) async throws -> ImagesResponse.GeneratedImage? {
    // stream-error-begin
    do {
        return try await client.generateStream(request, partialImages: 2).response { show($0.image) }.images.first
    } catch {
        guard error.mayHaveBeenBilled else { throw error }
        return error.partialImages.last                     // paid for, and better than nothing
    }
    // stream-error-end
}

@Suite("Code of the article about streams", .timeLimit(.minutes(10)))
struct StreamSnippets {
    private let request = GenerationRequest(prompt: "a lighthouse", model: .gptImage26Flare)

    @Test("has partial images, then the finished one")
    func streams() async throws {
        try await MockServer.run(behavior: MockServer.Behavior(size: "320x320")) { mock in
            var (shown, stored) = (0, 0)
            try await events(mock.client(), request, { _ in shown += 1 }, { _ in stored += 1 })
            #expect(shown == 2 && stored == 1)
            let (images, continuation) = AsyncStream<ImagesResponse.GeneratedImage>.makeStream()
            let whole = try await response(mock.client(), request) { continuation.yield($0) }
            continuation.finish()
            let count = await images.reduce(into: 0) { count, _ in count += 1 }
            #expect(count == 2)
            #expect(whole.images.count == 1 && whole.data != nil)
        }
    }

    @Test("keeps the last partial image of a stream that ends early")
    func endsEarly() async throws {
        var behavior = MockServer.Behavior(size: "320x320")
        behavior.faults = [.eventOrder([0, 1])]
        try await MockServer.run(behavior: behavior) { mock in
            let image = try await lastPartial(mock.client(), request) { _ in }
            #expect(image?.data != nil)
        }
    }
}
