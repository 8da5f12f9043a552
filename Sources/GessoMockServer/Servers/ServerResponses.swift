import GessoCodecs

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The responses of the imitated server.
struct ServerResponses {
    let server: MockServer.Server?
    let imageService: ImageService
    /// The scheme and host of download URLs.
    let origin: String

    /// The response to a request; rendering happens here.
    func response(to job: GenerationJob, _ request: AdaptedRequest, events: Fault.Events?) throws -> HTTPResponse {
        var job = job
        if let returnsURLs = request.returnsURLs { job.options.returnsURLs = returnsURLs }
        if request.returnsFile {
            let file = try imageService.files(of: job)[0]
            return HTTPResponse(
                headers: [
                    ("content-type", "image/\(job.options.format)"), ("content-disposition", "attachment"),
                ], body: .data(file))
        }
        switch server {
        case nil, .openAI, .azure, .azureV1, .generic:
            return try imageService.deliver(job, origin: origin, events: events)
        case .liteLLM:
            var response = try imageService.deliver(job, origin: origin, events: events)
            response.headers += [
                ("x-litellm-call-id", RequestHandler.randomHexadecimal()), ("x-litellm-response-cost", "0.0421"),
                ("x-litellm-model-id", job.options.model.id),
            ]
            return response
        case .vllmOmni where job.stream.isStreamed: return try vllmStream(job)
        default: return .json(try document(job, request))
        }
    }

    private func document(_ job: GenerationJob, _ request: AdaptedRequest) throws -> RequestValue {
        let files = try imageService.files(of: job)
        let created = RequestValue.integer(ObjectStore.now)
        if request.isChat { return chat(files, job, created) }
        let items = files.map { item($0, job) }
        func data(_ extra: [String: RequestValue]) -> RequestValue {
            .array(items.map { .object($0.merging(extra) { own, _ in own }) })
        }
        switch server {
        case .localAI:
            let zero = RequestValue.integer(0)
            return .object([
                "created": created, "id": .string(RequestHandler.randomHexadecimal()), "data": data([:]),
                "usage": .object([
                    "prompt_tokens": zero, "completion_tokens": zero, "total_tokens": zero, "input_tokens": zero,
                    "output_tokens": zero,
                    "input_tokens_details": .object(["text_tokens": zero, "image_tokens": zero]),
                ]),
            ])
        case .vllmOmni:
            return .object([
                "created": created, "data": data(["url": .null, "revised_prompt": .null]),
                "output_format": .string(job.options.format), "size": .string("\(job.size)"),
            ])
        case .stableDiffusionCPP:
            return .object(["created": created, "data": data([:]), "output_format": .string(job.options.format)])
        case .xAI:
            return .object([
                "data": data(["revised_prompt": .string(""), "mime_type": .string("image/\(job.options.format)")]),
                // Two cents an image; a tick is 1e-10 US dollars.
                "usage": .object(["cost_in_usd_ticks": .integer(200_000_000 * files.count)]),
            ])
        case .together:
            return .object([
                "id": .string("o" + RequestHandler.randomHexadecimal()), "model": .string(job.options.model.id),
                "object": .string("list"),
                "data": .array(
                    items.enumerated().map { index, item in
                        .object(
                            item.merging([
                                "index": .integer(index),
                                "type": .string(job.options.returnsURLs ? "url" : "b64_json"),
                            ]) { own, _ in own })
                    }),
            ])
        case .openRouter:
            return .object([
                "created": created, "data": data(["media_type": .string("image/\(job.options.format)")]),
                "usage": routerUsage(job),
            ])
        default: return .object(["data": data([:]), "model": .string(job.options.model.id)])
        }
    }

    private func item(_ file: Data, _ job: GenerationJob) -> [String: RequestValue] {
        guard job.options.returnsURLs else { return ["b64_json": .base64(file)] }
        let name = imageService.store.addDownload(file, fileExtension: job.options.format)
        return ["url": .string("\(origin)/downloads/\(name)")]
    }

    private func routerUsage(_ job: GenerationJob) -> RequestValue {
        let usage = job.usage
        return .object([
            "prompt_tokens": .integer(usage.textInput + usage.imageInput), "completion_tokens": .integer(usage.output),
            "total_tokens": .integer(usage.total),
            "completion_tokens_details": .object(["image_tokens": .integer(usage.output)]),
            "cost": .number(0.0387243),
        ])
    }

    private func chat(_ files: [Data], _ job: GenerationJob, _ created: RequestValue) -> RequestValue {
        let images = files.enumerated().map { index, file in
            let url = "data:image/\(job.options.format);base64,\(file.base64EncodedString())"
            return RequestValue.object([
                "type": .string("image_url"), "index": .integer(index), "image_url": .object(["url": .string(url)]),
            ])
        }
        return .object([
            "id": .string("gen-" + RequestHandler.randomHexadecimal()), "object": .string("chat.completion"),
            "created": created, "model": .string(job.options.model.id),
            "choices": .array([
                .object([
                    "index": .integer(0), "finish_reason": .string("stop"),
                    "message": .object([
                        "role": .string("assistant"), "content": .string(""), "images": .array(images),
                    ]),
                ])
            ]),
            "usage": routerUsage(job),
        ])
    }

    /// One chunk with all images, then `[DONE]`.
    private func vllmStream(_ job: GenerationJob) throws -> HTTPResponse {
        let items = try imageService.files(of: job).map { file in
            RequestValue.object(["b64_json": .base64(file), "url": .null, "revised_prompt": .null])
        }
        func chunk(_ type: String, _ extra: [String: RequestValue]) -> Data {
            let members: [String: RequestValue] = [
                "object": .string("image.edit.chunk"), "type": .string(type), "created": .integer(ObjectStore.now),
                "model": .string(job.options.model.id),
            ]
            return Data("data: ".utf8) + RequestValue.object(members.merging(extra) { own, _ in own }).serialized()
                + Data("\n\n".utf8)
        }
        let chunks = [
            chunk("ar_delta", ["delta": .string("…"), "index": .integer(0)]),
            chunk(
                "image",
                [
                    "data": .array(items), "output_format": .string(job.options.format), "size": .string("\(job.size)"),
                ]),
            Data("data: [DONE]\n\n".utf8),
        ]
        return HTTPResponse(
            headers: [("content-type", "text/event-stream")],
            body: .stream { stream in
                for chunk in chunks { try stream.write(chunk) }
            })
    }

    /// The header fields with which the server names a request, besides those of the mock server.
    static func headers(of server: MockServer.Server?, since began: ContinuousClock.Instant) -> [(
        name: String, value: String
    )] {
        let all = ServiceHeaders.always(since: began)
        func id(_ name: String) -> [(name: String, value: String)] {
            [(name, RequestHandler.randomHexadecimal())] + all.filter { $0.name.hasPrefix("x-gesso") }
        }
        switch server {
        case nil, .openAI, .generic: return all
        case .azure, .azureV1: return id("apim-request-id")
        case .liteLLM: return id("x-litellm-call-id")
        default: return id("x-request-id")
        }
    }
}
