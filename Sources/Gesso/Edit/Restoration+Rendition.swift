import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Restoration {
    /// Makes one output; for ``Rendition/sameFormat`` of a JPEG by replacing blocks of `photo`.
    public func render(
        _ rendition: Rendition, photo: Data, preparation: Preparation
    ) throws(GessoError) -> EditResult.Output {
        guard rendition.encoding == nil else {
            return EditResult.Output(rendition: rendition, image: try rendition.render(frame))
        }
        var finished = rendition
        switch preparation.header.format {
        case .webp: finished.encoding = .webpLossless
        case .jpeg:
            let (patched, reason) = try patchedJPEG(photo, preparation)
            if let patched { return EditResult.Output(rendition: rendition, image: patched) }
            finished.encoding = .jpeg(quality: 95)
            return EditResult.Output(
                rendition: rendition, image: try finished.render(frame), note: "encoded anew as JPEG: \(reason)")
        default: finished.encoding = .png
        }
        return EditResult.Output(rendition: rendition, image: try finished.render(frame))
    }

    /// The original file with its touched blocks replaced, or why that cannot be.
    private func patchedJPEG(
        _ photo: Data, _ preparation: Preparation
    ) throws(GessoError) -> (image: EncodedImage?, reason: String) {
        let header = preparation.header
        if let refusal = JPEGPatch.refusal(for: header) { return (nil, refusal.message) }
        guard !touched.isEmpty else { return (nil, "the edit was not composited over the original") }
        guard preparation.options.outpaint.isZero else { return (nil, "the picture was extended") }
        guard header.colorModel != .gray else { return (nil, "a grey original was edited in colour") }
        var file = photo
        var patched: EncodedImage?
        for area in touched {
            let image = try JPEGPatch.replacing(
                in: file, with: frame.bitmap.cropped(to: area.rect), touched: area.mask, window: area.rect,
                limits: preparation.options.limits)
            (file, patched) = (image.data, image)
        }
        return (patched, "")
    }
}
