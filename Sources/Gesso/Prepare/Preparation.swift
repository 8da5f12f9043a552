public import GessoCodecs
public import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Everything an edit uploads, and what is needed to bring the result home.
///
/// Made without any network: `gesso prepare` writes exactly these parts to files.
public struct Preparation: Sendable {
    /// The parts in the order of the request: images first, then the mask.
    public let parts: [UploadPart]
    /// From the first picture to the canvas that was sent.
    public let placement: Placement
    /// What will be edited, in upright pixels of the (outpainted) original; nil when no mask was given.
    let area: EditArea?
    /// The part of the original that was sent; nil is all of it.
    public let window: Rect?
    /// The plan that was carried out on the first picture.
    public let plan: Plan
    /// What was changed on the way, one sentence each.
    public let changes: [String]
    /// What may surprise, one sentence each: an unknown or ending model, a large reduction.
    public let warnings: [String]
    public let options: EditOptions
    /// The first picture's header, as stored.
    public let header: ImageHeader

    /// The canvas that was sent: the size to ask the model for.
    public var canvas: Size { placement.canvas }

    /// Prepares a picture, what to edit in it, and up to 15 further pictures for reference.
    ///
    /// Synchronous and CPU-bound: call it off Swift's cooperative threads, as ``Editor`` does. Throws a typed error
    /// for whatever the model would refuse, before anything is sent.
    public init(
        photo: Data, references: [Data] = [], selection: Selection? = nil, options: EditOptions = EditOptions()
    ) throws(GessoError) {
        let profile = try ModelProfile.known(or: options.model)
        try Preparation.check(imageCount: 1 + references.count, profile, options)
        let header = try ImageHeader(probing: photo, limits: options.limits)
        // The selection is checked before pixels are decoded: a wrong mask must cost nothing.
        let area = try Preparation.area(for: header.uprightSize, selection, options)
        let window = try Preparation.window(around: area, options)
        let pipeline = Preparation.pipeline(window: window, options: options)
        let plan = try pipeline.explain(FrameShape(header))

        let hint = window == nil && options.outpaint.isZero ? Preparation.sizeHint(plan, header) : nil
        let decoded = try ImageDecoder.decode(photo, options: DecodeOptions(limits: options.limits, targetSize: hint))
        let frame = try pipeline.run(Frame(decoded))

        let names = references.isEmpty ? "image" : "image[]"
        let formats = profile.inputFormats
        var parts = [
            try UploadPart(
                name: names, stem: "image-0", bitmap: frame.bitmap, maximumBytes: profile.maxImageBytes,
                formats: formats)
        ]
        for (index, reference) in references.enumerated() {
            let bitmap: Bitmap
            do throws(GessoError) { bitmap = try Preparation.reference(reference, options) } catch {
                throw error.adding(fact: "image", "\(index + 1)")
            }
            parts.append(
                try UploadPart(
                    name: names, stem: "image-\(index + 1)", bitmap: bitmap, maximumBytes: profile.maxImageBytes,
                    formats: formats))
        }
        if let area {
            // The API reads masks as PNG only (images-api.md 1.5).
            parts.append(
                try UploadPart(
                    name: "mask", stem: "mask", bitmap: area.onCanvas(frame.placement).alphaBitmap(over: nil),
                    maximumBytes: profile.maxMaskBytes, formats: [.png]))
        }

        self.parts = parts
        self.placement = frame.placement
        self.area = area
        self.window = window
        self.plan = plan
        self.options = options
        self.header = header
        self.changes = Preparation.changes(header: header, frame: frame, window: window, options: options)
        self.warnings = Preparation.warnings(header: header, placement: frame.placement, options: options)
    }

    static func check(imageCount: Int, _ profile: ModelProfile, _ options: EditOptions) throws(GessoError) {
        guard imageCount <= profile.maxImages else {
            throw GessoError(
                .tooManyImages, stage: "prepare",
                "\(imageCount) images were given and \(options.model.rawValue) accepts \(profile.maxImages); leave some out.",
                facts: ["found": "\(imageCount)", "allowed": "\(profile.maxImages)"])
        }
    }

    /// The mask on the whole upright original, as large as that; nil when no mask was given.
    public func mask() throws(GessoError) -> Mask? {
        guard let area else { return nil }
        return try area.whole()
    }

    /// The stages from a decoded photograph to the model's canvas.
    static func pipeline(window: Rect?, options: EditOptions) -> Pipeline {
        Pipeline {
            Orient()
            if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
            if let window { Crop(window) }
            ConvertToSRGB()
            FitToModel(options.model, padding: options.padding, longEdge: options.longEdge)
        }
    }

    /// What may be edited, in pixels of the upright original with its outpainted border.
    static func area(
        for upright: Size, _ selection: Selection?, _ options: EditOptions
    ) throws(GessoError) -> EditArea? {
        let outpaint = options.outpaint
        if selection == nil && outpaint.isZero { return nil }
        let mask: Mask =
            if let selection { try selection.mask(for: upright, limits: options.limits) } else {
                try Mask(size: upright, filledWith: 0)
            }
        return try EditArea(
            mask.padded(
                left: outpaint.left, top: outpaint.top, right: outpaint.right, bottom: outpaint.bottom, coverage: 255))
    }

    static func window(around area: EditArea?, _ options: EditOptions) throws(GessoError) -> Rect? {
        guard let area, let window = options.window else { return nil }
        let sizes = try ModelProfile.known(or: options.model).sizes
        return try window.rect(around: area.rect, in: area.picture, sizes: sizes, longEdge: options.longEdge)
    }

    /// How large the stored picture must be decoded to fill the canvas: JPEGs are decoded smaller at once.
    private static func sizeHint(_ plan: Plan, _ header: ImageHeader) -> Size? {
        let content = plan.output.placement.content.size
        return header.format == .jpeg && content != header.uprightSize
            ? (header.orientation.swapsSides ? content.transposed : content) : nil
    }

    private static func reference(_ data: Data, _ options: EditOptions) throws(GessoError) -> Bitmap {
        let frame = try Frame(decoding: data, options: DecodeOptions(limits: options.limits))
        return try Pipeline {
            Orient()
            ConvertToSRGB()
            if let edge = options.longEdge { Resize(Size(width: edge, height: edge), enlarges: false) }
        }.run(frame).bitmap
    }
}
