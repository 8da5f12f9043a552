import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension EditPlan {
    /// The bytes that making the plan takes at most: a mask image or a markup while it is decoded, and what masks are
    /// combined from.
    static func planningBytes(_ header: ImageHeader, _ job: Editor.Job) -> Int {
        let (pixels, limits) = (pixelCount(header), job.options.limits)
        return (job.mask?.scratchBytes(pixels: pixels, limits: limits) ?? 0)
            .saturatingAdding(job.markup.map { overlayBytes($0, pixels: pixels, limits: limits) } ?? 0)
    }

    /// The bytes that preparing the requests takes at most, codecs included: the whole image on its way to the canvas and
    /// the encoding of that, then each reference in turn.
    static func preparingBytes(
        _ header: ImageHeader, _ references: [ImageHeader], _ job: Editor.Job, _ options: EditOptions,
        _ upload: UploadRules, _ requests: [Request]
    ) throws(GessoError) -> Int {
        let shape = Frame.Shape(header)
        let decoding = options.decodeOptions().memory(for: header)
        let whole = try pipeline(window: nil, header: header, options: options).explain(shape)
        // The decoded image stays while the canvas is encoded, with alpha for the mask.
        let encoding = shape.byteCount.saturatingAdding(upload.encodingBytes(whole.output))
        var most = decoding.bytes(before: max(whole.peakBytes, encoding))
        for reference in references {
            let plan = try referencePipeline(options).explain(Frame.Shape(reference))
            let bytes = options.decodeOptions().memory(for: reference)
                .bytes(before: max(plan.peakBytes, upload.encodingBytes(plan.output)))
            most = max(most, decoding.kept.saturatingAdding(whole.output.byteCount).saturatingAdding(bytes))
        }
        // Masks and markup stay beside the image.
        let masks = requests.compactMap(\.area).reduce(0) { $0.saturatingAdding($1.mask.coverage.byteCount) }
        let kept = masks.saturatingAdding(job.markup == nil ? 0 : 8 * pixelCount(header))
        return max(planningBytes(header, job), most.saturatingAdding(kept))
    }

    private static func pixelCount(_ header: ImageHeader) -> Int {
        min(header.size.pixelCount ?? Int.max, Int.max / 64)
    }

    /// A mask image or a markup while it is decoded and oriented, and once more as a mask.
    fileprivate static func overlayBytes(_ file: Data, pixels: Int, limits: ImageDecoder.Limits) -> Int {
        // A file that is no image is refused where it is decoded.
        guard let header = try? ImageHeader(probing: file, limits: limits) else { return 0 }
        let decoding = ImageDecoder.Options(limits: limits).memory(for: header)
        return decoding.bytes(before: decoding.kept.saturatingMultiplied(by: 2)).saturatingAdding(2 * pixels)
    }
}

extension UploadRules {
    /// The bytes that encoding an image of that shape for the upload takes at most, the image included.
    fileprivate func encodingBytes(_ shape: Frame.Shape) -> Int {
        let image = encodingsTried(shape.size, shape.format).map {
            $0.workingByteCount(for: shape.size, format: shape.format)
        }
        let mask = maskEncodingsTried(shape.size).map { $0.workingByteCount(for: shape.size, format: .rgba8) }
        // The image, and its mask as RGBA.
        return (image + mask).reduce(0, max).saturatingAdding(shape.byteCount)
            .saturatingAdding(Bitmap.byteCount(size: shape.size, format: .rgba8) ?? Int.max / 4)
    }
}

extension MaskSource {
    /// The bytes that making the mask takes at most for an image of so many pixels.
    fileprivate func scratchBytes(pixels: Int, limits: ImageDecoder.Limits) -> Int {
        // A mask image is RGBA, once more while it is oriented; every operation holds a mask of its own.
        let inner = shape.operands.map { $0.scratchBytes(pixels: pixels, limits: limits) }.max() ?? 0
        if case .image(let file, _) = shape {
            return max(8 * pixels, EditPlan.overlayBytes(file, pixels: pixels, limits: limits))
        }
        return inner + 2 * pixels
    }
}
