import Foundation
import GessoMockServer
import Testing

@testable import Gesso

@Suite("Separate parts of a mask", .timeLimit(.minutes(5)))
struct RegionTests {
    /// A wide image, and two parts of it too far from one another to share a window.
    static let size = Size(width: 2600, height: 700)
    static let left = MaskSource.rectangle(Rect(x: 60, y: 300, width: 120, height: 90))
    static let right = MaskSource.ellipse(in: Rect(x: 2300, y: 200, width: 150, height: 120))

    static func image() throws -> Bitmap { try TestBitmaps.gradient(325, 88).resized(to: size) }

    static func options(_ regions: EditOptions.RegionPolicy, _ model: Model = .gptImage26Sunburst) -> EditOptions {
        var options = EditOptions(model: model)
        options.regions = regions
        return options
    }

    private func withEditor<R: Sendable>(
        _ options: EditOptions, _ body: @Sendable (Editor) async throws -> R
    ) async throws -> R {
        try await MockServer.run(behavior: EditorTests.careless) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await body(Editor(client: client, options: options))
        }
    }

    private func full(_ result: EditResult, _ index: Int = 0) throws -> Bitmap {
        try ImageDecoder.decode(result.images[index].outputs[0].image.data).bitmap
    }

    @Test("sent apart give what each would have given alone, on one original")
    func apart() async throws {
        let before = try Self.image()
        let photo = try ImageEncoder.encode(before, as: .png(effort: .fast)).data
        let (both, one, other) = try await withEditor(Self.options(.apart)) { editor in
            (
                try await editor.edit(
                    photo, prompt: "a fox", mask: Self.left.union(Self.right),
                    renditions: [.fullSize(), .thumbnail(128, as: .png)]),
                try await editor.edit(photo, prompt: "a fox", mask: Self.left),
                try await editor.edit(photo, prompt: "a fox", mask: Self.right)
            )
        }
        #expect(both.prepared.uploads.count == 2 && both.responses.count == 2)
        #expect(both.images[0].returned.count == 2 && both.images[0].outputs.count == 2)
        var expected = try full(one)
        let reach = Rect(x: 2280, y: 180, width: 190, height: 160)
        try expected.paste(full(other).cropped(to: reach), x: reach.x, y: reach.y)
        #expect(try full(both) == expected)
        #expect(try full(both) != before)
        let audit = try #require(both.images[0].audit)
        #expect(audit.changedPixelsOutside == 0 && audit.keptHashBefore == audit.keptHashAfter)
        #expect(both.images[0].regions.map(\.audit.changedPixelsOutside) == [0, 0])
        #expect(both.images[0].regions.allSatisfy { $0.window != nil })
        let raw = try #require(both.images[0].rawAudit)
        #expect(
            raw.changedPixelsOutside == both.images[0].regions.reduce(0) { $0 + $1.rawAudit.changedPixelsOutside })
        // Tokens and money are those of both requests.
        let (first, second) = (try #require(both.responses[0].usage), try #require(both.responses[1].usage))
        #expect(both.usage?.totalTokens == (first.totalTokens ?? 0) + (second.totalTokens ?? 0))
        #expect(both.usage?.outputImageTokens == (first.outputTokens ?? 0) + (second.outputTokens ?? 0))
        #expect(both.requestIDs.count == 2)
    }

    @Test("of a JPEG come back into one JPEG, all other blocks as they were")
    func jpeg() async throws {
        let photo = try ImageEncoder.encode(Self.image(), as: .jpeg(quality: 85)).data
        let result = try await withEditor(Self.options(.apart)) {
            try await $0.edit(photo, prompt: "x", mask: Self.left.union(Self.right), renditions: [.original])
        }
        #expect(result.images[0].outputs[0].note == nil)
        let (before, after) = (try ImageDecoder.decode(photo).bitmap, try full(result))
        // An MCU of 16 pixels more than mask and feather.
        let touched = try Mask.rectangle(Rect(x: 60 - 28, y: 300 - 28, width: 176, height: 146), size: Self.size)
            .union(.rectangle(Rect(x: 2300 - 28, y: 200 - 28, width: 206, height: 176), size: Self.size))
        #expect(try EditAudit.measuring(before: before, after: after, mask: touched).changedPixelsOutside == 0)
        for box in [Rect(x: 60, y: 300, width: 120, height: 90), Rect(x: 2340, y: 220, width: 60, height: 60)] {
            #expect(try before.cropped(to: box) != after.cropped(to: box))
        }
    }

    @Test("keep the response of one when the other fails, and ask for that one alone afterwards")
    func oneFails() async throws {
        let photo = try ImageEncoder.encode(Self.image(), as: .png(effort: .fast)).data
        let (sent, result) = try await withEditor(Self.options(.apart)) { editor in
            let prepared = try await editor.prepare(photo, prompt: "x", mask: Self.left.union(Self.right))
            let client = editor.client
            let error = await #expect(throws: Editor.UnfinishedEdit.self) {
                _ = try await editor.responses(
                    to: prepared,
                    send: { request, index in
                        guard index == 1 else { return try await client.edit(request) }
                        throw ImagesAPIError(.couldNotConnect, "No server.")
                    })
            }
            let unfinished = try #require(error)
            #expect(unfinished.responses.map { $0 != nil } == [true, false])
            #expect(unfinished.usage == unfinished.received[0].usage)
            #expect("\(unfinished)".contains("1 of 2 requests have a response"))
            #expect((unfinished.cause as? ImagesAPIError)?.code == .couldNotConnect)
            // The one that has a response already must not be sent again.
            let asked = Asked()
            let responses = try await editor.responses(
                to: prepared, besides: unfinished.responses,
                send: { request, index in
                    await asked.add(index)
                    return try await client.edit(request)
                })
            #expect(responses[0].requestID == unfinished.received[0].requestID)
            return (await asked.indices, try await editor.resume(unfinished, photo: photo))
        }
        #expect(sent == [1])
        #expect(result.images[0].audit?.changedPixelsOutside == 0 && result.responses.count == 2)
    }

    @Test("are an error of their own when none gets a response: the one that may have been billed")
    func allFail() async throws {
        let photo = try ImageEncoder.encode(Self.image(), as: .png(effort: .fast)).data
        let editor = Editor(client: ImagesClient(), options: Self.options(.apart))
        let prepared = try await editor.prepare(photo, prompt: "x", mask: Self.left.union(Self.right))
        let error = await #expect(throws: ImagesAPIError.self) {
            _ = try await editor.responses(
                to: prepared,
                send: { _, index in
                    throw ImagesAPIError(
                        index == 0 ? .couldNotConnect : .connectionLost, "Gone.", mayHaveBeenBilled: index == 1)
                })
        }
        #expect(error?.code == .connectionLost)
    }

    @Test("each with as many images as were asked for")
    func several() async throws {
        let photo = try ImageEncoder.encode(Self.image(), as: .png(effort: .fast)).data
        var options = Self.options(.apart)
        options.n = 2
        let result = try await withEditor(options) {
            try await $0.edit(photo, prompt: "x", mask: Self.left.union(Self.right))
        }
        #expect(result.images.count == 2)
        for image in result.images { #expect(image.audit?.changedPixelsOutside == 0) }
    }

    @Test("An edit that keeps all of the model's image sends all of the original, and has no holes")
    func whole() async throws {
        var options = Self.options(.byCost)
        options.composites = false
        let photo = try ImageEncoder.encode(Self.image(), as: .png(effort: .fast)).data
        let result = try await withEditor(options) { try await $0.edit(photo, prompt: "x", mask: Self.left) }
        #expect(result.prepared.request.window == nil)
        let image = try full(result)
        #expect(image.format == .rgb8 && image.size == Self.size)
    }

    @Test("cannot be apart where nothing is put back over the original")
    func refusal() throws {
        var options = Self.options(.apart)
        options.composites = false
        let photo = try ImageEncoder.encode(Self.image(), as: .png(effort: .fast)).data
        let error = #expect(throws: GessoError.self) {
            try Editor.PreparedEdit(photo: photo, mask: Self.left, options: options)
        }
        #expect(error?.code == .invalidParameter)
    }
}

private actor Asked {
    private(set) var indices: [Int] = []
    func add(_ index: Int) { indices.append(index) }
}
