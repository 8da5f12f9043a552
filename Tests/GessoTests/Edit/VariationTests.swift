import Foundation
import GessoMockServer
import Testing

@testable import Gesso

@Suite("Variations of any image", .timeLimit(.minutes(5)))
struct VariationTests {
    @Test("A phone photograph has as many as were asked for", arguments: [true, false])
    func phonePhotograph(isLegacy: Bool) async throws {
        var behavior = MockServer.Behavior.ideal
        behavior.isLegacy = isLegacy
        let outcome = try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await Editor(client: client).variations(
                of: DemoPhotographs.data("dogs-phone.jpg"), count: 2)
        }
        #expect(outcome.images.compactMap(\.data).count == 2)
        // It is not square, so no server takes it for its endpoint of variations.
        #expect(outcome.emulationPrompt != nil)
    }

    @Test("A square image is a variation where the server has them")
    func square() async throws {
        var behavior = MockServer.Behavior.ideal
        behavior.isLegacy = true
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(300, 300), as: .jpeg).data
        let outcome = try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await Editor(client: client).variations(of: photo)
        }
        #expect(outcome.emulationPrompt == nil && outcome.images.count == 1)
    }
}
