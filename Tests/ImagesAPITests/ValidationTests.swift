import Foundation
import Testing

@testable import ImagesAPI

@Suite("Validation, offline")
struct ValidationTests {
    private func refused(_ model: Model = .gptImage26Sunburst, _ change: (inout CreateRequest) -> Void) -> [String] {
        var request = CreateRequest(prompt: "p", model: model)
        change(&request)
        return request.validate().filter { $0.severity == .refused }.map(\.field)
    }

    @Test("A plain request for each active model has nothing against it")
    func plain() {
        for profile in ModelCatalog.builtIn.models where profile.state == .active {
            #expect(CreateRequest(prompt: "p", model: profile.model).validate().isEmpty)
        }
    }

    @Test("An unknown model brings one warning and nothing else")
    func unknown() {
        let request = CreateRequest(prompt: "", model: "gpt-image-9", n: 99, size: "1x1", quality: "ultra")
        #expect(request.validate().map(\.severity) == [.warning])
    }

    @Test("Models near or past their end say so, with date and replacement")
    func life() {
        let deprecated = CreateRequest(prompt: "p", model: .gptImage15).validate()
        #expect(deprecated.map(\.severity) == [.warning])
        #expect(
            deprecated[0].message.contains("2026-12-01") && deprecated[0].message.contains("gpt-image-2.6-sunburst"))
        #expect(refused("dall-e-3") { _ in } == ["model"])
    }

    @Test("Fields a model refuses are named")
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
                $0.outputFormat = .svg; $0.n = 2
            } == ["n"])
        #expect(refused { $0.frameCount = 9 } == ["frame_count"])
        #expect(
            refused {
                $0.frameCount = 17; $0.outputFormat = .gif
            } == ["frame_count"])
        #expect(refused(.gptImage25Flare) { $0.complexity = .high } == ["complexity"])
        #expect(refused { $0.responseFormat = .url } == ["response_format"])
    }

    @Test("Edits are held against the limits on pictures and masks")
    func edits() throws {
        func refused(_ model: Model = .gptImage2, _ change: (inout EditRequest) throws -> Void) throws -> [String] {
            var request = EditRequest(images: [try ImageUpload(Samples.png)], prompt: "p", model: model)
            try change(&request)
            return request.validate().filter { $0.severity == .refused }.map(\.field)
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
}
