#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Responses in the forms in which servers have been seen to send images and errors.
struct ResponseShapes {
    /// The image.
    let file: Data
    /// An address that it can be downloaded from.
    let url: String

    private var base64: String { file.base64EncodedString() }

    /// The response of that name; nil for names that are not in ``MockServer/Shape/all``.
    func response(_ name: String) -> HTTPResponse? {
        encodings(name) ?? addresses(name) ?? documents(name) ?? forms(name) ?? errors(name) ?? errorsWithSuccess(name)
            ?? streams(name) ?? compatibleStreams(name)
    }

    static let names: [String] = [
        "plain", "datauri-b64", "urlsafe-b64", "wrapped-b64", "wrapped-crlf-b64", "unpadded-b64",
        "trailing-newline-b64",
        "escaped-slash-b64", "escaped-plus-b64", "datauri-url", "http-url", "relative-url", "both-null-b64",
        "empty-url",
        "xai-moderated", "html-200", "created-float", "created-string", "created-missing", "data-null", "data-empty",
        "top-b64", "top-array", "images-key", "images-strings", "data-object", "result-data", "b64-key", "base64-list",
        "together", "openrouter", "usage-null", "usage-float", "nan", "trailing-junk", "no-content-type",
        "text-html-json",
        "byte-order-mark", "json-utf8-upper", "raw-png", "gzip", "created-201", "async-task", "async-202",
        "polling-url",
        "ndjson", "error-string", "error-xai", "error-sdcpp-500", "error-list", "error-fastapi-str",
        "error-fastapi-list",
        "error-vllm", "error-azure-filter", "error-azure-filter2", "error-azure-gateway", "error-google-quota",
        "error-openrouter-402", "error-litellm-budget", "error-newapi-quota", "error-msg", "error-200",
        "error-200-moderation", "error-200-string", "error-200-code0", "error-text", "sse", "sse-noevent",
        "sse-keepalive",
        "sse-crlf", "sse-nospace", "sse-noblank-end", "sse-url", "sse-vllm", "sse-object-data", "sse-edit-type",
        "sse-responses", "sse-text-chunk", "sse-error-string", "sse-error-null", "sse-error-openrouter",
        "sse-wrong-type",
    ]

    private func json(_ value: RequestValue, status: Int = 200) -> HTTPResponse {
        text(String(decoding: value.serialized(), as: UTF8.self), status: status)
    }

    private func text(_ text: String, status: Int = 200, type: String? = "application/json") -> HTTPResponse {
        HTTPResponse(
            status: status, headers: type.map { [("content-type", $0)] } ?? [], body: .data(Data(text.utf8)))
    }

    /// A document with one image, described by `item`.
    private func document(_ item: [String: RequestValue], _ extra: [String: RequestValue] = [:]) -> RequestValue {
        .object(["created": .integer(1_713_833_628), "data": .array([.object(item)])].merging(extra) { $1 })
    }

    private var image: [String: RequestValue] { ["b64_json": .base64(file)] }
    private var plainText: String { String(decoding: document(image).serialized(), as: UTF8.self) }

    private static let usage = RequestValue.object([
        "total_tokens": .integer(100), "input_tokens": .integer(50), "output_tokens": .integer(50),
        "input_tokens_details": .object(["text_tokens": .integer(10), "image_tokens": .integer(40)]),
    ])

    private func wrapped(with lineEnd: String) -> String {
        var lines: [Substring] = []
        var rest = base64[...]
        while !rest.isEmpty {
            lines.append(rest.prefix(76))
            rest = rest.dropFirst(76)
        }
        return lines.joined(separator: lineEnd)
    }

    /// Forms of base64.
    private func encodings(_ name: String) -> HTTPResponse? {
        func string(_ text: String) -> HTTPResponse { json(document(["b64_json": .string(text)])) }
        switch name {
        case "plain": return json(document(image, ["usage": ResponseShapes.usage]))
        case "datauri-b64": return string("data:image/png;base64," + base64)
        case "urlsafe-b64":
            return string(base64.replacing("+", with: "-").replacing("/", with: "_"))
        case "wrapped-b64": return string(wrapped(with: "\n"))
        case "wrapped-crlf-b64": return string(wrapped(with: "\r\n"))
        case "unpadded-b64": return string(base64.replacing("=", with: ""))
        case "trailing-newline-b64": return string(base64 + "\n")
        case "escaped-slash-b64": return text(plainText.replacing("/", with: "\\/"))
        case "escaped-plus-b64": return text(plainText.replacing("+", with: "\\u002B"))
        default: return nil
        }
    }

    /// Images by URL, and what moderation makes of them.
    private func addresses(_ name: String) -> HTTPResponse? {
        switch name {
        case "datauri-url": return json(document(["url": .string("data:image/png;base64," + base64)]))
        case "http-url": return json(document(["url": .string(url)]))
        case "relative-url":
            let path = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).last ?? ""
            return json(document(["url": .string("/" + path)]))
        case "both-null-b64": return json(document(["url": .string(url), "b64_json": .null]))
        case "empty-url":
            return json(
                document(
                    ["url": .string(""), "b64_json": .null],
                    ["usage": .object(["cost_in_usd_ticks": .integer(0)])]))
        case "xai-moderated":
            return json(
                document(["url": .string(""), "b64_json": .string(""), "respect_moderation": .bool(false)]))
        case "html-200": return text("<html>busy</html>", type: "text/html")
        default: return nil
        }
    }

    /// Documents in which the image is elsewhere, or of which parts are of other types.
    private func documents(_ name: String) -> HTTPResponse? {
        let list = RequestValue.array([.object(image)])
        switch name {
        case "created-float": return json(.object(["created": .number(1_713_833_628.25), "data": list]))
        case "created-string": return json(.object(["created": .string("1713833628"), "data": list]))
        case "created-missing": return json(.object(["data": list, "model": .string("gemini-2.5-flash-image")]))
        case "data-null": return json(.object(["created": .integer(1), "data": .null]))
        case "data-empty": return json(.object(["created": .integer(1), "data": .array([])]))
        case "top-b64": return json(.object(["created": .integer(1), "b64_json": .base64(file)]))
        case "top-array": return json(list)
        case "images-key": return json(.object(["created": .integer(1), "images": list]))
        case "images-strings": return json(.object(["images": .array([.base64(file)])]))
        case "data-object": return json(.object(["created": .integer(1), "data": .object(image)]))
        case "result-data":
            return json(
                .object([
                    "id": .string("t1"), "status": .string("completed"), "result": .object(["data": list]),
                ]))
        case "b64-key": return json(document(["b64": .base64(file)]))
        case "base64-list":
            return json(.object(["base64": .array([.string("data:image/png;base64," + base64)])]))
        case "together":
            return json(
                .object([
                    "id": .string("x"), "model": .string("m"), "object": .string("list"),
                    "data": .array([
                        .object(image.merging(["index": .integer(0), "type": .string("b64_json")]) { $1 })
                    ]),
                ]))
        case "openrouter":
            return json(
                document(
                    image.merging(["media_type": .string("image/png")]) { $1 },
                    [
                        "usage": .object([
                            "prompt_tokens": .integer(6), "completion_tokens": .integer(1_299),
                            "total_tokens": .integer(1_305), "cost": .number(0.0387243),
                            "completion_tokens_details": .object(["image_tokens": .integer(1_290)]),
                        ])
                    ]))
        case "usage-null": return json(document(image, ["usage": .null]))
        case "usage-float":
            let text = String(decoding: document(image).serialized(), as: UTF8.self)
            let usage = #","usage":{"input_tokens":50.0,"output_tokens":50.0,"total_tokens":100.0}}"#
            return self.text(text.dropLast() + usage)
        default: return nil
        }
    }

    /// Other content types, encodings and statuses.
    private func forms(_ name: String) -> HTTPResponse? {
        switch name {
        case "nan": return text(plainText.replacing("1713833628", with: "NaN"))
        case "trailing-junk": return text(plainText + "\n\n{}")
        case "no-content-type": return text(plainText, type: nil)
        case "text-html-json": return text(plainText, type: "text/html")
        case "byte-order-mark": return text("\u{FEFF}" + plainText)
        case "json-utf8-upper": return text(plainText, type: "Application/JSON; charset=UTF-8")
        case "raw-png":
            return HTTPResponse(
                headers: [("content-type", "image/png"), ("content-disposition", "attachment")], body: .data(file))
        case "gzip":
            return HTTPResponse(
                headers: [("content-type", "application/json"), ("content-encoding", "gzip")],
                body: .data(GzipWriter.stored(Data(plainText.utf8))))
        case "created-201": return text(plainText, status: 201)
        case "async-task":
            return json(
                .object([
                    "code": .integer(200),
                    "data": .array([.object(["status": .string("submitted"), "task_id": .string("task_01")])]),
                ]))
        case "async-202":
            return json(.object(["id": .string("job_01"), "status": .string("queued")]), status: 202)
        case "polling-url":
            return json(.object(["id": .string("t1"), "polling_url": .string(url)]))
        case "ndjson":
            let part = RequestValue.object([
                "type": .string("image_generation.partial_image"), "partial_image_index": .integer(0),
                "b64_json": .base64(file),
            ])
            let lines = [part, done].map { String(decoding: $0.serialized(), as: UTF8.self) }
            return text(lines.joined(separator: "\n") + "\n", type: "application/x-ndjson")
        default: return nil
        }
    }

    private func error(_ members: [String: RequestValue], status: Int = 400) -> HTTPResponse {
        json(.object(["error": .object(members)]), status: status)
    }

    /// Errors with a status of their own.
    private func errors(_ name: String) -> HTTPResponse? {
        switch name {
        case "error-string": return json(.object(["error": .string("prompt required")]), status: 400)
        case "error-xai":
            return json(
                .object([
                    "code": .string("Client specified an invalid argument"), "error": .string("Unknown model: x"),
                ]), status: 400)
        case "error-sdcpp-500":
            return json(
                .object(["error": .string("server_error"), "message": .string("vector::_M_range_check")]), status: 500)
        case "error-list":
            return json(
                .object([
                    "error": .array([.object(["message": .string("size is wrong"), "code": .integer(400)])])
                ]), status: 400)
        case "error-fastapi-str":
            return json(
                .object([
                    "detail": .string("Model mismatch: request specifies 'a' but server is running 'b'.")
                ]), status: 400)
        case "error-fastapi-list":
            return json(
                .object([
                    "detail": .array([
                        .object([
                            "type": .string("missing"), "loc": .array([.string("body"), .string("prompt")]),
                            "msg": .string("Field required"),
                        ])
                    ])
                ]), status: 422)
        case "error-vllm":
            return json(
                .object([
                    "object": .string("error"), "message": .string("bad size"), "type": .string("BadRequestError"),
                    "param": .null, "code": .integer(400),
                ]), status: 400)
        case "error-azure-filter":
            return error([
                "code": .string("contentFilter"),
                "message": .string("Your task failed as a result of our safety system."),
                "innererror": .object(["code": .string("ResponsibleAIPolicyViolation")]),
            ])
        case "error-azure-filter2":
            return error([
                "code": .string("content_policy_violation"), "message": .string("rejected"), "param": .null,
                "type": .string("invalid_request_error"),
                "inner_error": .object([
                    "code": .string("ResponsibleAIPolicyViolation"), "content_filter_results": .object([:]),
                ]),
            ])
        case "error-azure-gateway":
            return json(
                .object(["statusCode": .integer(429), "message": .string("Rate limit is exceeded.")]), status: 429)
        case "error-google-quota":
            return json(
                .array([
                    .object([
                        "error": .object([
                            "code": .integer(429), "message": .string("You exceeded your current quota"),
                            "status": .string("RESOURCE_EXHAUSTED"),
                        ])
                    ])
                ]), status: 429)
        case "error-openrouter-402":
            return error(["code": .integer(402), "message": .string("Insufficient credits")], status: 402)
        case "error-litellm-budget":
            return error([
                "message": .string("Budget has been exceeded! Current cost: 1, Max budget: 1"),
                "type": .string("budget_exceeded"), "param": .null, "code": .string("400"),
            ])
        case "error-newapi-quota":
            return error(
                ["code": .string("insufficient_user_quota"), "message": .string("quota is not enough")], status: 403)
        case "error-msg":
            return json(.object(["code": .integer(1_001), "msg": .string("no balance")]), status: 400)
        case "error-text": return text("upstream connect error", status: 502, type: "text/plain")
        default: return nil
        }
    }

    /// Errors whose status says success, and one success that looks like an error.
    private func errorsWithSuccess(_ name: String) -> HTTPResponse? {
        switch name {
        case "error-200":
            return error(
                [
                    "message": .string("upstream failed"), "type": .string("upstream_error"),
                    "code": .string("bad_response"),
                ], status: 200)
        case "error-200-moderation":
            return error(
                [
                    "message": .string("blocked"), "type": .string("image_generation_user_error"),
                    "code": .string("moderation_blocked"),
                ], status: 200)
        case "error-200-string": return json(.object(["error": .string("upstream failed")]))
        case "error-200-code0":
            return json(
                .object([
                    "code": .integer(0), "message": .string("success"), "data": .array([.object(image)]),
                ]))
        default: return nil
        }
    }

    private var doneMembers: [String: RequestValue] {
        [
            "type": .string("image_generation.completed"), "b64_json": .base64(file), "usage": ResponseShapes.usage,
        ]
    }
    private var done: RequestValue { .object(doneMembers) }
    private var part: RequestValue {
        .object([
            "type": .string("image_generation.partial_image"), "b64_json": .base64(file),
            "partial_image_index": .integer(0),
        ])
    }

    private func event(_ data: RequestValue, _ name: String? = nil, lineEnd: String = "\n") -> String {
        (name.map { "event: \($0)\(lineEnd)" } ?? "") + "data: \(String(decoding: data.serialized(), as: UTF8.self))"
            + lineEnd + lineEnd
    }

    private func stream(_ parts: String..., type: String = "text/event-stream") -> HTTPResponse {
        text(parts.joined(), type: type)
    }

    private func streams(_ name: String) -> HTTPResponse? {
        switch name {
        case "sse":
            return stream(
                event(part, "image_generation.partial_image"), event(done, "image_generation.completed"))
        case "sse-noevent": return stream(event(part), event(done))
        case "sse-keepalive":
            return stream(
                ": PING\n\n", ": OPENROUTER PROCESSING\n\n", event(part), ":\n\n", event(done), "data: [DONE]\n\n")
        case "sse-crlf": return stream(event(part, lineEnd: "\r\n"), event(done, lineEnd: "\r\n"))
        case "sse-nospace": return stream("data:\(String(decoding: done.serialized(), as: UTF8.self))\n\n")
        case "sse-noblank-end":
            return stream(event(part), "data: \(String(decoding: done.serialized(), as: UTF8.self))")
        case "sse-url":
            return stream(event(.object(["type": .string("image_generation.completed"), "url": .string(url)])))
        case "sse-edit-type":
            return stream(event(.object(doneMembers.merging(["type": .string("image_edit.completed")]) { $1 })))
        case "sse-error-string": return stream(event(part), event(.object(["error": .string("upstream failed")])))
        case "sse-error-null": return stream(event(.object(doneMembers.merging(["error": .null]) { $1 })))
        case "sse-wrong-type": return stream(event(part), event(done), type: "application/json")
        default: return nil
        }
    }

    /// Streams of other servers and of other APIs.
    private func compatibleStreams(_ name: String) -> HTTPResponse? {
        let end = "data: [DONE]\n\n"
        switch name {
        case "sse-vllm":
            let chunk: [String: RequestValue] = [
                "object": .string("image.edit.chunk"), "created": .integer(1), "model": .string("m"),
            ]
            let delta: [String: RequestValue] = [
                "type": .string("ar_delta"), "delta": .string("think"), "index": .integer(0),
            ]
            let item = RequestValue.object(image.merging(["url": .null, "revised_prompt": .null]) { $1 })
            let images: [String: RequestValue] = [
                "type": .string("image"), "data": .array([item]), "output_format": .string("png"),
                "size": .string("64x64"),
            ]
            return stream(
                event(.object(chunk.merging(delta) { $1 })), event(.object(chunk.merging(images) { $1 })), end)
        case "sse-object-data":
            return stream(event(.object(["created": .integer(1), "data": .array([.object(image)])])), end)
        case "sse-responses":
            let partial = RequestValue.object([
                "type": .string("response.image_generation_call.partial_image"), "partial_image_b64": .base64(file),
                "partial_image_index": .integer(0),
            ])
            let item = RequestValue.object([
                "type": .string("image_generation_call"), "status": .string("completed"), "result": .base64(file),
            ])
            return stream(
                event(.object(["type": .string("response.created"), "sequence_number": .integer(0)])), event(partial),
                event(.object(["type": .string("response.output_item.done"), "item": item])))
        case "sse-text-chunk":
            let chunk = RequestValue.object([
                "type": .string("image_generation.text_chunk"), "phase": .string("draft"), "text": .string("<svg"),
            ])
            return stream(event(chunk), event(done))
        case "sse-error-openrouter":
            let blocked = RequestValue.object([
                "message": .string("blocked"), "code": .string("moderation_blocked"),
            ])
            return stream(event(.object(["type": .string("error"), "error": blocked])), end)
        default: return nil
        }
    }
}
