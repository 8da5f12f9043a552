import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ImageService {
    /// Renders the images and returns the response, as JSON or as a stream. `origin` is the scheme and host of download
    /// URLs.
    func deliver(_ job: GenerationJob, origin: String, events: Fault.Events?) throws -> HTTPResponse {
        guard job.stream.isStreamed else { return .json(try response(to: job, origin: origin)) }
        // A failure to render the first image is an ordinary error response, because nothing has been sent yet.
        let first = try rendered(job, 0)
        return HTTPResponse(
            headers: [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")],
            body: .stream { stream in
                var writer = EventWriter(stream, events: events, seconds: behavior.eventSeconds)
                try sendEvents(of: job, first: first, to: &writer)
                try writer.finish()
            })
    }

    /// The body of a response that is not streamed.
    func response(to job: GenerationJob, origin: String) throws -> RequestValue {
        let options = job.options
        var members = job.described
        members["created"] = .integer(Int(Date().timeIntervalSince1970))
        let files = try files(of: job)
        members["data"] = .array(
            files.map { file in
                guard options.returnsURLs else { return .object(["b64_json": .base64(file)]) }
                let name = store.addDownload(file, fileExtension: options.format)
                return .object(["url": .string("\(origin)/downloads/\(name)")])
            })
        if job.kind != .variation { members["usage"] = job.usage.json(withOutputDetails: true) }
        if let svg = options.svgModel {
            members["svg_usage"] = .object([
                "model": .string(svg), "input_tokens": .integer(40), "output_tokens": .integer(files[0].count / 3),
                "reasoning_tokens": .integer(0), "total_tokens": .integer(40 + files[0].count / 3),
            ])
        }
        return .object(members)
    }

    private func sendEvents(of job: GenerationJob, first: Bitmap, to writer: inout EventWriter) throws {
        let kind = job.kind.rawValue
        for index in 0..<job.options.count {
            let image = index == 0 ? first : try rendered(job, index)
            for partial in 0..<job.stream.partials where index == 0 {
                // Each partial image has twice the resolution of the one before.
                let divisor = 8 << (job.stream.partials - 1 - partial)
                let partialImage = try rendering { () throws(GessoError) in try image.coarsened(by: divisor) }
                var event = job.described
                event["safety_identifier"] = nil
                event["type"] = .string("\(kind).partial_image")
                event["partial_image_index"] = .integer(partial)
                try writer.send(event, file: file(of: partialImage, job, index))
            }
            var event = job.described
            event["type"] = .string("\(kind).completed")
            // The usage of this image alone, so that the events add up to the usage of a response that is not streamed.
            event["usage"] = job.usage(of: index).json(withOutputDetails: false)
            try writer.send(event, file: file(of: image, job, index))
        }
    }

    /// The encoded images.
    func files(of job: GenerationJob) throws -> [Data] {
        try (0..<job.options.count).map { try file(of: rendered(job, $0), job, $0) }
    }

    private func rendered(_ job: GenerationJob, _ index: Int) throws -> Bitmap {
        try rendering { () throws(GessoError) in try job.render(index) }
    }

    private func file(of image: Bitmap, _ job: GenerationJob, _ index: Int) throws -> Data {
        let options = job.options
        let landscape = Landscape(prompt: options.prompt, index: index)
        return try rendering { () throws(GessoError) in
            switch options.format {
            case "svg": landscape.svg(size: job.size)
            case "gif":
                try AnimatedGIF.encoded(
                    job.kind == .edit ? image : nil, landscape: landscape, size: job.size,
                    frames: options.frameCount, milliseconds: options.frameMilliseconds)
            default: try ImageEncoder.encode(image, as: options.encoding).data
            }
        }
    }

    private func rendering<Result>(_ work: () throws(GessoError) -> Result) throws -> Result {
        try withRenderSlot {
            do throws(GessoError) { return try work() } catch {
                throw APIErrorResponse(500, "The mock server could not render: \(error)", type: "server_error")
            }
        }
    }
}

extension Bitmap {
    /// The image with its resolution divided by `divisor`, at the same size.
    fileprivate func coarsened(by divisor: Int) throws(GessoError) -> Bitmap {
        let small = Size(width: max(1, width / divisor), height: max(1, height / divisor))
        return try resized(to: small, filter: .box).resized(to: size, filter: .triangle)
    }
}

extension ImageOptions {
    /// The quality that `auto` stands for.
    var returnedQuality: String { quality == "auto" ? "medium" : quality }

    var encoding: ImageEncoding {
        switch format {
        case "jpeg": .jpeg(quality: max(1, compression))
        case "webp": .webp(quality: compression)
        default: .png(effort: .fast)
        }
    }
}
