import GessoCodecs
import GessoPixels
package import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Which parts of an image an edit sends, known from its size and the mask: one region for each request.
struct RegionChoice {
    /// What one request edits and shows.
    struct Region {
        /// Nil when the whole image is edited.
        let area: BoundedMask?
        /// Nil when the whole image is sent.
        let window: Rect?
    }

    /// At least one.
    let regions: [Region]
    /// How separate parts of the mask are sent; nil for a mask in one piece.
    let reason: EditPlan.Regions?
    /// The markup, as large as the part of the image that is sent.
    let markup: Bitmap?

    /// Whether separate parts of the mask are sent in one request.
    var sharesWindow: Bool { reason != nil && regions.count == 1 }

    /// Throws what is wrong with mask and markup. `options` are resolved for the image's `upright` size.
    init(_ job: Editor.Job, upright: Size, profile: ModelProfile, options: EditOptions) throws(GessoError) {
        let drawing = try job.markup.map { (data) throws(GessoError) in
            try Markup(data, for: upright, limits: options.limits).bitmap
        }
        guard let area = try RegionChoice.area(for: upright, job.mask, options) else {
            regions = [Region(area: nil, window: nil)]
            reason = nil
            markup = drawing
            return
        }
        // Without the original around it, the result for a window would be an image with holes.
        let wanted = options.composites ? options.window : nil
        func window(around box: Rect) throws(GessoError) -> Rect? {
            try wanted?.rect(around: box, in: area.imageSize, sizes: profile.sizes, longEdge: options.longEdge)
        }
        if let drawing {
            // A markup belongs to the whole image, so it is sent in one piece.
            let border = options.outpaint
            let padded = try drawing.padded(
                left: border.left, top: border.top, right: border.right, bottom: border.bottom, fill: .color(.clear),
                alpha: 0)
            let drawn = try Mask(alphaOf: padded).inverted().boundingBox ?? area.rect
            let window = try window(around: area.rect.union(drawn))
            regions = [Region(area: area, window: window)]
            reason = nil
            markup = try window.map { (window) throws(GessoError) in try padded.cropped(to: window) } ?? padded
            return
        }
        let choice = try RegionPlanner(imageSize: area.imageSize, profile: profile, options: options).boxes(of: area)
        var regions: [Region] = []
        for box in choice.boxes {
            let part = choice.boxes.count == 1 ? area : try area.cropped(to: box)
            regions.append(Region(area: part, window: try window(around: part.rect)))
        }
        self.regions = regions
        reason = choice.reason
        markup = nil
    }

    /// What may be edited, in pixels of the upright original with its outpainted border.
    private static func area(
        for upright: Size, _ source: MaskSource?, _ options: EditOptions
    ) throws(GessoError) -> BoundedMask? {
        let outpaint = options.outpaint
        if source == nil && outpaint.isZero { return nil }
        let mask: Mask =
            if let source { try source.mask(for: upright, limits: options.limits) } else {
                try Mask(size: upright, filledWith: 0)
            }
        guard !outpaint.isZero else { return try BoundedMask(mask) }
        // An impossible size is refused before it is allocated.
        _ = try Outpaint(outpaint).plan(Frame.Shape(size: upright, format: .gray8))
        return try BoundedMask(
            mask.padded(
                left: outpaint.left, top: outpaint.top, right: outpaint.right, bottom: outpaint.bottom, coverage: 255))
    }
}

extension EditPlan {
    /// How the separate parts of a mask are sent, and what the alternatives would have cost.
    package struct Regions: Sendable, Hashable {
        /// Costs of the image tokens of all requests, or of their canvases in pixels where token counts are not published.
        package struct Costs: Sendable, Hashable {
            /// Of the way that was chosen.
            package let chosen: Int
            /// Of one request for each part.
            package let apart: Int
            /// Of one request for all parts.
            package let together: Int
            /// The quality whose image tokens are counted; nil where pixels are.
            package let quality: GenerationRequest.Level?
        }

        /// Separate parts of the mask.
        package let partCount: Int
        /// How many requests they are sent in.
        package let requestCount: Int
        /// What decided; nil when the options did.
        package let costs: Costs?
    }
}

extension EditPlan.Regions: CustomStringConvertible {
    package var description: String {
        let requests = requestCount == 1 ? "one request" : "\(requestCount) requests"
        return "the mask has \(partCount) separate parts, sent in \(requests)" + (costs.map { ": \($0)" } ?? "")
    }
}

extension EditPlan.Regions.Costs: CustomStringConvertible {
    package var description: String {
        let unit = quality.map { "image tokens at \($0.rawValue)" } ?? "megapixels of canvas"
        return "\(text(chosen)) \(unit) (all apart \(text(apart)), all together \(text(together)))"
    }

    private func text(_ cost: Int) -> String {
        quality != nil ? "\(cost)" : "\((Double(cost) / 10_000).rounded() / 100)"
    }
}
