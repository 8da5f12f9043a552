import Dispatch
import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Reads requests for pictures and checks them; paints them when they are answered.
struct Studio: Sendable {
    let behaviour: Behaviour
    let archive: Archive
    /// As many paint at once as there are cores; others wait, so that many clients do not need much memory.
    private let easels = DispatchSemaphore(value: max(1, ProcessInfo.processInfo.activeProcessorCount))

    init(behaviour: Behaviour, archive: Archive) {
        self.behaviour = behaviour
        self.archive = archive
    }

    func generation(_ parameters: Parameters, model: String?) throws -> Commission {
        var parameters = parameters
        let options = try ImageOptions(
            from: &parameters, for: .generation, isLegacy: behaviour.isLegacy, modelNamedByPath: model)
        _ = try parameters.takeChoice("moderation", of: ["low", "auto"])
        let stream = try StreamOptions(from: &parameters, format: options.format)
        try parameters.refuseUnknown()
        let size = returnedSize ?? options.size ?? ServedModel.automaticSize(like: nil)
        return Commission(kind: .generation, options: options, stream: stream, size: size) {
            index throws(GessoError) in
            let picture = try Landscape(prompt: options.prompt, index: index).painted(size: size)
            guard options.background == "transparent" else { return picture }
            return try picture.applyingAlpha(Mask.ellipse(in: Rect(size), size: size).inverted())
        }
    }

    func edit(_ parameters: Parameters, isForm: Bool, model: String?) throws -> Commission {
        var parameters = parameters
        let options = try ImageOptions(
            from: &parameters, for: .edit, isLegacy: behaviour.isLegacy, modelNamedByPath: model)
        let uploads =
            isForm ? try EditUploads(fromForm: &parameters) : try EditUploads(fromJSON: &parameters, archive: archive)
        if !isForm { _ = try parameters.takeChoice("moderation", of: ["low", "auto"]) }
        try takeFidelity(from: &parameters, model: options.model)
        let stream = try StreamOptions(from: &parameters, format: options.format)
        try parameters.refuseUnknown()
        if uploads.mask != nil, options.format == "gif" {
            throw Refusal.unsupported("mask", "'mask' is not supported when output_format is 'gif'.")
        }
        if uploads.markup != nil, !options.model.takesMarkup {
            throw Refusal.unsupported("markup", "The model '\(options.model.id)' does not support 'markup'.")
        }

        let inputs = try uploads.images.map { file in try atAnEasel { try InputPicture(file).bitmap } }
        let mask = try selection(of: uploads, for: inputs[0].size)
        let size = returnedSize ?? options.size ?? ServedModel.automaticSize(like: inputs[0].size)
        let painter = EditPainter(behaviour: behaviour, prompt: options.prompt)
        return Commission(kind: .edit, options: options, stream: stream, size: size, inputs: inputs.map(\.size)) {
            index throws(GessoError) in
            let picture = try painter.painted(
                inputs[0], mask: mask, references: Array(inputs.dropFirst()), size: size, index: index)
            // A transparent background keeps what was transparent and is not to be painted.
            guard options.background == "transparent", inputs[0].format.hasAlpha, mask == nil else { return picture }
            let window = EditPainter.window(of: inputs[0].size, for: size)
            return try picture.applyingAlpha(Mask(alphaOf: inputs[0]).resized(to: size, from: window))
        }
    }

    /// The older API's variation: a square PNG again, a little different.
    func variation(_ parameters: Parameters) throws -> Commission {
        guard behaviour.isLegacy else {
            throw Refusal(404, "The endpoint /v1/images/variations is retired and no longer accepts requests.")
        }
        var parameters = parameters
        guard let upload = try parameters.take("image") else { throw Refusal.missing("image") }
        let file = try EditUploads.file(upload, param: "image")
        let options = try ImageOptions(fromVariation: &parameters)
        try parameters.refuseUnknown()
        let picture = try InputPicture(file, byteLimit: InputPicture.maskByteLimit).bitmap
        guard ImageFormat(sniffing: file.data) == .png, picture.width == picture.height else {
            throw Refusal.invalidImage("Uploaded image must be a PNG and square.", param: "image")
        }
        let size = options.size ?? Size(width: 1024, height: 1024)
        let painter = EditPainter(behaviour: behaviour, prompt: "variation")
        return Commission(kind: .variation, options: options, stream: StreamOptions(), size: size) {
            index throws(GessoError) in
            try painter.painted(picture, mask: nil, references: [], size: size, index: index)
        }
    }

    /// The size that comes back whatever was asked for.
    private var returnedSize: Size? { behaviour.size.flatMap { Size($0) } }

    /// What an edit may touch: what the mask says, or what the markup draws on.
    private func selection(of uploads: EditUploads, for picture: Size) throws -> Mask? {
        if let mask = uploads.mask { return try Overlay.mask(mask, for: picture) }
        guard let markup = uploads.markup else { return nil }
        return try Mask(alphaOf: Overlay.markup(markup, for: picture)).inverted()
    }

    func atAnEasel<Result>(_ work: () throws -> Result) throws -> Result {
        easels.wait()
        defer { easels.signal() }
        return try work()
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
}
