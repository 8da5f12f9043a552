public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a whole edit will do, known from the headers and the mask alone: what is cut, scaled, padded, encoded, sent,
/// asked for, and what comes back where. Prints as text, encodes as JSON.
public struct EditPlan: Sendable, Codable {
    /// One request: a part of the image on its way to the model.
    public struct Request: Sendable, Codable {
        /// The part of the upright (outpainted) image that is sent; nil is all of it.
        public let window: Rect?
        /// The stages of the preparation.
        public let stages: Plan
        /// The size that the model is asked for.
        public let canvas: Size
        /// The rectangle of the result that may differ from the original: mask and feather; nil when all of it may.
        public let touched: Rect?
        /// The form fields that carry images, in order, each with how it is encoded.
        public let parts: [String]
        /// What it is likely to cost, as far as that is published.
        public let estimate: CostEstimate
    }

    /// The image as stored.
    public let header: ImageHeader
    /// One, unless regions are sent apart.
    public let requests: [Request]
    /// Why separate parts of the mask go as they go; nil for a mask in one piece.
    public let regions: String?
    /// The size of the finished image.
    public let result: Size
    /// What comes back: each rendition and where it gets its pixels from.
    public let renditions: [String]
    /// Bytes of pixels at a time, at most: while preparing, and while finishing one image.
    public let preparingBytes: Int
    public let finishingBytes: Int
    public let model: Model
    /// What all requests together are likely to cost.
    public let estimate: CostEstimate
    /// What the model is known to refuse, and what may surprise.
    public let issues: [String]

    /// Throws what the edit itself would refuse before the network.
    public init(_ job: EditJob, photo: Data, references: Int = 0) throws(GessoError) {
        let header = try ImageHeader(probing: photo, limits: job.options.limits)
        self.header = header
        let layout = try EditLayout(
            header: header, mask: job.mask, markup: job.markup, references: references, options: job.options)
        let (options, plans) = (layout.options, try layout.plans())
        let draft = EditPlan.request(job)
        requests = zip(layout.regions, plans).map { region, plan in
            var request = draft
            request.size = ImageSize(rawValue: "\(plan.output.size)")
            return Request(
                window: region.window, stages: plan, canvas: plan.output.size,
                touched: options.composites ? region.area?.reach(options.feather) : nil,
                parts: EditPlan.parts(layout, region, references: references), estimate: request.estimate())
        }
        regions = layout.reason
        result = layout.result
        renditions = job.renditions.map { $0.summary(for: header, result: layout.result) }
        preparingBytes = try Preparation.preparingBytes(
            photo: photo, mask: job.mask, markup: job.markup, options: job.options)
        finishingBytes = Preparation.finishingBytes(
            header: header, imageSize: layout.result, edited: layout.regions.compactMap(\.area?.rect.size),
            canvases: plans.map(\.output.size), options: options, renditions: job.renditions)
        model = options.model
        estimate = CostEstimate.sum(requests.map(\.estimate)) ?? draft.estimate()

        // The images are not made yet: what is said about their absence does not count. What is to be known of the
        // model is among the warnings.
        let known = requests.flatMap { sent in
            var request = draft
            request.size = ImageSize(rawValue: "\(sent.canvas)")
            let issues = request.validate().filter { issue in
                !issue.field.hasPrefix("image") && !(issue.field == "model" && issue.severity == .warning)
            }
            return issues.map(\.description)
        }
        let warnings = zip(layout.regions, plans).flatMap { layout.warnings(for: $0, placement: $1.output.placement) }
        issues = (known + warnings).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The request without images and size.
    private static func request(_ job: EditJob) -> EditRequest {
        var request = EditRequest(images: [], prompt: job.prompt, model: job.options.model)
        request.quality = job.options.quality
        request.background = job.options.background
        request.outputFormat = job.options.outputFormat
        request.n = job.options.n
        return request
    }

    private static func parts(_ layout: EditLayout, _ region: EditLayout.Region, references: Int) -> [String] {
        let upload = UploadRules(layout.profile, layout.options)
        var parts = [(references == 0 ? "image: " : "image[]: ") + upload.summary]
        if references > 0 { parts.append("image[]: \(references) for reference, \(upload.summary)") }
        if layout.markup != nil {
            parts.append("markup: png with alpha")
        } else if region.area != nil {
            parts.append("mask: png, alpha 0 is edit, below \(layout.profile.maxMaskBytes) bytes")
        }
        return parts
    }

    /// The rectangle around all that may differ from the original; nil when all of it may.
    public var touched: Rect? {
        let boxes = requests.compactMap(\.touched)
        guard let first = boxes.first, boxes.count == requests.count else { return nil }
        return boxes.dropFirst().reduce(first) { $0.union($1) }
    }
}
