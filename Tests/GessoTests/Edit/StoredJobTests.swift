import Foundation
import GessoMockServer
import Testing

@testable import Gesso

@Suite("A stored edit", .timeLimit(.minutes(5)))
struct StoredJobTests {
    @Test("run elsewhere gives the same files, byte for byte")
    func sameResult() async throws {
        var options = EditOptions()
        (options.feather, options.longEdge, options.n) = (7, 1024, 1)
        options.outpaint = Pad.Insets(left: 0, top: 30, right: 0, bottom: 0)
        let job = Editor.Job(
            prompt: "a fox",
            mask: MaskSource.ellipse(in: Rect(x: 100, y: 90, width: 140, height: 120)).feathered(radius: 3),
            options: options,
            renditions: [.fullSize(), .original, .thumbnail(64, covers: true, as: .webp(quality: 70))])
        let stored = try JSONEncoder().encode(job)
        let photo = try ImageEncoder.encode(TestBitmaps.smooth(700, 500), as: .jpeg(quality: 90)).data
        let first = try await Self.run(job, photo)
        let second = try await Self.run(JSONDecoder().decode(Editor.Job.self, from: stored), photo)
        #expect(first.count == 3)
        #expect(first == second)
    }

    /// The files of a run with an editor and a server of its own.
    private static func run(_ job: Editor.Job, _ photo: Data) async throws -> [Data] {
        try await MockServer.run(behavior: EditorTests.careless) { mock in
            let client = mock.client()
            defer { client.shutdown() }
            let result = try await Editor(client: client).run(job, photo: photo)
            return result.images.flatMap { $0.outputs.map(\.image.data) }
        }
    }

    @Test("Options come back as they were, nil where it means something too")
    func options() throws {
        var options = EditOptions(model: .gptImage2)
        (options.longEdge, options.window, options.regions) = (nil, nil, .apart)
        (options.enlarges, options.sendsJPEG, options.outpaintAspect) = (true, true, Pad.AspectRatio("4:3"))
        (options.quality, options.n, options.padding) = (.high, 3, .color(.white))
        #expect(try JSONDecoder().decode(EditOptions.self, from: JSONEncoder().encode(options)) == options)
        let plain = EditOptions()
        #expect(try JSONDecoder().decode(EditOptions.self, from: JSONEncoder().encode(plain)) == plain)
    }

    @Test("A job that names only what differs takes the defaults, and a wrong value is refused with its place")
    func partial() throws {
        let json = Data(#"{"prompt": "a fox", "options": {"feather": 3, "longEdge": null}, "renditions": []}"#.utf8)
        let job = try JSONDecoder().decode(Editor.Job.self, from: json)
        var expected = EditOptions()
        (expected.feather, expected.longEdge) = (3, nil)
        #expect(job.options == expected)
        let wrong = Data(#"{"prompt": "a fox", "options": {"feather": "wide"}, "renditions": []}"#.utf8)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Editor.Job.self, from: wrong) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("feather"))
    }

    @Test("The plan says what is cropped, placed, encoded, sent, requested, what it costs, and what results where")
    func plan() throws {
        var options = EditOptions(model: .gptImage2)
        options.quality = .high
        let photo = try ImageEncoder.encode(
            Bitmap(size: Size(width: 5000, height: 3000), format: .rgb8), as: .jpeg(quality: 50)
        ).data
        let job = Editor.Job(
            prompt: "a fox", mask: .rectangle(Rect(x: 300, y: 300, width: 200, height: 200)), options: options,
            renditions: [.original, .thumbnail(256, as: .webp(quality: 80))])
        let plan = try EditPlan(job, photo: photo, references: [photo, photo])
        let prepared = try Editor.PreparedEdit(
            photo: photo, references: [photo, photo], mask: job.mask, options: options)
        #expect(plan.requests[0].canvas == prepared.upload.canvas)
        #expect(plan.requests[0].stages.output.placement == prepared.upload.placement)
        #expect(plan.requests[0].parts.map(\.role) == [.image, .reference, .mask])
        #expect(plan.requests[0].parts.count == 3)
        // high, 816x816: 96 · 96 · (2,000,000 + 665,856) / 4,000,000 tokens, rounded up.
        #expect(plan.estimate.outputTokens == 6143...6143)
        #expect(plan.estimate.dollars != nil)
        for word in [
            "Crop", "FitToModel", "window: only", "size 816x816", "image[]: lossless webp, else lossless png",
            "mask: png", "6143 image tokens", "US cents", "come on top", "result: 5000x3000; only 224x224+288+288",
            "full: 5000x3000, jpeg as it came, untouched blocks as they are", "256: inside 256x256, webp of quality 80",
            "MiB of pixels to prepare", "to finish",
        ] { #expect("\(plan)".contains(word), "\(word) in:\n\(plan)") }
    }
}
