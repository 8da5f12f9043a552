import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why an edited JPEG is encoded again instead of having its blocks replaced.
enum JPEGObstacle: Sendable, Hashable {
    /// Block replacement does not support such a file, for this reason.
    case unsupported(String)
    case notComposited
    case outpainted
    case grayOriginal
}

extension JPEGObstacle: CustomStringConvertible {
    var description: String {
        switch self {
        case .unsupported(let reason): reason
        case .notComposited: "the edit was not composited over the original"
        case .outpainted: "the image was extended"
        case .grayOriginal: "a gray original was edited in color"
        }
    }
}

extension EditPlan {
    /// Why an original JPEG cannot keep the blocks that the edit does not touch; nil when it can.
    var jpegObstacle: JPEGObstacle? {
        if let error = JPEGPatch.refusal(for: header) { return .unsupported(error.message) }
        guard composites else { return .notComposited }
        guard options.outpaint.isZero else { return .outpainted }
        return header.colorModel == .gray ? .grayOriginal : nil
    }

    /// Whether that rendition is the original's file with blocks replaced.
    func replacesBlocks(for rendition: Rendition) -> Bool {
        rendition.isOriginalFile && header.format == .jpeg && jpegObstacle == nil
    }

    /// Whether any rendition is.
    var replacesBlocks: Bool { renditions.contains(where: replacesBlocks) }
}

/// The edited parts of an image, ready to be put into the JPEG file of the original.
///
/// Holds no more than these parts: a large JPEG needs as much memory for its coefficients as for its pixels, and both need
/// not be there at a time.
struct JPEGRepair {
    private let parts: [(image: Bitmap, area: BoundedMask)]
    private let limits: ImageDecoder.Limits
    private let level: ImageDecoder.Options.Level

    init(of edit: consuming FinishedEdit, _ options: EditOptions) throws(GessoError) {
        var parts: [(image: Bitmap, area: BoundedMask)] = []
        for area in edit.touched { parts.append((image: try edit.frame.bitmap.cropped(to: area.rect), area: area)) }
        self.parts = parts
        limits = options.limits
        level = options.decoding
    }

    /// The original file with its touched blocks replaced, one region after the other, and with the given metadata.
    func file(
        from photo: Data, _ metadata: ImageMetadata, of header: ImageHeader
    ) throws(GessoError) -> EncodedImage {
        var image: EncodedImage?
        for (part, area) in parts {
            image = try JPEGPatch.replacing(
                in: image?.data ?? photo, with: part, touched: area.mask, window: area.rect, limits: limits,
                level: level)
        }
        guard let image else {
            throw GessoError(.invalidParameter, stage: "patch", "There is no edited part to put into the JPEG.")
        }
        return try JPEGPatch.writing(metadata, into: image, of: header)
    }
}
