public import GessoCodecs
public import GessoPixels

extension EditPlan {
    /// Something that was done to an image so that the model accepts it.
    public enum Change: Sendable, Hashable {
        /// Oriented upright, as its EXIF orientation says; it has `size` now.
        case oriented(Orientation, size: Size)
        /// Converted to RGB from CMYK.
        case convertedFromCMYK
        /// Converted to sRGB from a profile of this name, if it has one.
        case convertedToSRGB(from: String?)
        /// Reduced to 8 bits a channel from so many.
        case reducedDepth(from: Int)
        /// Only the first of so many frames is sent.
        case firstFrame(of: Int)
        /// Metadata of these kinds was removed.
        case metadataRemoved(ImageMetadata.Kinds)
        /// Extended by a border of these sides, in pixels.
        case outpainted(Pad.Insets)
        /// Only this part of the upright image is sent.
        case cropped(to: Rect)
        /// Scaled by a factor to a size.
        case scaled(Double, to: Size)
        /// Padded to a canvas, with this fill.
        case padded(canvas: Size, Bitmap.PadFill)
        /// A file of the request was encoded.
        case encoded(filename: String, ImageEncoding, byteCount: Int)
        /// The mask selected no pixel fully, so its coverage was raised to 255.
        case maskRaised
        /// The mask had too many levels for the model's byte limit, so it was reduced to two.
        case maskBinarized(limit: Int, model: String)
        /// Separate parts of the mask were sent in this way.
        case regions(parts: Int, requests: Int)
    }
}

extension EditPlan.Change {
    /// What the stages of a plan did to the image: `placement` says where on the canvas it lies.
    static func made(by plan: EditPlan, _ request: EditPlan.Request, placement: Placement) -> [Self] {
        let header = plan.header
        var changes: [Self] = []
        if header.orientation != .up { changes.append(.oriented(header.orientation, size: header.uprightSize)) }
        if header.colorModel == .cmyk { changes.append(.convertedFromCMYK) }
        if !header.isSRGB { changes.append(.convertedToSRGB(from: header.profileDescription)) }
        if header.bitsPerChannel > 8 { changes.append(.reducedDepth(from: header.bitsPerChannel)) }
        if header.frameCount > 1 { changes.append(.firstFrame(of: header.frameCount)) }
        if !header.metadata.names.isEmpty { changes.append(.metadataRemoved(header.metadata)) }
        if !plan.options.outpaint.isZero { changes.append(.outpainted(plan.options.outpaint)) }
        if let window = request.window { changes.append(.cropped(to: window)) }
        let content = placement.content
        if abs(placement.scaleX - 1) > 1e-9 { changes.append(.scaled(placement.scaleX, to: content.size)) }
        if content.size != placement.canvas { changes.append(.padded(canvas: placement.canvas, plan.options.padding)) }
        return changes
    }
}

extension EditPlan.Change: CustomStringConvertible {
    public var description: String {
        switch self {
        case .oriented(let orientation, let size):
            "oriented upright (EXIF orientation \(orientation.rawValue)): now \(size)"
        case .convertedFromCMYK: "converted from CMYK to sRGB"
        case .convertedToSRGB(let profile): "converted from \(profile ?? "its own profile") to sRGB"
        case .reducedDepth(let bits): "reduced from \(bits) to 8 bits a channel"
        case .firstFrame(let count): "first of \(count) frames taken"
        case .metadataRemoved(let kinds): "metadata left out: \(kinds.names.joined(separator: ", "))"
        case .outpainted(let insets): "padded by \(insets) for outpainting"
        case .cropped(let window): "only the window \(window) around the edit is sent"
        case .scaled(let scale, let size): "scaled by \(Double(Int(scale * 10_000)) / 10_000) to \(size)"
        case .padded(let canvas, let fill): "placed on a canvas of \(canvas), \(fill) around it"
        case .encoded(let filename, let encoding, let byteCount):
            "\(filename) encoded as \(encoding.isLossless ? "lossless " : "")\(encoding.format.rawValue)"
                + (encoding.quality.map { " of quality \($0), since no lossless form fits" } ?? "")
                + ", \(byteCount) bytes"
        case .maskRaised: "mask raised to full coverage: it selected no pixel wholly"
        case .maskBinarized(_, let model):
            "mask reduced to two levels: its shades take more bytes than \(model) accepts"
        case .regions(let parts, let requests):
            "\(EditPlan.Regions(partCount: parts, requestCount: requests, costs: nil))"
        }
    }
}
