extension ResponseShapes {
    /// Event streams, those of other servers and of other APIs among them.
    enum EventStream: String, CaseIterable {
        case plain = "sse"
        case noEventNames = "sse-noevent"
        case keepAlive = "sse-keepalive"
        case crlf = "sse-crlf"
        case noSpace = "sse-nospace"
        case noBlankLineAtEnd = "sse-noblank-end"
        case url = "sse-url"
        case editType = "sse-edit-type"
        case errorString = "sse-error-string"
        case errorNull = "sse-error-null"
        case wrongType = "sse-wrong-type"
        case vllm = "sse-vllm"
        case objectData = "sse-object-data"
        case responsesAPI = "sse-responses"
        case textChunk = "sse-text-chunk"
        case errorOfOpenRouter = "sse-error-openrouter"
    }

    func response(_ shape: EventStream) -> HTTPResponse {
        let end = "data: [DONE]\n\n"
        switch shape {
        case .plain:
            return stream(
                event(part, "image_generation.partial_image"), event(done, "image_generation.completed"))
        case .noEventNames: return stream(event(part), event(done))
        case .keepAlive:
            return stream(
                ": PING\n\n", ": OPENROUTER PROCESSING\n\n", event(part), ":\n\n", event(done), "data: [DONE]\n\n")
        case .crlf: return stream(event(part, lineEnd: "\r\n"), event(done, lineEnd: "\r\n"))
        case .noSpace: return stream("data:\(String(decoding: done.serialized(), as: UTF8.self))\n\n")
        case .noBlankLineAtEnd:
            return stream(event(part), "data: \(String(decoding: done.serialized(), as: UTF8.self))")
        case .url:
            return stream(event(.object(["type": .string("image_generation.completed"), "url": .string(url)])))
        case .editType:
            return stream(event(.object(doneMembers.merging(["type": .string("image_edit.completed")]) { $1 })))
        case .errorString: return stream(event(part), event(.object(["error": .string("upstream failed")])))
        case .errorNull: return stream(event(.object(doneMembers.merging(["error": .null]) { $1 })))
        case .wrongType: return stream(event(part), event(done), type: "application/json")
        case .vllm:
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
        case .objectData:
            return stream(event(.object(["created": .integer(1), "data": .array([.object(image)])])), end)
        case .responsesAPI:
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
        case .textChunk:
            let chunk = RequestValue.object([
                "type": .string("image_generation.text_chunk"), "phase": .string("draft"), "text": .string("<svg"),
            ])
            return stream(event(chunk), event(done))
        case .errorOfOpenRouter:
            let blocked = RequestValue.object([
                "message": .string("blocked"), "code": .string("moderation_blocked"),
            ])
            return stream(event(.object(["type": .string("error"), "error": blocked])), end)
        }
    }

    private var doneMembers: [String: RequestValue] {
        [
            "type": .string("image_generation.completed"), "b64_json": .base64(file), "usage": ResponseShapes.usage,
        ]
    }
    var done: RequestValue { .object(doneMembers) }
    var part: RequestValue {
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
}
