import Foundation
import GessoMockServer
import Testing

@testable import Gesso

@Suite("An edit through the mock server", .timeLimit(.minutes(15)))
struct EditorTests {
    /// A server that drifts, shifts and brightens everything, as models do.
    static let careless: MockServer.Behavior = {
        var behavior = MockServer.Behavior.ideal
        (behavior.drift, behavior.shiftX, behavior.shiftY, behavior.gain) = (9, 1.5, -2, 1.04)
        return behavior
    }()

    private func withEditor<R: Sendable>(
        _ behavior: MockServer.Behavior = careless, _ body: @Sendable (Editor) async throws -> R
    ) async throws -> R {
        try await MockServer.run(behavior: behavior) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            return try await body(Editor(client: client))
        }
    }

    @Test(
        "leaves every pixel outside mask and feather as it was and says what the model had changed",
        arguments: [
            Bitmap.Format.rgb8, .gray8, .rgba8,
        ])
    func outside(_ format: Bitmap.Format) async throws {
        let original = try TestBitmaps.gradient(500, 380, format)
        let photo = try ImageEncoder.encode(original, as: .png).data
        let result = try await withEditor {
            try await $0.edit(
                photo, prompt: "a red door", mask: .ellipse(in: Rect(x: 150, y: 100, width: 120, height: 90)),
                renditions: [.fullSize(), .thumbnail(64, as: .jpeg(quality: 80))])
        }
        let image = try #require(result.images.first)
        let after = try ImageDecoder.decode(image.outputs[0].image.data).bitmap
        #expect(after.size == original.size)
        let audit = try #require(image.audit)
        let raw = try #require(image.rawAudit)
        #expect(audit.changedPixelsOutside == 0)
        #expect(raw.changedPixelsOutside > 50_000)
        var changedInside = 0
        let reach = Rect(x: 150 - 12, y: 100 - 12, width: 120 + 24, height: 90 + 24)
        let before = after.format == original.format ? original : try original.converted(to: after.format)
        for y in 0..<original.height {
            for x in 0..<original.width {
                let same = TestBitmaps.pixel(after, x, y) == TestBitmaps.pixel(before, x, y)
                if reach.contains(Rect(x: x, y: y, width: 1, height: 1)) {
                    changedInside += same ? 0 : 1
                } else {
                    try #require(same, "at \(x), \(y)")
                }
            }
        }
        #expect(changedInside > 5_000)
        #expect(image.outputs[1].image.size.longEdge == 64)
    }

    @Test("comes back upright in its own size, whatever size the server returns", arguments: ["1024x1024", "640x960"])
    func size(_ returned: String) async throws {
        var behavior = EditorTests.careless
        behavior.size = returned
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(900, 600), as: .webpLossless).data
        let result = try await withEditor(behavior) {
            try await $0.edit(photo, prompt: "x", mask: .rectangle(Rect(x: 10, y: 10, width: 99, height: 50)))
        }
        #expect(result.images[0].outputs[0].image.size == Size(width: 900, height: 600))
        #expect(result.images[0].audit?.changedPixelsOutside == 0)
    }

    @Test(
        "of which half an image came back is an error that holds the paid bytes",
        arguments: [ImageEncoding.png, .jpeg(), .jpeg(progressive: true), .webp(), .webpLossless()])
    func halfAnImage(_ encoding: ImageEncoding) async throws {
        let whole = try ImageEncoder.encode(TestBitmaps.gradient(1_024, 1_024), as: encoding).data
        let half = Data(whole.prefix(whole.count / 2))
        var behavior = MockServer.Behavior.ideal
        var fault = Fault()
        fault.response = .init(
            status: 200, headers: ["content-type": "application/json"],
            body: "{\"created\":1,\"data\":[{\"b64_json\":\"\(half.base64EncodedString())\"}]}")
        behavior.faults = [fault]
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(900, 600), as: .png).data
        let unfinished = await #expect(throws: Editor.UnfinishedEdit.self) {
            try await withEditor(behavior) {
                try await $0.edit(photo, prompt: "x", mask: .rectangle(Rect(x: 10, y: 10, width: 99, height: 50)))
            }
        }
        #expect((unfinished?.cause as? GessoError)?.code == .truncated)
        #expect(unfinished?.received.first?.data == half)
    }

    @Test("outpaints: the image grows and its old pixels stay")
    func outpaint() async throws {
        let original = try TestBitmaps.gradient(700, 500)
        let photo = try ImageEncoder.encode(original, as: .png).data
        let result = try await withEditor { editor in
            var editor = editor
            editor.options.outpaint = Pad.Insets(left: 100, top: 0, right: 60, bottom: 20)
            editor.options.feather = 0
            return try await editor.edit(photo, prompt: "more meadow")
        }
        let after = try ImageDecoder.decode(result.images[0].outputs[0].image.data).bitmap
        #expect(after.size == Size(width: 860, height: 520))
        #expect(try after.cropped(to: Rect(x: 100, y: 0, width: 700, height: 500)).converted(to: .rgb8) == original)
    }

    @Test("sends references as further images, the mask last")
    func references() async throws {
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(800, 800), as: .png).data
        let upload = try await Editor(client: ImagesClient()).prepare(
            photo, mask: .rectangle(Rect(x: 0, y: 0, width: 9, height: 9)), references: [photo, photo]
        ).upload
        #expect(upload.parts.map(\.field) == ["image[]", "image[]", "image[]", "mask"])
        #expect(upload.parts.map(\.filename) == ["image-0.webp", "image-1.webp", "image-2.webp", "mask.png"])
        #expect(upload.parts.last?.image.size == upload.canvas)
    }

    @Test("refuses before the network what cannot work, and says what to do")
    func refusals() async throws {
        let editor = Editor(client: ImagesClient())
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(300, 200), as: .png).data
        let opaque = try ImageEncoder.encode(TestBitmaps.make(300, 200, .rgba8) { _, _, _ in 255 }, as: .png).data
        let holes = try ImageEncoder.encode(TestBitmaps.make(300, 200, .rgba8) { _, _, _ in 0 }, as: .png).data
        let other = try ImageEncoder.encode(TestBitmaps.make(200, 300, .rgba8) { x, _, _ in UInt8(x) }, as: .png).data
        let cases: [(Data, MaskSource?, Int, GessoError.Code)] = [
            (Data(), nil, 0, .emptyInput),
            (Data("not an image at all".utf8), nil, 0, .unsupportedFormat),
            (photo.prefix(200), nil, 0, .truncated),
            (photo, .image(other), 0, .maskSizeMismatch),
            (photo, .image(photo), 0, .maskWithoutAlpha),
            (photo, .image(opaque), 0, .maskEmpty),
            (photo, .image(holes), 0, .maskCoversEverything),
            (photo, .rectangle(Rect(x: 900, y: 900, width: 10, height: 10)), 0, .maskEmpty),
            (photo, nil, 16, .tooManyImages),
        ]
        for (data, mask, references, code) in cases {
            let error = await #expect(throws: GessoError.self) {
                try await editor.prepare(data, mask: mask, references: Array(repeating: photo, count: references))
            }
            #expect(error?.code == code, "\(error?.description ?? "no error"), expected \(code)")
        }
    }

    @Test("What the budget could never finish is not bought")
    func unaffordable() async throws {
        let photo = try ImageEncoder.encode(TestBitmaps.gradient(500, 380, .rgb8), as: .png).data
        let mock = try await MockServer.start()
        let client = mock.client()
        defer { client.shutdown() }
        let plan = try EditPlan(Editor.Job(prompt: "x"), photo: photo)
        // Preparing is affordable, finishing is not: the middle part is asked alone.
        let prepared = try await Editor(client: client).prepare(photo, prompt: "x")
        let editor = Editor(client: client, budget: PixelBudget(bytes: plan.finishingBytes - 1))
        let error = await #expect(throws: GessoError.self) { try await editor.responses(to: prepared) }
        #expect(error?.code == .limitExceeded && error?.stage == "budget")
        // With the numbers, and the option that helps.
        let words = ["\(plan.finishingBytes)", "\(plan.finishingBytes - 1)", "--pixel-budget", "Nothing was sent"]
        #expect(words.allSatisfy { error?.message.contains($0) == true }, "\(error?.message ?? "")")
        #expect(mock.requestCount == 0)
        _ = try await Editor(client: client, budget: PixelBudget(bytes: plan.finishingBytes))
            .responses(to: prepared)
        #expect(mock.requestCount == 1)
        await mock.stop()
    }
}
