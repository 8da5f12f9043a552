import Foundation
import GessoCodecs
import GessoPixels
import Testing

@testable import GessoMockServer

@Suite("Validation of edits")
struct EditValidationTests {
    private static let size = Size(width: 64, height: 48)

    /// The code and param of the error response.
    private func refusal(
        _ parts: [Form.Part], model: String = "gpt-image-2.5-flare", status: Int = 400
    ) async throws -> [String?] {
        try await MockServer.run { mock in
            let shared: [Form.Part] = [.text("model", model), .text("prompt", "x")]
            let reply = try RawClient(mock).postForm("/v1/images/edits", shared + parts)
            #expect(reply.status == status)
            return [reply.error["code"] as? String, reply.error["param"] as? String]
        }
    }

    private func image(_ format: Bitmap.Format = .rgb8) throws -> Data {
        try RenderingTests.png(RenderingTests.photograph(Self.size, format: format))
    }

    @Test("No image, duplicate images and 17 images are refused")
    func counts() async throws {
        #expect(try await refusal([]) == ["missing_required_parameter", "image"])
        let png = try image()
        let many = (0..<17).map { _ in Form.Part.file("image[]", png) }
        #expect(try await refusal(many) == ["array_above_max_length", "image"])
        #expect(try await refusal([.file("image", png), .file("image", png)]) == ["duplicate_parameter", "image"])
    }

    @Test("16 images are accepted")
    func sixteen() async throws {
        let png = try image()
        try await MockServer.run { mock in
            let parts: [Form.Part] = [.text("model", "gpt-image-2"), .text("prompt", "x"), .text("size", "832x800")]
            let images = (0..<16).map { _ in Form.Part.file("image[]", png) }
            let reply = try RawClient(mock).postForm("/v1/images/edits", parts + images)
            #expect(reply.status == 200)
        }
    }

    @Test("Files that are not images, are truncated, or have another type than declared are refused")
    func types() async throws {
        let png = try image()
        let octets = Form.Part.file("image", type: "application/octet-stream", png)
        #expect(try await refusal([octets]) == ["unsupported_file_mimetype", "image"])
        #expect(try await refusal([.file("image", type: "image/jpeg", png)]) == ["invalid_image_file", "image"])
        #expect(try await refusal([.file("image[]", Data("text".utf8))]) == ["invalid_image_file", "image[0]"])
        #expect(try await refusal([.file("image", Data())]) == ["empty_image_file", "image"])
        #expect(try await refusal([.file("image", png.dropLast(20))]) == ["invalid_image_file", "image"])
        #expect(try await refusal([.text("image[]", "a string")]) == ["invalid_type", "image[0]"])
    }

    @Test("Masks without alpha, of another size or format, too large, or with a markup are refused")
    func masks() async throws {
        let png = try image()
        let code = "invalid_mask_image_format"
        #expect(try await refusal([.file("image", png), .file("mask", png)]) == [code, "mask"])
        let other = try Mask(size: Size(width: 48, height: 64), filledWith: 255)
        #expect(
            try await refusal([.file("image", png), .file("mask", RenderingTests.png(other.alphaBitmap()))]) == [
                code, "mask",
            ])
        let webp = try ImageEncoder.encode(Mask(size: Self.size, filledWith: 255).alphaBitmap(), as: .webpLossless).data
        #expect(try await refusal([.file("image", png), .file("mask", type: "image/webp", webp)]) == [code, "mask"])
        let mask = try RenderingTests.png(Mask(size: Self.size, filledWith: 255).alphaBitmap())
        #expect(
            try await refusal([.file("image", png), .file("mask", mask), .file("markup", mask)]) == [
                "invalid_value", "markup",
            ])
        #expect(
            try await refusal([
                .file("image", png),
                .file("markup", RenderingTests.png(RenderingTests.photograph(Self.size, format: .rgba8))),
            ]) == [code, "markup"])
        #expect(
            try await refusal([.file("image", png), .file("mask", mask + Data(count: 4_000_000))]) == [
                "image_file_too_large", "mask",
            ])
    }

    @Test("Fields that edits do not have are refused")
    func fields() async throws {
        let png = try image()
        #expect(
            try await refusal([.file("image", png), .text("moderation", "low")]) == ["unknown_parameter", "moderation"])
        #expect(
            try await refusal([.file("image", png), .text("input_fidelity", "high")]) == [
                "invalid_value", "input_fidelity",
            ])
        #expect(try await refusal([.file("image", png), .text("n", "two")]) == ["invalid_type", "n"])
        #expect(try await refusal([.file("image", png), .text("size", "64x64")]) == ["invalid_value", "size"])
    }

    @Test("Unknown and invalid SVG options in a form are refused")
    func svg() async throws {
        let png = try image()
        func refusal(_ name: String, _ value: String) async throws -> [String?] {
            try await self.refusal(
                [.file("image", png), .text("output_format", "svg"), .text(name, value)], model: "gpt-image-2.6-flare")
        }
        #expect(try await refusal("svg[typo]", "x") == ["unknown_parameter", "svg.typo"])
        #expect(try await refusal("svg[reasoning][effort]", "huge") == ["invalid_value", "svg.reasoning.effort"])
        #expect(try await refusal("svg[reasoning][budget]", "1") == ["unknown_parameter", "svg.reasoning.budget"])
        #expect(try await refusal("svg", "gpt-6") == ["invalid_type", "svg"])
    }

    @Test(
        "A markup is accepted only by the models that document it",
        arguments: ServedModel.all.map { ($0.id, $0.id.contains("-2.5-") || $0.id.contains("-2.6-")) })
    func markup(model: String, isAccepted: Bool) async throws {
        // Of another size, so that a model that accepts markups refuses it for that reason.
        let other = try RenderingTests.png(Mask(size: Size(width: 48, height: 64), filledWith: 255).alphaBitmap())
        let refusal = try await refusal([.file("image", try image()), .file("markup", other)], model: model)
        #expect(refusal == [isAccepted ? "invalid_mask_image_format" : "invalid_value", "markup"])
    }

    @Test(
        "input_fidelity is accepted only by the models that document it",
        arguments: [
            ("gpt-image-1.5", "low", true), ("gpt-image-1.5", "high", true), ("gpt-image-1-mini", "low", true),
            ("gpt-image-1-mini", "high", false), ("chatgpt-image-latest", "low", false),
            ("chatgpt-image-latest", "high", false), ("gpt-image-2", "high", false),
        ])
    func fidelity(model: String, value: String, isAccepted: Bool) async throws {
        // With an unknown field, so that a model that accepts input_fidelity refuses that field.
        let refusal = try await refusal(
            [.file("image", try image()), .text("input_fidelity", value), .text("typo", "x")], model: model)
        #expect(refusal == (isAccepted ? ["unknown_parameter", "typo"] : ["invalid_value", "input_fidelity"]))
    }

    @Test("References in JSON can be data URLs; other URLs and unknown files are refused")
    func jsonReferences() async throws {
        let address = "data:image/png;base64,\(try image().base64EncodedString())"
        try await MockServer.run { mock throws in
            let client = RawClient(mock)
            func reply(_ reference: Any) throws -> RawClient.Reply {
                try client.postJSON(
                    "/v1/images/edits",
                    [
                        "model": "gpt-image-2", "prompt": "x", "size": "832x800", "images": [reference],
                        "moderation": "low",
                    ])
            }
            #expect(try reply(["image_url": address]).status == 200)
            let refused: [(Any, String)] = [
                (["image_url": "https://example.com/a.png"], "failed_to_download_image"),
                (["file_id": "file-none"], "image_file_not_found"),
                (["image_url": address, "file_id": "file-none"], "invalid_value"), (["other": 1], "unknown_parameter"),
                (["image_url": "data:image/png;base64,!!!"], "invalid_base64_image"), ("text", "invalid_type"),
            ]
            for (reference, code) in refused { #expect(try reply(reference).error["code"] as? String == code) }
        }
    }
}
