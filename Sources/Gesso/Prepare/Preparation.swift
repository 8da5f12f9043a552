public import GessoCodecs
public import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Everything one request of an edit uploads, and what is needed to bring the result home.
///
/// Made without any network: `gesso prepare` writes exactly these parts to files.
public struct Preparation: Sendable {
    /// The parts in the order of the request: images first, then mask or markup.
    public let parts: [UploadPart]
    /// From the first image to the canvas that was sent.
    public let placement: Placement
    /// What will be edited, in upright pixels of the (outpainted) original; nil when no mask was given.
    let area: BoundedMask?
    /// The part of the original that was sent; nil is all of it.
    public let window: Rect?
    /// The plan that was carried out on the first image.
    public let plan: Plan
    /// What was changed on the way, one sentence each.
    public let changes: [String]
    /// What may surprise, one sentence each: an unknown or ending model, a large reduction.
    public let warnings: [String]
    public let options: EditOptions
    /// The first image's header, as stored.
    public let header: ImageHeader

    /// The canvas that was sent: the size to ask the model for.
    public var canvas: Size { placement.canvas }

    /// The pixels of the (outpainted) upright original that may differ once the edit is in place; nil when all may.
    public var touched: Rect? {
        guard let area, options.composites else { return nil }
        return area.reach(options.feather)
    }

    /// Prepares an image, what to edit in it, and up to 15 further images for reference, as one request.
    ///
    /// Synchronous and CPU-bound: call it off Swift's cooperative threads, as ``Editor`` does. Throws a typed error
    /// for whatever the model would refuse, before anything is sent.
    public init(
        photo: Data, references: [Data] = [], mask source: MaskSource? = nil, markup: Data? = nil,
        options: EditOptions = EditOptions()
    ) throws(GessoError) {
        var options = options
        options.regions = .together
        // One layout with one region makes one preparation.
        self = try Preparation.requests(
            photo: photo, references: references, mask: source, markup: markup, options: options)[0]
    }

    /// Prepares what an edit sends: one preparation for each request, at least one.
    ///
    /// Separate parts of the mask go together or apart as ``EditOptions/regions`` says; the image is decoded and
    /// the references are encoded once. Throws as ``init(photo:references:mask:markup:options:)``.
    public static func requests(
        photo: Data, references: [Data] = [], mask source: MaskSource? = nil, markup: Data? = nil,
        options: EditOptions = EditOptions()
    ) throws(GessoError) -> [Preparation] {
        let header = try ImageHeader(probing: photo, limits: options.limits)
        // Selection and markup are checked before pixels are decoded: a wrong mask must cost nothing.
        let layout = try EditLayout(
            header: header, mask: source, markup: markup, references: references.count, options: options)
        let plans = try layout.plans()
        let upload = UploadRules(layout.profile, options)
        let hint = layout.regions.count == 1 ? layout.sizeHint(plans[0]) : nil
        let decoded = Frame(
            try ImageDecoder.decode(photo, options: ImageDecoder.Options(limits: options.limits, targetSize: hint)))

        var preparations: [Preparation] = []
        var others: [UploadPart] = []
        for (region, plan) in zip(layout.regions, plans) {
            let frame = try layout.pipeline(for: region).run(decoded)
            if preparations.isEmpty { others = try Preparation.references(references, upload, layout.options) }
            preparations.append(try Preparation(frame, region, plan, layout, others, upload))
        }
        return preparations
    }

    private init(
        _ frame: Frame, _ region: EditLayout.Region, _ plan: Plan, _ layout: EditLayout, _ references: [UploadPart],
        _ upload: UploadRules
    ) throws(GessoError) {
        let options = layout.options
        let image = try upload.image(
            frame.bitmap, name: references.isEmpty ? "image" : "image[]", stem: "image-0")
        var parts = [image] + references
        var changes =
            Preparation.changes(header: layout.header, frame: frame, window: region.window, options: options)
            + parts.map(\.summary)
        if let markup = layout.markup {
            parts.append(try upload.markup(markup, options))
        } else if let area = region.area {
            let (mask, change) = try upload.mask(area.onCanvas(frame.placement))
            parts.append(mask)
            if let change { changes.append(change) }
        }
        self.parts = parts
        self.placement = frame.placement
        self.area = region.area
        self.window = region.window
        self.plan = plan
        self.options = options
        self.header = layout.header
        self.changes = changes + [layout.reason].compactMap { $0 }
        self.warnings = layout.warnings(for: region, placement: frame.placement)
    }

    /// The mask on the whole upright original, as large as that; nil when no mask was given.
    public func mask() throws(GessoError) -> Mask? {
        guard let area else { return nil }
        return try area.whole()
    }

    /// What is done to a reference before it is encoded.
    static func referencePipeline(_ options: EditOptions) -> Pipeline {
        Pipeline {
            Orient()
            ConvertToSRGB()
            if let edge = options.longEdge { Resize(Size(width: edge, height: edge), enlarges: false) }
        }
    }

    private static func references(
        _ files: [Data], _ upload: UploadRules, _ options: EditOptions
    ) throws(GessoError) -> [UploadPart] {
        var parts: [UploadPart] = []
        for (index, file) in files.enumerated() {
            do throws(GessoError) {
                let frame = try Frame(decoding: file, options: ImageDecoder.Options(limits: options.limits))
                let bitmap = try referencePipeline(options).run(frame).bitmap
                parts.append(try upload.image(bitmap, name: "image[]", stem: "image-\(index + 1)"))
            } catch {
                throw error.adding(fact: "image", "\(index + 1)")
            }
        }
        return parts
    }
}

extension EditLayout {
    /// How large the stored image must be decoded to fill the canvas: JPEGs are decoded smaller at once.
    fileprivate func sizeHint(_ plan: Plan) -> Size? {
        guard regions[0].window == nil, options.outpaint.isZero, header.format == .jpeg else { return nil }
        let content = plan.output.placement.content.size
        guard content.width <= header.uprightSize.width, content != header.uprightSize else { return nil }
        return header.orientation.swapsSides ? content.transposed : content
    }
}
