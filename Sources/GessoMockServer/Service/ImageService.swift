import Dispatch
import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Validates requests for images, and renders the images.
struct ImageService: Sendable {
    let behavior: MockServer.Behavior
    let store: ObjectStore
    /// Limits concurrent rendering to the number of cores, so that many clients do not need much memory.
    private let renderSlots = DispatchSemaphore(value: max(1, ProcessInfo.processInfo.activeProcessorCount))

    init(behavior: MockServer.Behavior, store: ObjectStore) {
        self.behavior = behavior
        self.store = store
    }

    func job(_ request: AdaptedRequest) throws -> GenerationJob {
        request.isEdit
            ? try edit(
                request.parameters, isForm: request.isForm, model: request.model, takesAnyModel: request.takesAnyModel,
                readsMaskColor: request.readsMaskColor)
            : try generation(request.parameters, model: request.model, takesAnyModel: request.takesAnyModel)
    }

    func generation(
        _ parameters: Parameters, model: String?, takesAnyModel: Bool = false
    ) throws -> GenerationJob {
        var parameters = parameters
        let options = try ImageOptions(
            from: &parameters, for: .generation, isLegacy: behavior.isLegacy, modelNamedByPath: model,
            takesAnyModel: takesAnyModel)
        _ = try parameters.takeChoice("moderation", of: ["low", "auto"])
        let stream = try PartialImageOptions(from: &parameters, format: options.format)
        try parameters.rejectUnknown()
        let size = returnedSize ?? options.size ?? ServedModel.automaticSize(like: nil)
        return GenerationJob(kind: .generation, options: options, stream: stream, size: size) {
            index throws(GessoError) in
            let image = try Landscape(prompt: options.prompt, index: index).rendered(size: size)
            guard options.background == "transparent" else { return image }
            return try image.applyingAlpha(Mask.ellipse(in: Rect(size), size: size).inverted())
        }
    }

    /// - Parameter readsMaskColor: Whether a mask is read by its color, white being the area to edit.
    func edit(
        _ parameters: Parameters, isForm: Bool, model: String?, takesAnyModel: Bool = false,
        readsMaskColor: Bool = false
    ) throws -> GenerationJob {
        var parameters = parameters
        let options = try ImageOptions(
            from: &parameters, for: .edit, isLegacy: behavior.isLegacy, modelNamedByPath: model,
            takesAnyModel: takesAnyModel)
        let uploads =
            isForm ? try EditUploads(fromForm: &parameters) : try EditUploads(fromJSON: &parameters, store: store)
        if !isForm { _ = try parameters.takeChoice("moderation", of: ["low", "auto"]) }
        try takeFidelity(from: &parameters, model: options.model)
        let stream = try PartialImageOptions(from: &parameters, format: options.format)
        try parameters.rejectUnknown()
        if uploads.mask != nil, options.format == "gif" {
            throw APIErrorResponse.unsupported("mask", "'mask' is not supported when output_format is 'gif'.")
        }
        if uploads.markup != nil, !options.model.takesMarkup {
            throw APIErrorResponse.unsupported("markup", "The model '\(options.model.id)' does not support 'markup'.")
        }

        let inputs = try uploads.images.map { file in try withRenderSlot { try InputImage(file).bitmap } }
        let mask = try self.mask(of: uploads, for: inputs[0].size, readsMaskColor: readsMaskColor)
        let size = returnedSize ?? options.size ?? ServedModel.automaticSize(like: inputs[0].size)
        let renderer = EditRenderer(behavior: behavior, prompt: options.prompt)
        return GenerationJob(kind: .edit, options: options, stream: stream, size: size, inputs: inputs.map(\.size)) {
            index throws(GessoError) in
            let image = try renderer.rendered(
                inputs[0], mask: mask, references: Array(inputs.dropFirst()), size: size, index: index)
            // With a transparent background, areas that were transparent and are not edited stay transparent.
            guard options.background == "transparent", inputs[0].format.hasAlpha, mask == nil else { return image }
            let window = EditRenderer.window(of: inputs[0].size, for: size)
            return try image.applyingAlpha(Mask(alphaOf: inputs[0]).resized(to: size, from: window))
        }
    }

    /// A variation of the older API: a square PNG, slightly changed.
    func variation(_ parameters: Parameters) throws -> GenerationJob {
        guard behavior.isLegacy else {
            throw APIErrorResponse(404, "The endpoint /v1/images/variations is retired and no longer accepts requests.")
        }
        var parameters = parameters
        guard let upload = try parameters.take("image") else { throw APIErrorResponse.missing("image") }
        let file = try EditUploads.file(upload, param: "image")
        let options = try ImageOptions(fromVariation: &parameters)
        try parameters.rejectUnknown()
        let image = try InputImage(file, byteLimit: InputImage.maskByteLimit).bitmap
        guard ImageFormat(sniffing: file.data) == .png, image.width == image.height else {
            throw APIErrorResponse.invalidImage("Uploaded image must be a PNG and square.", param: "image")
        }
        let size = options.size ?? Size(width: 1024, height: 1024)
        let renderer = EditRenderer(behavior: behavior, prompt: "variation")
        return GenerationJob(kind: .variation, options: options, stream: PartialImageOptions(), size: size) {
            index throws(GessoError) in
            try renderer.rendered(image, mask: nil, references: [], size: size, index: index)
        }
    }

    /// The size of ``MockServer/Behavior/size``, which replaces the requested one.
    private var returnedSize: Size? { behavior.size.flatMap { Size($0) } }

    /// The area to edit: the mask, or where the markup is not transparent.
    private func mask(of uploads: EditUploads, for image: Size, readsMaskColor: Bool) throws -> Mask? {
        if let mask = uploads.mask {
            return try readsMaskColor ? Overlay.colorMask(mask, for: image) : Overlay.mask(mask, for: image)
        }
        guard let markup = uploads.markup else { return nil }
        return try Mask(alphaOf: Overlay.markup(markup, for: image)).inverted()
    }

    func withRenderSlot<Result>(_ work: () throws -> Result) throws -> Result {
        renderSlots.wait()
        defer { renderSlots.signal() }
        return try work()
    }

    private func takeFidelity(from parameters: inout Parameters, model: ServedModel) throws(APIErrorResponse) {
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
