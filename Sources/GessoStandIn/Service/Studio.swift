import Dispatch
import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads the parameters of a request for pictures, checks them all, and paints.
struct Studio: Sendable {
    let behaviour: Behaviour
    /// As many paint at once as there are cores; others wait, so that many clients do not need much memory.
    private let easels = DispatchSemaphore(value: max(1, ProcessInfo.processInfo.activeProcessorCount))

    init(behaviour: Behaviour) { self.behaviour = behaviour }

    func generate(_ parameters: Parameters) throws -> Answer {
        var parameters = parameters
        let options = try ImageOptions(from: &parameters)
        _ = try parameters.takeChoice("moderation", of: ["low", "auto"])
        let stream = try StreamOptions(from: &parameters)
        try parameters.refuseUnknown()
        try refuse(stream)

        let size = returnedSize ?? options.size ?? ServedModel.automaticSize(like: nil)
        let pictures = try paint(options) { index throws(GessoError) in
            let picture = try Landscape(prompt: options.prompt, index: index).painted(size: size)
            guard options.background == "transparent" else { return picture }
            return try picture.applyingAlpha(Mask.ellipse(in: Rect(size), size: size).inverted())
        }
        return response(options, size: size, pictures: pictures, inputs: [])
    }

    func edit(_ parameters: Parameters, isForm: Bool) throws -> Answer {
        var parameters = parameters
        let options = try ImageOptions(from: &parameters)
        let uploads = isForm ? try EditUploads(fromForm: &parameters) : try EditUploads(fromJSON: &parameters)
        if !isForm { _ = try parameters.takeChoice("moderation", of: ["low", "auto"]) }
        try takeFidelity(from: &parameters, model: options.model)
        let stream = try StreamOptions(from: &parameters)
        try parameters.refuseUnknown()
        try refuse(stream)

        let inputs = try uploads.images.map { file in try atAnEasel { try InputPicture(file).bitmap } }
        let mask = try uploads.mask.map { try Overlay.mask($0, for: inputs[0].size) }
        if let markup = uploads.markup { _ = try Overlay.markup(markup, for: inputs[0].size) }
        let size = returnedSize ?? options.size ?? ServedModel.automaticSize(like: inputs[0].size)
        let painter = EditPainter(behaviour: behaviour, prompt: options.prompt)
        let pictures = try paint(options) { index throws(GessoError) in
            let picture = try painter.painted(
                inputs[0], mask: mask, references: Array(inputs.dropFirst()), size: size, index: index)
            // A transparent background keeps what was transparent and is not to be painted.
            guard options.background == "transparent", inputs[0].format.hasAlpha, mask == nil else { return picture }
            let window = EditPainter.window(of: inputs[0].size, for: size)
            return try picture.applyingAlpha(Mask(alphaOf: inputs[0]).resized(to: size, from: window))
        }
        return response(options, size: size, pictures: pictures, inputs: inputs.map(\.size))
    }

    /// The size that comes back whatever was asked for.
    private var returnedSize: Size? { behaviour.size.flatMap { Size($0) } }

    private func atAnEasel<Result>(_ work: () throws -> Result) throws -> Result {
        easels.wait()
        defer { easels.signal() }
        return try work()
    }

    private func paint(
        _ options: ImageOptions, _ painted: (_ index: Int) throws(GessoError) -> Bitmap
    ) throws -> [EncodedImage] {
        try (0..<options.count).map { index in
            try atAnEasel {
                do throws(GessoError) {
                    return try ImageEncoder.encode(painted(index), as: options.encoding)
                } catch {
                    throw Refusal(500, "The stand-in could not paint: \(error)", type: "server_error")
                }
            }
        }
    }

    private func refuse(_ stream: StreamOptions) throws(Refusal) {
        if stream.isStreamed { throw .unsupported("stream", "The stand-in does not stream yet.") }
    }

    private func takeFidelity(from parameters: inout Parameters, model: ServedModel) throws(Refusal) {
        let choices: [String] =
            switch model.fidelity {
            case .none: []
            case .low: ["low"]
            case .lowAndHigh: ["low", "high"]
            }
        guard let fidelity = try parameters.takeText("input_fidelity") else { return }
        guard choices.contains(fidelity) else {
            if choices.isEmpty {
                throw .unsupported("input_fidelity", "The model '\(model.id)' does not support 'input_fidelity'.")
            }
            throw .invalidValue("input_fidelity", fidelity, supported: choices)
        }
    }

    private func response(
        _ options: ImageOptions, size: Size, pictures: [EncodedImage], inputs: [Size]
    ) -> Answer {
        var members: [String: JSONValue] = [
            "created": .integer(Int(Date().timeIntervalSince1970)),
            "data": .array(pictures.map { .object(["b64_json": .base64($0.data)]) }),
            "background": .string(options.background == "transparent" ? "transparent" : "opaque"),
            "output_format": .string(options.format), "quality": .string(options.returnedQuality),
            "size": .string("\(size)"),
            "usage": TokenCount(options, size: size, inputs: inputs).json(withOutputDetails: true),
        ]
        if let identifier = options.safetyIdentifier { members["safety_identifier"] = .string(identifier) }
        return .json(.object(members))
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
