import GessoCodecs
import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Preparation {
    /// The bytes that preparing takes at most, codecs included: what is reserved before anything is decoded.
    ///
    /// Known from the headers: the whole photograph on its way to the canvas and the encoding of that, each reference in
    /// turn, or a mask image while it is decoded.
    static func preparingBytes(
        photo: Data, mask: MaskSource?, markup: Data?, references: [Data] = [], options: EditOptions
    ) throws(GessoError) -> Int {
        let header = try ImageHeader(probing: photo, limits: options.limits)
        let options = options.resolved(for: header.uprightSize)
        let decoding = ImageDecoder.Options(limits: options.limits).memory(for: header)
        let whole = try EditLayout.pipeline(window: nil, header: header, options: options).explain(Frame.Shape(header))
        let upload = UploadRules(try ModelProfile.known(or: options.model), options)
        // The decoded photograph stays while the canvas is encoded, with alpha for the mask.
        let shape = Frame.Shape(header)
        let encoding = shape.byteCount.saturatingAdding(upload.encodingBytes(whole.output))
        var photograph = decoding.bytes(before: max(whole.peakBytes, encoding))
        for reference in references {
            let bytes = try referenceBytes(reference, upload, options)
            photograph = max(photograph, decoding.kept.saturatingAdding(whole.output.byteCount).saturatingAdding(bytes))
        }
        // A mask image is decoded and read; what it selects stays beside the photograph.
        let pixels = min(header.size.pixelCount ?? Int.max, Int.max / 64)
        let overlays =
            (mask?.scratchBytes(pixels: pixels, limits: options.limits) ?? 0)
            .saturatingAdding(markup.map { overlayBytes($0, pixels: pixels, limits: options.limits) } ?? 0)
        let markupKept = markup == nil ? 0 : 8 * pixels
        return max(overlays, photograph.saturatingAdding(mask == nil ? 0 : pixels).saturatingAdding(markupKept))
    }

    /// One reference on its way into the request.
    private static func referenceBytes(
        _ file: Data, _ upload: UploadRules, _ options: EditOptions
    ) throws(GessoError) -> Int {
        let header = try ImageHeader(probing: file, limits: options.limits)
        let plan = try Preparation.referencePipeline(options).explain(Frame.Shape(header))
        let decoding = ImageDecoder.Options(limits: options.limits).memory(for: header)
        return decoding.bytes(before: max(plan.peakBytes, upload.encodingBytes(plan.output)))
    }

    /// A mask image or a markup while it is decoded and turned, and once more as what it selects.
    fileprivate static func overlayBytes(_ file: Data, pixels: Int, limits: DecodeLimits) -> Int {
        // What is no image is refused where it is decoded.
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
    fileprivate func scratchBytes(pixels: Int, limits: DecodeLimits) -> Int {
        // A mask image is RGBA, once more while it is turned; every operation holds a mask of its own.
        let inner = shape.operands.map { $0.scratchBytes(pixels: pixels, limits: limits) }.max() ?? 0
        if case .image(let file, _) = shape {
            return max(8 * pixels, Preparation.overlayBytes(file, pixels: pixels, limits: limits))
        }
        return inner + 2 * pixels
    }
}
