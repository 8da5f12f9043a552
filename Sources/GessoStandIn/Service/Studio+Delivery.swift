import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Studio {
    /// Paints and answers, in JSON or as a stream. `origin` is where downloads would be, for answers with addresses.
    func deliver(_ commission: Commission, origin: String, events: Fault.Events?) throws -> Answer {
        guard commission.stream.isStreamed else { return .json(try response(to: commission, origin: origin)) }
        // What cannot be painted is still an ordinary error as long as nothing has been sent.
        let first = try painted(commission, 0)
        return Answer(
            headers: [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")],
            body: .stream { stream in
                var writer = EventWriter(stream, events: events, seconds: behaviour.eventSeconds)
                try sendEvents(of: commission, first: first, to: &writer)
                try writer.finish()
            })
    }

    /// The body of an answer that is not streamed.
    func response(to commission: Commission, origin: String) throws -> JSONValue {
        let options = commission.options
        var members = commission.described
        members["created"] = .integer(Int(Date().timeIntervalSince1970))
        let files = try (0..<options.count).map { try file(of: painted(commission, $0), commission, $0) }
        members["data"] = .array(
            files.map { file in
                guard options.answersWithAddress else { return .object(["b64_json": .base64(file)]) }
                let name = archive.keepDownload(file, fileExtension: options.format)
                return .object(["url": .string("\(origin)/downloads/\(name)")])
            })
        if commission.kind != .variation { members["usage"] = commission.usage.json(withOutputDetails: true) }
        if let svg = options.svgModel {
            members["svg_usage"] = .object([
                "model": .string(svg), "input_tokens": .integer(40), "output_tokens": .integer(files[0].count / 3),
                "reasoning_tokens": .integer(0), "total_tokens": .integer(40 + files[0].count / 3),
            ])
        }
        return .object(members)
    }

    private func sendEvents(of commission: Commission, first: Bitmap, to writer: inout EventWriter) throws {
        let kind = commission.kind.rawValue
        for index in 0..<commission.options.count {
            let picture = index == 0 ? first : try painted(commission, index)
            for partial in 0..<commission.stream.partials where index == 0 {
                // Each is twice as fine as the one before.
                let divisor = 8 << (commission.stream.partials - 1 - partial)
                let rough = try painting { () throws(GessoError) in try picture.roughened(by: divisor) }
                var event = commission.described
                event["safety_identifier"] = nil
                event["type"] = .string("\(kind).partial_image")
                event["partial_image_index"] = .integer(partial)
                try writer.send(event, file: file(of: rough, commission, index))
            }
            var event = commission.described
            event["type"] = .string("\(kind).completed")
            // Of this picture alone: who adds up the events gets what the answer in one piece would say.
            event["usage"] = commission.usage(of: index).json(withOutputDetails: false)
            try writer.send(event, file: file(of: picture, commission, index))
        }
    }

    private func painted(_ commission: Commission, _ index: Int) throws -> Bitmap {
        try painting { () throws(GessoError) in try commission.paint(index) }
    }

    private func file(of picture: Bitmap, _ commission: Commission, _ index: Int) throws -> Data {
        let options = commission.options
        let landscape = Landscape(prompt: options.prompt, index: index)
        return try painting { () throws(GessoError) in
            switch options.format {
            case "svg": landscape.svg(size: commission.size)
            case "gif":
                try AnimatedGIF.encoded(
                    commission.kind == .edit ? picture : nil, landscape: landscape, size: commission.size,
                    frames: options.frameCount, milliseconds: options.frameMilliseconds)
            default: try ImageEncoder.encode(picture, as: options.encoding).data
            }
        }
    }

    private func painting<Result>(_ work: () throws(GessoError) -> Result) throws -> Result {
        try atAnEasel {
            do throws(GessoError) { return try work() } catch {
                throw Refusal(500, "The stand-in could not paint: \(error)", type: "server_error")
            }
        }
    }
}

extension Bitmap {
    /// The same size with that many times fewer details.
    fileprivate func roughened(by divisor: Int) throws(GessoError) -> Bitmap {
        let small = Size(width: max(1, width / divisor), height: max(1, height / divisor))
        return try resized(to: small, filter: .box).resized(to: size, filter: .triangle)
    }
}

extension ImageOptions {
    /// What `auto` was taken for.
    var returnedQuality: String { quality == "auto" ? "medium" : quality }

    var encoding: ImageEncoding {
        switch format {
        case "jpeg": .jpeg(quality: max(1, compression))
        case "webp": .webp(quality: compression)
        default: .png(effort: .fast)
        }
    }
}
