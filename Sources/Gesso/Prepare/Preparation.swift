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
    public let mask: Mask?
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
        guard 1 + references.count <= profile.maxImages else {
            throw GessoError(
                .tooManyImages, stage: "prepare",
                "\(1 + references.count) images were given and \(options.model.rawValue) accepts \(profile.maxImages); "
                    + "leave some out.",
                facts: ["found": "\(1 + references.count)", "allowed": "\(profile.maxImages)"])
        }
        let header = try ImageHeader(probing: photo, limits: options.limits)
        let pipeline = Preparation.pipeline(selection: selection, options: options)
        let plan = try pipeline.explain(FrameShape(header))
        // The selection is checked before pixels are decoded: a wrong mask must cost nothing.
        let mask = try Preparation.mask(for: header.uprightSize, selection, options)

        let decoded = try ImageDecoder.decode(photo, options: DecodeOptions(limits: options.limits))
        var frame = Frame(decoded)
        frame = try pipeline.run(frame)

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
        if let canvasMask = frame.mask, mask != nil {
            // The API reads masks as PNG only (images-api.md 1.5).
            parts.append(
                try UploadPart(
                    name: "mask", stem: "mask", bitmap: canvasMask.alphaBitmap(over: nil),
                    maximumBytes: profile.maxMaskBytes, formats: [.png]))
        }

        self.parts = parts
        self.placement = frame.placement
        self.mask = mask
        self.plan = plan
        self.options = options
        self.header = header
        self.changes = Preparation.changes(header: header, frame: frame, options: options)
        self.warnings = Preparation.warnings(header: header, placement: frame.placement, options: options)
    }

    /// The stages from a decoded photograph to the model's canvas.
    static func pipeline(selection: Selection?, options: EditOptions) -> Pipeline {
        Pipeline {
            Orient()
            ConvertToSRGB()
            if let selection { SelectArea(selection) }
            if !options.outpaint.isZero { Outpaint(options.outpaint, fill: options.padding) }
            FitToModel(options.model, padding: options.padding, longEdge: options.longEdge)
        }
    }

    /// What may be edited, in pixels of the upright original with its outpainted border.
    private static func mask(
        for upright: Size, _ selection: Selection?, _ options: EditOptions
    ) throws(GessoError) -> Mask? {
        let outpaint = options.outpaint
        if selection == nil && outpaint.isZero { return nil }
        let mask: Mask =
            if let selection { try selection.mask(for: upright) } else { try Mask(size: upright, filledWith: 0) }
        return try mask.padded(
            left: outpaint.left, top: outpaint.top, right: outpaint.right, bottom: outpaint.bottom, coverage: 255)
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
