public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// All that is decided about an edit: what is cropped, scaled, padded, encoded and sent, what it costs, how much memory it
/// takes, and what results.
///
/// Made once, from the headers and the mask; no pixel of the image is decoded and nothing is sent. Prints as text, encodes
/// as JSON. ``Editor`` carries out the same value: the upload and the finish decide nothing anew.
public struct EditPlan: Sendable {
    /// One request: a part of the image on its way to the model.
    public struct Request: Sendable {
        /// The part of the upright (outpainted) image that is sent; nil is all of it.
        public let window: Rect?
        /// The stages from the decoded image to the model's canvas.
        public let stages: Pipeline.Plan
        /// The rectangle of the result that may differ from the original: mask and feather; nil when all of it may.
        public let touched: Rect?
        /// The files that are sent, in order.
        package let parts: [Part]
        /// What it is likely to cost, as far as prices are published.
        public let estimate: CostEstimate
        /// What may surprise about this request.
        public let warnings: [Warning]
        /// What is edited, in upright pixels of the (outpainted) original; nil when that is all of it.
        let area: BoundedMask?

        /// The size that the model is asked for.
        public var canvas: Size { stages.output.size }

        /// The mask on the whole upright original, as large as that; nil when none was given.
        public func mask() throws(GessoError) -> Mask? {
            guard let area else { return nil }
            return try area.whole()
        }
    }

    /// The image as stored.
    public let header: ImageHeader
    /// The options of the edit, a shape to reach replaced by the pixels to add.
    public let options: EditOptions
    /// At least one; several when regions are sent apart.
    public let requests: [Request]
    /// How separate parts of the mask are sent, and why; nil for a mask in one piece.
    package let regions: Regions?
    /// The size of the finished image.
    public let result: Size
    /// What is made of the finished image.
    public let renditions: [Rendition]
    /// The most bytes that pixels and codecs take at a time until the requests are ready to be sent.
    public let preparingBytes: Int
    /// The most bytes that pixels and codecs take at a time from the response to the outputs of one image.
    public var finishingBytes: Int { finishingBytes(returned: []) }
    /// What all requests together are likely to cost.
    public let estimate: CostEstimate
    /// What the model is known to refuse, and what may surprise.
    public let issues: [Warning]

    let prompt: String
    let upload: UploadRules
    /// The server that the edit is for.
    public var server: ServerProfile { upload.server }
    /// The markup, as large as the part of the image that is sent.
    let markup: Bitmap?

    /// Plans `job` for an image file and the files of its references.
    ///
    /// Rasterizes the mask and decodes a markup, on the calling thread. Throws whatever the edit itself would refuse before
    /// it sends anything. `server` is the one that the client of the edit has.
    public init(
        _ job: Editor.Job, photo: Data, references: [Data] = [], server: ServerProfile = .openAI
    ) throws(GessoError) {
        let header = try ImageHeader(probing: photo, limits: job.options.limits)
        try self.init(
            job, header: header, references: EditPlan.headers(of: references, job.options.limits), server: server)
    }

    /// The headers of references; an error says which one it is about.
    static func headers(of references: [Data], _ limits: ImageDecoder.Limits) throws(GessoError) -> [ImageHeader] {
        var headers: [ImageHeader] = []
        for (index, file) in references.enumerated() {
            do throws(GessoError) {
                headers.append(try ImageHeader(probing: file, limits: limits))
            } catch {
                throw error.adding(fact: "image", "\(index + 1)")
            }
        }
        return headers
    }

    init(
        _ job: Editor.Job, header: ImageHeader, references: [ImageHeader], server: ServerProfile
    ) throws(GessoError) {
        let profile = try ModelProfile.known(or: job.options.model)
        try EditPlan.check(images: 1 + references.count, markup: job.markup != nil, profile, job.options, server)
        guard job.mask == nil || job.markup != nil || job.options.composites || server.maskField != nil else {
            throw GessoError(
                .unsupportedFeature, stage: "mask",
                "The server \(server.name) takes no mask, and without composites it has no effect on the result either; "
                    + "leave the mask out, or composite.",
                facts: ["found": server.name, "what": "mask"])
        }
        let upright = header.uprightSize
        let options = job.options.resolved(for: upright)
        let upload = UploadRules(profile, server, options)
        // A wrong mask or markup is refused before any pixel of the image is decoded.
        let choice = try RegionChoice(job, upright: upright, profile: profile, options: options)
        let draft = EditPlan.draft(prompt: job.prompt, options)

        var requests: [Request] = []
        for region in choice.regions {
            let stages = try EditPlan.pipeline(window: region.window, header: header, options: options)
                .explain(Frame.Shape(header))
            var request = draft
            request.size = ImageSize(rawValue: "\(stages.output.size)")
            requests.append(
                Request(
                    window: region.window, stages: stages,
                    touched: options.composites ? region.area?.reach(options.feather) : nil,
                    parts: upload.parts(
                        references: references.count, mask: region.area != nil, markup: choice.markup != nil),
                    estimate: request.estimate(),
                    warnings: Warning.about(
                        region, stages.output.placement, options, sharesWindow: choice.sharesWindow,
                        markup: choice.markup != nil, server),
                    area: region.area))
        }
        self.header = header
        self.options = options
        self.requests = requests
        regions = choice.reason
        result = Size(
            width: upright.width + options.outpaint.left + options.outpaint.right,
            height: upright.height + options.outpaint.top + options.outpaint.bottom)
        renditions = job.renditions
        prompt = job.prompt
        self.upload = upload
        markup = choice.markup
        estimate = CostEstimate.sum(requests.map(\.estimate)) ?? draft.estimate()
        let refused = requests.flatMap { Warning.refused(draft, on: $0.canvas, server) }
        issues = (refused + requests.flatMap(\.warnings)).withoutRepetitions
        preparingBytes = try EditPlan.preparingBytes(header, references, job, options, upload, requests)
    }

    private static func check(
        images: Int, markup: Bool, _ profile: ModelProfile, _ options: EditOptions, _ server: ServerProfile
    ) throws(GessoError) {
        guard server.hasEdits else {
            throw GessoError(
                .unsupportedFeature, stage: "prepare", "The server \(server.name) has no edits; use another one.",
                facts: ["found": server.name, "what": "edits"])
        }
        let limit = min(profile.maxImages, server.imageLimit ?? .max)
        guard images <= limit else {
            let who = limit < profile.maxImages ? "the server \(server.name)" : options.model.rawValue
            throw GessoError(
                .tooManyImages, stage: "prepare",
                "\(images) images were given and \(who) accepts \(limit); leave some out.",
                facts: ["found": "\(images)", "allowed": "\(limit)"])
        }
        guard !markup || server.markupField != nil else {
            throw GessoError(
                .unsupportedFeature, stage: "markup",
                "The server \(server.name) takes no markup; give a mask, or use another server.",
                facts: ["found": server.name, "what": "markup"])
        }
        guard !markup || profile.supportsMarkup else {
            throw GessoError(
                .unsupportedFeature, stage: "markup",
                "\(options.model.rawValue) takes no markup; give a mask, or use a model that does.",
                facts: ["found": options.model.rawValue, "what": "markup"])
        }
    }

    /// The rectangle around all that may differ from the original; nil when all of it may.
    public var touched: Rect? {
        let boxes = requests.compactMap(\.touched)
        guard let first = boxes.first, boxes.count == requests.count else { return nil }
        return boxes.dropFirst().reduce(first) { $0.union($1) }
    }

    /// Whether the original is decoded again to put the results over it.
    var composites: Bool { options.composites && requests[0].area != nil }
}

extension EditPlan {
    /// The request without images and size.
    package static func draft(prompt: String, _ options: EditOptions) -> EditRequest {
        var request = EditRequest(images: [], prompt: prompt, model: options.model)
        request.quality = options.quality
        request.background = options.background
        request.outputFormat = options.outputFormat
        request.n = options.n
        return request
    }

    var draft: EditRequest { EditPlan.draft(prompt: prompt, options) }
}
