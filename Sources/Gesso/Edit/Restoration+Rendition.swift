import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Restoration {
    /// Makes one output; for ``Rendition/original`` of a JPEG by replacing blocks of `photo`.
    public func render(
        _ rendition: Rendition, photo: Data, preparation: Preparation
    ) throws(GessoError) -> EditResult.Output {
        guard rendition.isOriginalFile, preparation.header.format == .jpeg else {
            return try EditResult.Output(rendition: rendition, image: plain(rendition, preparation))
        }
        switch try JPEGRepair.of(self, preparation) {
        case .success(let repair):
            return EditResult.Output(rendition: rendition, image: try repair.file(from: photo))
        case .failure(let reason):
            return try EditResult.Output(
                rendition: rendition, image: plain(rendition, preparation),
                note: "encoded anew as JPEG: \(reason.text)")
        }
    }

    /// The finished image encoded as a whole.
    private func plain(_ rendition: Rendition, _ preparation: Preparation) throws(GessoError) -> EncodedImage {
        var rendition = rendition
        rendition.encoding = rendition.encoding ?? rendition.plainEncoding(for: preparation.header)
        return try rendition.render(frame)
    }
}

extension Rendition {
    /// Whether this is the whole image in the format it came in.
    var isOriginalFile: Bool { encoding == nil && bounds == nil }

    /// How the whole image is encoded where the encoding is the original's and its file is not patched.
    func plainEncoding(for header: ImageHeader) -> ImageEncoding {
        switch header.format {
        case .webp: .webpLossless
        case .jpeg: .jpeg(quality: 95)
        default: .png
        }
    }
}

/// The edited parts of an image, ready to be put into the file that it came in.
///
/// Holds no more than these parts: a large JPEG needs as much memory for its coefficients as for its pixels, and need
/// not have both at a time.
struct JPEGRepair {
    /// Why a file must be encoded anew.
    struct Refusal: Error {
        let text: String
    }

    private let parts: [(pixels: Bitmap, area: BoundedMask)]
    private let limits: DecodeLimits

    /// The parts of a finished image, or why its file's blocks cannot be replaced.
    static func of(
        _ restoration: Restoration, _ preparation: Preparation
    ) throws(GessoError) -> Result<JPEGRepair, Refusal> {
        func refused(_ text: String) -> Result<JPEGRepair, Refusal> { .failure(Refusal(text: text)) }
        let header = preparation.header
        if let refusal = JPEGPatch.refusal(for: header) { return refused(refusal.message) }
        guard !restoration.touched.isEmpty else { return refused("the edit was not composited over the original") }
        guard preparation.options.outpaint.isZero else { return refused("the image was extended") }
        guard header.colorModel != .gray else { return refused("a gray original was edited in color") }
        var parts: [(pixels: Bitmap, area: BoundedMask)] = []
        for area in restoration.touched {
            parts.append((pixels: try restoration.frame.bitmap.cropped(to: area.rect), area: area))
        }
        return .success(JPEGRepair(parts: parts, limits: preparation.options.limits))
    }

    /// The original file with its touched blocks replaced, one region after the other.
    func file(from photo: Data) throws(GessoError) -> EncodedImage {
        var image: EncodedImage?
        for (pixels, area) in parts {
            image = try JPEGPatch.replacing(
                in: image?.data ?? photo, with: pixels, touched: area.mask, window: area.rect, limits: limits)
        }
        guard let image else {
            throw GessoError(.invalidParameter, stage: "patch", "There is no edited part to put into the JPEG.")
        }
        return image
    }
}
