import Foundation
import GessoPixels
import Testing

@testable import GessoMockServer

@Suite("Validation of generations")
struct GenerationParameterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let json: String
        let status: Int
        let code: String?
        let param: String?
        var testDescription: String { json }

        init(_ json: String, _ code: String?, _ param: String?, status: Int = 400) {
            self.json = json
            self.status = status
            self.code = code
            self.param = param
        }
    }

    /// A request for an SVG with that value of `svg`.
    private static func svg(_ value: String, _ code: String, _ param: String) -> Case {
        Case(#"{"prompt":"x","model":"gpt-image-2.6-flare","output_format":"svg","svg":\#(value)}"#, code, param)
    }

    static let refused = [
        Case(#"{"model":"gpt-image-2"}"#, "missing_required_parameter", "prompt"),
        Case(#"{"prompt":null,"model":"gpt-image-2"}"#, "missing_required_parameter", "prompt"),
        Case(#"{"prompt":"x"}"#, "missing_required_parameter", "model"),
        Case(#"{"prompt":"","model":"gpt-image-2"}"#, "empty_string", "prompt"),
        Case(#"{"prompt":7,"model":"gpt-image-2"}"#, "invalid_type", "prompt"),
        Case(#"{"prompt":"x","model":"gpt-image-9"}"#, "model_not_found", "model", status: 404),
        Case(#"{"prompt":"x","model":"dall-e-2"}"#, "model_not_found", "model", status: 404),
        Case(#"{"prompt":"x","model":"gpt-image-2","n":0}"#, "integer_below_min_value", "n"),
        Case(#"{"prompt":"x","model":"gpt-image-2","n":11}"#, "integer_above_max_value", "n"),
        Case(#"{"prompt":"x","model":"gpt-image-2","n":1.5}"#, "invalid_type", "n"),
        Case(#"{"prompt":"x","model":"gpt-image-2","n":"2"}"#, "invalid_type", "n"),
        Case(#"{"prompt":"x","model":"gpt-image-2","n":true}"#, "invalid_type", "n"),
        Case(#"{"prompt":"x","model":"gpt-image-1.5","size":"512x512"}"#, "invalid_value", "size"),
        Case(#"{"prompt":"x","model":"gpt-image-1.5","size":"2048x2048"}"#, "invalid_value", "size"),
        Case(#"{"prompt":"x","model":"gpt-image-2","size":"1000x1000"}"#, "invalid_value", "size"),
        Case(#"{"prompt":"x","model":"gpt-image-2","size":"large"}"#, "invalid_value", "size"),
        Case(#"{"prompt":"x","model":"gpt-image-2","quality":"max"}"#, "invalid_value", "quality"),
        Case(#"{"prompt":"x","model":"gpt-image-2","quality":"hd"}"#, "invalid_value", "quality"),
        Case(#"{"prompt":"x","model":"gpt-image-2","background":"red"}"#, "invalid_value", "background"),
        Case(
            #"{"prompt":"x","model":"gpt-image-2","background":"transparent","output_format":"jpeg"}"#, "invalid_value",
            "background"),
        Case(
            #"{"prompt":"x","model":"gpt-image-2.6-flare","background":"transparent","output_format":"gif"}"#,
            "invalid_value", "background"),
        Case(
            #"{"prompt":"x","model":"gpt-image-2.6-flare","background":"transparent","output_format":"svg"}"#,
            "invalid_value", "background"),
        Case(#"{"prompt":"x","model":"gpt-image-2","output_format":"bmp"}"#, "invalid_value", "output_format"),
        Case(#"{"prompt":"x","model":"gpt-image-2","output_compression":50}"#, "invalid_value", "output_compression"),
        Case(
            #"{"prompt":"x","model":"gpt-image-2","output_compression":101,"output_format":"webp"}"#,
            "integer_above_max_value", "output_compression"),
        Case(#"{"prompt":"x","model":"gpt-image-2","moderation":"off"}"#, "invalid_value", "moderation"),
        Case(#"{"prompt":"x","model":"gpt-image-2","partial_images":1}"#, "invalid_value", "partial_images"),
        Case(
            #"{"prompt":"x","model":"gpt-image-2","stream":true,"partial_images":4}"#, "integer_above_max_value",
            "partial_images"),
        Case(#"{"prompt":"x","model":"gpt-image-2","stream":"yes"}"#, "invalid_type", "stream"),
        Case(
            #"{"prompt":"x","model":"gpt-image-2","response_format":"b64_json"}"#, "unknown_parameter",
            "response_format"),
        Case(#"{"prompt":"x","model":"gpt-image-2","style":"vivid"}"#, "unknown_parameter", "style"),
        Case(#"{"prompt":"x","model":"gpt-image-2","complexity":"low"}"#, "invalid_value", "complexity"),
        Case(#"{"prompt":"x","model":"gpt-image-2","frame_count":4}"#, "invalid_value", "frame_count"),
        Case(#"{"prompt":"x","model":"gpt-image-2","typo":1}"#, "unknown_parameter", "typo"),
        svg(#"{}"#, "missing_required_parameter", "svg.model"),
        svg(#"{"model":null}"#, "missing_required_parameter", "svg.model"),
        svg(#"{"model":7}"#, "invalid_type", "svg.model"),
        svg(#""gpt-6""#, "invalid_type", "svg"),
        svg(#"{"model":"gpt-6","typo":1}"#, "unknown_parameter", "svg.typo"),
        svg(#"{"model":"gpt-6","reasoning":"low"}"#, "invalid_type", "svg.reasoning"),
        svg(#"{"model":"gpt-6","reasoning":{"effort":"huge"}}"#, "invalid_value", "svg.reasoning.effort"),
        svg(#"{"model":"gpt-6","reasoning":{"budget":1}}"#, "unknown_parameter", "svg.reasoning.budget"),
        svg(#"null,"svg[model]":"gpt-6""#, "unknown_parameter", "svg[model]"),
        Case(#"["prompt"]"#, nil, nil),
        Case("{", nil, nil),
    ]

    @Test("An invalid request is refused with the status, code and param of the API", arguments: refused)
    func refusal(_ example: Case) async throws {
        try await MockServer.run { mock in
            let reply = try RawClient(mock).send(
                "POST", "/v1/images/generations",
                headers: ["Authorization: Bearer k", "Content-Type: application/json"], body: Data(example.json.utf8))
            #expect(reply.status == example.status)
            #expect(reply.error["code"] as? String == example.code)
            #expect(reply.error["param"] as? String == example.param)
            #expect(reply.error["type"] as? String == "invalid_request_error")
            #expect((reply.error["message"] as? String)?.isEmpty == false)
        }
    }

    @Test("A prompt of 32,000 characters is accepted, one more is not")
    func promptLimit() throws {
        func options(_ count: Int) throws -> ImageOptions {
            var parameters = Parameters(object: [
                "prompt": .string(String(repeating: "é", count: count)), "model": .string("gpt-image-2"),
            ])
            return try ImageOptions(from: &parameters, for: .generation, isLegacy: false)
        }
        #expect(try options(32_000).prompt.unicodeScalars.count == 32_000)
        #expect(throws: APIErrorResponse.self) { try options(32_001) }
    }

    @Test(
        "The duration of a frame is rounded to 10 ms",
        arguments: [
            (20, 20), (24, 20), (25, 30), (29, 30), (655_346, 655_350), (655_355, 655_350), (Int.max, 655_350),
        ])
    func frameDuration(asked: Int, given: Int) throws {
        var parameters = Parameters(object: [
            "prompt": .string("x"), "model": .string("gpt-image-2.6-flare"), "output_format": .string("gif"),
            "frame_duration_ms": .integer(asked),
        ])
        let options = try ImageOptions(from: &parameters, for: .generation, isLegacy: false)
        #expect(options.frameMilliseconds == given)
    }

    @Test(
        "An edit to SVG needs no model, in a form and in JSON",
        arguments: ["none", "minimal", "low", "medium", "high", "xhigh", "max"], [true, false])
    func vectorsOfEdits(effort: String, isForm: Bool) throws {
        let fields = ["prompt": "x", "model": "gpt-image-2.6-flare", "output_format": "svg"]
        var parameters: Parameters
        if isForm {
            let all = fields.merging(["svg[reasoning][effort]": effort]) { $1 }
            parameters = try Parameters(
                parts: all.map { FormPart(name: $0.key, filename: nil, contentType: nil, data: Data($0.value.utf8)) })
        } else {
            var object = fields.mapValues(RequestValue.string)
            object["svg"] = .object(["reasoning": .object(["effort": .string(effort)])])
            parameters = Parameters(object: object)
        }
        let options = try ImageOptions(from: &parameters, for: .edit, isLegacy: false)
        try parameters.rejectUnknown()
        #expect(options.svgModel == "mock")
    }

    @Test(
        "A free size is accepted exactly if it follows the documented rules",
        arguments: [
            ("1024x1024", true), ("2048x1152", true), ("3840x2160", true), ("3840x2176", false), ("3840x1280", true),
            ("3840x1264", false), ("816x800", false), ("832x800", true), ("1032x1024", false), ("3856x1600", false),
            ("1152x3456", true),
        ])
    func freeSizes(name: String, isLegal: Bool) throws {
        #expect(ServedModel.isFree(try #require(Size(name))) == isLegal)
    }

    @Test(
        "Token counts equal the published ones",
        arguments: [
            ("1024x1024", "low", 196), ("1024x1024", "medium", 1756), ("1024x1024", "high", 7024),
            ("1536x1024", "low", 158), ("1024x1536", "medium", 1372), ("1536x1024", "high", 5488),
            ("2048x2048", "high", 14272), ("2560x1440", "high", 7370), ("3840x2160", "high", 13342),
        ])
    func tokens(size: String, quality: String, count: Int) throws {
        #expect(TokenCount.formula(size: try #require(Size(size)), quality: quality) == count)
    }
}
