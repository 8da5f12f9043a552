import GessoCodecs
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What an edit sends, known from the photograph's header and the mask alone: which parts of the image, in how
/// many requests.
struct EditLayout: Sendable {
    /// What one request edits and shows.
    struct Region: Sendable {
        /// Nil when the whole image is edited.
        let area: BoundedMask?
        /// Nil when the whole image is sent.
        let window: Rect?
    }

    let profile: ModelProfile
    let header: ImageHeader
    /// With pixels to add instead of a shape to reach.
    let options: EditOptions
    /// At least one.
    let regions: [Region]
    /// Why separate parts of a mask go as they go; nil for a mask in one piece.
    let reason: String?
    /// The markup as large as the part of the image that is sent.
    let markup: Bitmap?

    /// Throws what the model is known to refuse, and what is wrong with mask and markup.
    init(
        header: ImageHeader, mask source: MaskSource?, markup: Data? = nil, references: Int = 0, options: EditOptions
    ) throws(GessoError) {
        let profile = try ModelProfile.known(or: options.model)
        try EditLayout.check(images: 1 + references, markup: markup != nil, profile, options)
        let upright = header.uprightSize
        let options = options.resolved(for: upright)
        self.profile = profile
        self.header = header
        self.options = options
        let drawing = try markup.map { (data) throws(GessoError) in
            try Markup(data, for: upright, limits: options.limits).bitmap
        }
        guard let area = try EditLayout.area(for: upright, source, options) else {
            regions = [Region(area: nil, window: nil)]
            reason = nil
            self.markup = drawing
            return
        }
        // Without the original around it, a window's answer would be an image with holes.
        let wanted = options.composites ? options.window : nil
        func window(around box: Rect) throws(GessoError) -> Rect? {
            try wanted?.rect(around: box, in: area.imageSize, sizes: profile.sizes, longEdge: options.longEdge)
        }
        if let drawing {
            // Drawn for the whole image, so it is shown whole.
            let border = options.outpaint
            let padded = try drawing.padded(
                left: border.left, top: border.top, right: border.right, bottom: border.bottom, fill: .color(.clear),
                alpha: 0)
            let drawn = try Mask(alphaOf: padded).inverted().boundingBox ?? area.rect
            let window = try window(around: area.rect.union(drawn))
            regions = [Region(area: area, window: window)]
            reason = nil
            self.markup = try window.map { (window) throws(GessoError) in try padded.cropped(to: window) } ?? padded
            return
        }
        let choice = try RegionPlanner(imageSize: area.imageSize, profile: profile, options: options).boxes(of: area)
        var regions: [Region] = []
        for box in choice.boxes {
            let part = choice.boxes.count == 1 ? area : try area.cut(to: box)
            regions.append(Region(area: part, window: try window(around: part.rect)))
        }
        self.regions = regions
        reason = choice.reason
        self.markup = nil
    }

    private static func check(
        images: Int, markup: Bool, _ profile: ModelProfile, _ options: EditOptions
    ) throws(GessoError) {
        guard images <= profile.maxImages else {
            throw GessoError(
                .tooManyImages, stage: "prepare",
                "\(images) images were given and \(options.model.rawValue) accepts \(profile.maxImages); leave some out.",
                facts: ["found": "\(images)", "allowed": "\(profile.maxImages)"])
        }
        guard !markup || profile.supportsMarkup else {
            throw GessoError(
                .unsupportedFeature, stage: "markup",
                "\(options.model.rawValue) takes no markup; give a mask, or use a model that does.",
                facts: ["found": options.model.rawValue, "what": "markup"])
        }
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
        // What cannot be is refused before it is allocated.
        _ = try Outpaint(outpaint).plan(Frame.Shape(size: upright, format: .gray8))
        return try BoundedMask(
            mask.padded(
                left: outpaint.left, top: outpaint.top, right: outpaint.right, bottom: outpaint.bottom, coverage: 255))
    }
}

extension EditLayout {
    /// The stages from the decoded photograph to the model's canvas.
    func pipeline(for region: Region) -> Pipeline {
        EditLayout.pipeline(window: region.window, header: header, options: options)
    }

    static func pipeline(window: Rect?, header: ImageHeader, options: EditOptions) -> Pipeline {
        Pipeline {
            if let window, options.outpaint.isZero {
                // Cut before it is turned: a large photograph is never held twice.
                Crop(header.orientation.stored(window, upright: header.uprightSize))
                Orient()
            } else {
                Orient()
                if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
                if let window { Crop(window) }
            }
            ConvertToSRGB()
            FitToModel(
                options.model, padding: options.padding, longEdge: options.longEdge, enlarges: options.enlarges)
        }
    }

    /// The stages in advance, one plan a request.
    func plans() throws(GessoError) -> [Plan] {
        var plans: [Plan] = []
        for region in regions { plans.append(try pipeline(for: region).explain(Frame.Shape(header))) }
        return plans
    }

    /// The size of the finished image.
    var result: Size {
        let border = options.outpaint
        let upright = header.uprightSize
        return Size(
            width: upright.width + border.left + border.right, height: upright.height + border.top + border.bottom)
    }
}
