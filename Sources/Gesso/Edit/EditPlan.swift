public import GessoCodecs
public import GessoPixels
public import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a whole edit will do, known from the header alone: what is cut, scaled, padded, sent, asked for, and what comes
/// back where. Prints as text, encodes as JSON.
public struct EditPlan: Sendable, Codable {
    /// The picture as stored.
    public let header: ImageHeader
    /// The part of the upright picture that is sent; nil is all of it.
    public let window: Rect?
    /// The stages of the preparation.
    public let stages: Plan
    /// The size that the model is asked for.
    public let canvas: Size
    /// The size of the finished picture.
    public let result: Size
    /// The rectangle that may differ from the original: mask and feather; nil when all of it may.
    public let touched: Rect?
    /// Bytes of pixels at a time, at most: while preparing, and while finishing one picture.
    public let preparingBytes: Int
    public let finishingBytes: Int
    public let model: Model
    /// What it is likely to cost, as far as that is published.
    public let estimate: CostEstimate
    /// What the model is known to refuse, and what may surprise.
    public let issues: [String]

    /// Throws what the edit itself would refuse before the network.
    public init(_ job: EditJob, photo: Data, references: Int = 0) throws(GessoError) {
        let options = job.options
        let profile = try ModelProfile.known(or: options.model)
        try Preparation.check(imageCount: 1 + references, profile, options)
        header = try ImageHeader(probing: photo, limits: options.limits)
        let area = try Preparation.area(for: header.uprightSize, job.mask, options)
        window = try Preparation.window(around: area, options)
        stages = try Preparation.pipeline(window: window, options: options).explain(FrameShape(header))
        canvas = stages.output.size
        result = area?.picture ?? header.uprightSize
        touched = try area?.feathered(options.feather).rect
        preparingBytes = stages.peakBytes
        finishingBytes = Preparation.finishingBytes(
            header: header, picture: result, edited: area?.rect.size, canvas: canvas, options: options)
        model = options.model

        var request = EditRequest(images: [], prompt: job.prompt, model: options.model)
        request.size = ImageSize(rawValue: "\(canvas)")
        request.quality = options.quality
        request.background = options.background
        request.outputFormat = options.outputFormat
        request.n = options.n
        estimate = request.estimate()
        // The pictures are not made yet: what is said about their absence does not count.
        let known = request.validate().filter { !$0.field.hasPrefix("image") }.map(\.description)
        issues = known + Preparation.warnings(header: header, placement: stages.output.placement, options: options)
    }
}

extension EditPlan: CustomStringConvertible {
    public var description: String {
        var lines = ["\(stages)"]
        if let window { lines.append("window: only \(window) of \(result) is sent") }
        lines.append("request: \(model.rawValue), size \(canvas)")
        if let tokens = estimate.outputTokens {
            lines.append("output: \(tokens.lowerBound) to \(tokens.upperBound) image tokens")
        }
        if let dollars = estimate.dollars {
            lines.append(
                "cost: \(EditPlan.cents(dollars.lowerBound)) to \(EditPlan.cents(dollars.upperBound)) US cents")
        } else {
            lines.append("cost: unknown")
        }
        lines += estimate.notes.map { "- \($0)" }
        let area = touched.map { "only \($0) may differ from the original" } ?? "all of it may differ from the original"
        lines.append("result: \(result); \(area)")
        lines.append(
            "memory: \(Plan.mebibytes(preparingBytes)) to prepare, \(Plan.mebibytes(finishingBytes)) to finish")
        lines += issues.map { "! \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func cents(_ dollars: Double) -> String { "\((dollars * 10_000).rounded() / 100)" }
}
