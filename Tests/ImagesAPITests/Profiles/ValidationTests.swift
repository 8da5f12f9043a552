import Foundation
import Testing

@testable import ImagesAPI

@Suite("Validation, offline")
struct ValidationTests {
    /// 2026-11-28, three days before some models end.
    private static let today = Date(timeIntervalSince1970: 1_795_824_000)

    private static func day(_ text: String) throws -> Date {
        try Date("\(text)T12:00:00Z", strategy: .iso8601)
    }

    private func refused(_ model: Model = .gptImage26Sunburst, _ change: (inout GenerationRequest) -> Void) -> [String]
    {
        var request = GenerationRequest(prompt: "p", model: model)
        change(&request)
        return request.validate(today: Self.today).filter { $0.isRefusal }.map(\.field)
    }

    private func warned(_ model: Model = .gptImage26Sunburst, _ change: (inout GenerationRequest) -> Void) -> [String] {
        var request = GenerationRequest(prompt: "p", model: model)
        change(&request)
        return request.validate(today: Self.today).filter { !$0.isRefusal }.map(\.field)
    }

    @Test("A plain request for each active model has no issues")
    func plain() {
        for profile in ModelProfile.Catalog.builtIn.models where profile.state == .active {
            #expect(GenerationRequest(prompt: "p", model: profile.model).validate(today: Self.today).isEmpty)
        }
    }

    @Test("An unknown model gives one warning and nothing else")
    func unknown() {
        let request = GenerationRequest(prompt: "", model: "gpt-image-9", n: 99, size: "1x1", quality: "ultra")
        #expect(request.validate().map(\.isRefusal) == [false])
    }

    @Test(
        "A model that ends says in how many days, and from that day on that it has ended",
        arguments: [
            (
                "2026-11-28", false,
                "ends in 3 days, on 2026-12-01; use gpt-image-2.6-sunburst"
            ),
            ("2026-11-30", false, "ends in 1 day, on 2026-12-01; use gpt-image-2.6-sunburst"),
            ("2026-12-01", true, "has ended on 2026-12-01, use gpt-image-2.6-sunburst"),
            ("2027-03-01", true, "has ended on 2026-12-01, use gpt-image-2.6-sunburst"),
        ])
    func life(day: String, isRefusal: Bool, words: String) throws {
        let issues = GenerationRequest(prompt: "p", model: .gptImage15).validate(today: try Self.day(day))
        #expect(issues.map(\.isRefusal) == [isRefusal] && issues.map(\.field) == ["model"])
        #expect(issues[0].message.contains(words), "\(issues[0].message)")
        let edit = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: .gptImage15)
        #expect(edit.validate(today: try Self.day(day)).map(\.message) == issues.map(\.message))
    }

    @Test(
        "At a server with a last day of its own that day counts, and OpenAI's is a warning elsewhere",
        arguments: [
            ("azure", "gpt-image-1.5", "2026-12-15", false, "ends at azure in 1 day, on 2026-12-16"),
            ("azure-v1", "gpt-image-1.5", "2026-12-16", true, "has ended at azure-v1 on 2026-12-16"),
            ("azure", "gpt-image-1-mini", "2026-12-02", false, "ends at azure in 126 days, on 2027-04-07"),
            ("openai", "gpt-image-1-mini", "2026-12-02", true, "has ended on 2026-12-01"),
            ("azure", "gpt-image-2", "2026-12-02", nil, ""),
            ("azure", "gpt-image-2", "2027-10-21", true, "has ended at azure on 2027-10-21"),
            ("openai", "gpt-image-2", "2027-10-21", nil, ""),
            ("azure", "gpt-image-2.5-flare", "2027-09-09", true, "has ended at azure on 2027-09-09"),
            ("azure", "gpt-image-1", "2026-12-02", false, "whether azure has it is not known"),
            ("litellm", "gpt-image-1.5", "2026-12-02", false, "has ended at OpenAI on 2026-12-01"),
        ] as [(String, String, String, Bool?, String)])
    func lastDays(server: String, model: String, day: String, isRefusal: Bool?, words: String) throws {
        let profile = try #require(ServerProfile.named(server))
        let request = GenerationRequest(prompt: "p", model: Model(rawValue: model))
        let issues = request.validate(server: profile, today: try Self.day(day)).filter { $0.field == "model" }
        #expect(issues.map(\.isRefusal) == (isRefusal.map { [$0] } ?? []))
        #expect(words.isEmpty || issues.first?.message.contains(words) == true, "\(issues)")
    }

    @Test("A model that has ended is refused on any day")
    func ended() throws {
        #expect(refused("dall-e-3") { _ in } == ["model"])
        let issues = GenerationRequest(prompt: "p", model: "gpt-image-1").validate(today: .distantPast)
        #expect(issues[0].message.contains("has ended on 2026-10-23, use gpt-image-2.6-sunburst"))
    }

    @Test("Fields that a model refuses are named")
    func fields() {
        #expect(refused { $0.size = "1000x1000" } == ["size"])
        #expect(refused { $0.size = "big" } == ["size"])
        #expect(refused { $0.size = .auto } == [])
        #expect(refused(.gptImage15) { $0.size = "2048x2048" } == ["size"])
        #expect(refused(.gptImage2) { $0.quality = .xhigh } == ["quality"])
        #expect(refused { $0.quality = .max } == [])
        #expect(refused { $0.n = 11 } == ["n"])
        #expect(refused { $0.prompt = String(repeating: "é", count: 32_001) } == ["prompt"])
        #expect(refused { $0.prompt = String(repeating: "é", count: 32_000) } == [])
        #expect(
            refused {
                $0.background = .transparent; $0.outputFormat = .jpeg
            } == ["background"])
        #expect(refused { $0.outputCompression = 50 } == ["output_compression"])
        #expect(
            refused {
                $0.outputCompression = 50; $0.outputFormat = .webp
            } == [])
        #expect(refused(.gptImage2) { $0.outputFormat = .svg } == ["output_format"])
        #expect(
            refused {
                $0.outputFormat = .svg; $0.n = 2; $0.svgModel = "m"
            } == ["n"])
        #expect(
            refused {
                $0.outputFormat = .svg; $0.svgEffort = "low"
            } == ["svg"])
        #expect(refused { $0.frameCount = 9 } == ["frame_count"])
        #expect(
            refused {
                $0.frameCount = 17; $0.outputFormat = .gif
            } == ["frame_count"])
        #expect(refused { $0.responseFormat = "url" } == ["response_format"])
    }

    @Test("Facts from third parties and preview features give warnings")
    func warnings() {
        #expect(warned(.gptImage25Flare) { $0.complexity = .high } == ["complexity"])
        #expect(refused(.gptImage25Flare) { $0.complexity = .high } == [])
        #expect(warned { $0.complexity = .high } == [])
        #expect(warned(.gptImage2) { $0.background = .transparent } == ["background"])
        #expect(warned(.gptImage2) { $0.background = .opaque } == [])
        #expect(warned(.gptImage25Flare) { $0.background = .transparent } == [])
        #expect(warned { $0.outputFormat = .svg } == ["output_format", "svg"])
    }

    @Test(
        "Frames of an animation share the pixels of one image, and are shown for tens of milliseconds",
        arguments: [
            ("960x960", nil, nil, []), ("976x976", nil, nil, ["size"]), ("960x960", 9, nil, []),
            ("960x960", 10, nil, ["size"]), ("816x816", 10, nil, []), ("816x816", 12, nil, []),
            ("816x816", 13, nil, ["size"]), ("720x720", 16, nil, []), (nil, 16, nil, []),
            ("1024x1024", 2, nil, ["size"]),
            (nil, nil, 200, []), (nil, nil, 25, ["frame_duration_ms"]), (nil, nil, 655_350, []),
            (nil, nil, 655_360, ["frame_duration_ms"]),
        ] as [(String?, Int?, Int?, [String])])
    func animations(size: String?, frames: Int?, milliseconds: Int?, fields: [String]) {
        let found = warned {
            $0.outputFormat = .gif
            $0.size = size.map { ImageSize(rawValue: $0) }
            $0.frameCount = frames
            $0.frameDurationMilliseconds = milliseconds
        }
        #expect(found.filter { $0 != "output_format" } == fields)
    }

    @Test(
        "Streams are held against model, format and images on the way",
        arguments: [
            (.gptImage26Flare, nil, true, 3, []), (.gptImage26Flare, .webp, true, 0, []),
            (.gptImage26Flare, nil, true, 4, ["partial_images"]), (.gptImage26Flare, nil, true, -1, ["partial_images"]),
            (.gptImage26Flare, nil, false, 1, ["partial_images"]), (.gptImage26Flare, .gif, false, 0, []),
            (.gptImage26Flare, .gif, true, 0, ["stream"]), (.gptImage26Flare, .svg, true, 1, ["stream"]),
            ("dall-e-2", nil, true, 0, ["model", "stream"]),
        ] as [(Model, GenerationRequest.OutputFormat?, Bool, Int, [String])])
    func streams(
        model: Model, format: GenerationRequest.OutputFormat?, streaming: Bool, partialImages: Int, fields: [String]
    ) throws {
        var create = GenerationRequest(prompt: "p", model: model, outputFormat: format)
        if format == .svg { create.svgModel = "m" }
        let edit = EditRequest(
            images: [try ImageUpload(Samples.png)], prompt: "p", model: model, outputFormat: format)
        for issues in [
            create.validate(streaming: streaming, partialImages: partialImages, today: Self.today),
            edit.validate(streaming: streaming, partialImages: partialImages, today: Self.today),
        ] { #expect(issues.filter { $0.isRefusal }.map(\.field) == fields) }
    }

    @Test("Edits are checked against the limits on images and masks")
    func edits() throws {
        func refused(_ model: Model = .gptImage2, _ change: (inout EditRequest) throws -> Void) throws -> [String] {
            var request = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: model)
            try change(&request)
            return request.validate(today: Self.today).filter { $0.isRefusal }.map(\.field)
        }
        #expect(try refused { _ in } == [])
        #expect(try refused { $0.inputFidelity = .high } == ["input_fidelity"])
        #expect(try refused(.gptImage15) { $0.inputFidelity = .high } == [])
        #expect(try refused { $0.mask = try ImageUpload(Samples.jpeg) } == ["mask"])
        #expect(try refused { $0.mask = try ImageUpload(Samples.png(byteCount: 4_000_000)) } == ["mask"])
        #expect(try refused { $0.mask = try ImageUpload(Samples.png(byteCount: 3_999_999)) } == [])
        #expect(try refused { $0.markup = try ImageUpload(Samples.png) } == ["markup"])
        #expect(try refused("dall-e-3") { _ in } == ["model", "model"])
    }

    @Test("Edits by reference get warnings for fields that only the form documents")
    func references() throws {
        func issues(_ model: Model = .gptImage26Flare, _ change: (inout EditRequest) -> Void) -> [String] {
            var request = EditRequest(references: [.fileID("f")], prompt: "p", model: model)
            change(&request)
            return request.validate(today: Self.today).map { "\($0.isRefusal ? "refused" : "warning") \($0.field)" }
        }
        #expect(issues { _ in } == [])
        #expect(issues { $0.size = "1024x1536" } == [])
        #expect(issues { $0.size = "1152x1024" } == ["warning size"])
        #expect(issues { $0.quality = .high } == [])
        #expect(issues { $0.quality = .xhigh } == ["warning quality"])
        #expect(issues { $0.quality = .max } == ["warning quality"])
        #expect(issues { $0.outputFormat = .svg } == ["warning output_format", "warning svg"])
        #expect(issues { $0.safetyIdentifier = "x" } == ["warning safety_identifier"])
        #expect(issues { $0.responseFormat = "b64_json" } == ["warning response_format"])
        #expect(issues { $0.moderation = .low } == [])
        #expect(
            issues {
                $0.outputFormat = .gif; $0.maskReference = .fileID("m")
            } == ["warning output_format", "refused mask"])
        #expect(issues("dall-e-2") { _ in } == ["refused model", "refused images"])
    }

    @Test("A response format that an edit by reference sends is not said to be left out")
    func sentResponseFormat() {
        var request = EditRequest(references: [.fileID("f")], prompt: "p", model: .gptImage26Flare)
        request.responseFormat = "url"
        var server = ServerProfile.openAI
        #expect(request.validate(server: server, today: Self.today).map(\.field) == ["response_format"])
        server.form = nil
        #expect(request.validate(server: server, today: Self.today).isEmpty)
    }
}
