import Foundation
import Testing

@testable import ImagesAPI

@Suite("The key of a purchase that is made of its content")
struct PurchaseKeyTests {
    private static func edit(_ change: (inout EditRequest) -> Void = { _ in }) throws -> EditRequest {
        var request = EditRequest(
            images: [try ImageUpload(Samples.png)], prompt: "a red door", model: .gptImage26Flare, size: .square1024,
            extra: ["a": .object(["x": .integer(1), "y": .integer(2), "z": .integer(3)]), "b": .bool(true)])
        change(&request)
        return request
    }

    /// Each differs from the others in one thing.
    private static let changes: [@Sendable (inout EditRequest) throws -> Void] = [
        { _ in }, { $0.prompt = "a blue door" }, { $0.model = "another" }, { $0.n = 2 }, { $0.size = nil },
        { $0.mask = $0.images[0] }, { $0.markup = $0.images[0] }, { $0.images.append($0.images[0]) },
        { $0.images = [try ImageUpload(Samples.png + [0])] }, { $0.quality = .high }, { $0.extra["b"] = nil },
        { ($0.references, $0.images) = ([.url("https://example.org/a")], []) },
        { ($0.references, $0.images) = ([.fileID("https://example.org/a")], []) },
        { ($0.references, $0.images, $0.responseFormat) = ([.url("https://example.org/a")], [], "url") },
        { ($0.references, $0.images) = ([.url("https://example.org/a"), .url("https://example.org/b")], []) },
        { ($0.references, $0.images) = ([.url("https://example.org/b"), .url("https://example.org/a")], []) },
        { $0.images = [$0.images[0], try ImageUpload(Samples.png + [0])] },
        { $0.images = [try ImageUpload(Samples.png + [0]), $0.images[0]] },
        { $0.extra["b"] = .bool(false) }, { $0.extra["c"] = .string("") }, { $0.outputCompression = 50 },
        { $0.complexity = .low }, { $0.svgModel = "s" }, { $0.svgEffort = .low }, { $0.frameCount = 2 },
    ]

    @Test("is the same for the same request, and another for any other")
    func edits() async throws {
        var keys: [String] = []
        for change in Self.changes {
            var request = try Self.edit()
            try change(&request)
            let key = await Purchase.key(for: request)
            #expect(await Purchase.key(for: request) == key)
            keys.append(key)
        }
        #expect(Set(keys).count == Self.changes.count)
        #expect(keys.allSatisfy { $0.utf8.count == 64 && Purchase.DirectoryJournal.stem(of: $0) == "gesso-\($0)" })
    }

    @Test("does not depend on the names of files, nor on the process")
    func stable() async throws {
        var named = try Self.edit()
        named.images = [try ImageUpload(Samples.png, filename: "door.png")]
        let plain = try Self.edit()
        #expect(await Purchase.key(for: named) == Purchase.key(for: plain))
        // By Python's hashlib over the lengths and parts.
        let key = await Purchase.key(
            for: [Data("photo".utf8), Data()], prompt: "p", model: "m", parameters: ["size": "1x1", "n": "2"])
        #expect(key == "f6b6954a1ce3aecbaa0e8c4f4f6d17e08ac587aae515b0ee2d6d2e2bd82269a2")
    }

    @Test("does not confuse inputs with each other, with the prompt or with parameters")
    func boundaries() async {
        let (a, b) = (Data("a".utf8), Data("b".utf8))
        let keys = [
            await Purchase.key(for: [a, b], prompt: "", model: "m"),
            await Purchase.key(for: [b, a], prompt: "", model: "m"),
            await Purchase.key(for: [a + b], prompt: "", model: "m"),
            await Purchase.key(for: [a], prompt: "b", model: "m"),
            await Purchase.key(for: [a], prompt: "", model: "m", parameters: ["b": ""]),
            await Purchase.key(for: [a, b], prompt: "c", model: "m"),
            await Purchase.key(for: [], prompt: "a", model: "b", parameters: ["c": "m"]),
            await Purchase.key(for: [a], prompt: "", model: "m", parameters: ["": "b"]),
        ]
        #expect(Set(keys).count == keys.count)
    }

    @Test("is that of the kind of request too")
    func generations() async {
        let request = GenerationRequest(prompt: "a red door", model: .gptImage26Flare)
        let edit = EditRequest(references: [], prompt: "a red door", model: .gptImage26Flare)
        let keys = [await Purchase.key(for: request), await Purchase.key(for: edit)]
        #expect(keys[0] != keys[1])
        #expect(await Purchase.key(for: GenerationRequest(prompt: "a red door", model: .gptImage26Flare)) == keys[0])
    }
}
