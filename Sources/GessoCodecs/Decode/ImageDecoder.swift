public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Decodes image files on the calling thread, for callers with threads of their own. `Image` in Gesso decodes on the
/// pixel pool and within the memory budget.
public enum ImageDecoder {
    /// Decodes a PNG, a JPEG, a HEIC, an AVIF, or the first frame of a WebP or GIF; the content decides the type.
    ///
    /// The bitmap has the pixels as stored: orientation is not applied, and metadata is not read. CMYK is converted to
    /// sRGB; other color profiles are returned with the bitmap. GIF is decoded only if `options.limits.formats`
    /// contains it.
    ///
    /// Synchronous: a photograph of 12 megapixels takes about 0.1 s. The header is checked against the limits before
    /// pixels are allocated. Throws what ``ImageHeader/init(probing:limits:)`` throws, `unsupportedFormat` for SVG and
    /// formats that are not allowed, `unsupportedFeature`, `truncated`, `corrupt`, `invalidProfile`, `limitExceeded`,
    /// `outOfMemory` and `cancelled`.
    public static func decode(_ data: Data, options: ImageDecoder.Options = ImageDecoder.Options()) throws(GessoError)
        -> ImageDecoder.Output
    {
        try decode(data, header: nil, options: options)
    }

    /// The same, for a file whose header is known: metadata that are costly to read are not read again.
    package static func decode(_ data: Data, header: ImageHeader?, options: ImageDecoder.Options) throws(GessoError)
        -> ImageDecoder.Output
    {
        try data.withBytes { bytes throws(GessoError) in try decode(bytes, header, options) }
    }

    private static func decode(_ bytes: Bytes, _ known: ImageHeader?, _ options: ImageDecoder.Options)
        throws(GessoError) -> ImageDecoder.Output
    {
        let probe = try HeaderParser(bytes, limits: options.limits, readsContent: known == nil)
        let header = known ?? probe.header
        let format = probe.facts.format
        guard options.limits.formats.contains(format), format != .svg else {
            throw GessoError(
                .unsupportedFormat, stage: "decode",
                "The content is \(format), which cannot be decoded"
                    + (format == .gif ? " unless limits.formats contains gif" : "")
                    + "; convert it to PNG, JPEG or WebP first.",
                facts: ["found": format.rawValue])
        }
        if options.level == .strict, probe.facts.isTruncated {
            throw GessoError(
                .truncated, stage: "decode",
                "The \(format) file is truncated at byte \(bytes.count); transfer it again, or decode at another level.",
                facts: ["offset": "\(bytes.count)", "format": format.rawValue])
        }
        try options.checkMemory(for: header)
        var job = DecodeJob(bytes: bytes, facts: probe.facts, options: options)
        try job.chooseProfile()
        switch format {
        case .png: try job.decodePNG()
        case .jpeg: try job.decodeJPEG()
        case .gif: try job.decodeGIF()
        case .heic, .avif: try job.decodeHEIF()
        default: try job.decodeWebP()
        }
        guard let bitmap = job.bitmap else {
            throw GessoError(.corrupt, stage: "decode", "The \(format) file has no image.")
        }
        job.warnings += header.warnings
        if probe.facts.bitsPerChannel > 8, bitmap.format.bitsPerChannel == 8 {
            job.warnings.append(.depthReduced(from: probe.facts.bitsPerChannel))
        }
        return ImageDecoder.Output(
            bitmap: bitmap, header: header, profile: job.profile, warnings: job.warnings,
            scaleDenominator: job.scaleDenominator, firstInvalidRow: job.firstInvalidRow)
    }
}

extension ImageDecoder {
    /// A decoded image and what its file says about it.
    public struct Output: Sendable {
        /// The pixels as stored: orientation not applied, colors as in ``profile``, straight alpha.
        public let bitmap: Bitmap
        /// The file's header.
        public let header: ImageHeader
        /// The color profile of the pixels; nil means sRGB.
        public let profile: ColorProfile?
        /// What was passed over, changed or left out; empty for a valid file with one image of 8 bits.
        public let warnings: [ImageDecoder.Warning]
        /// The factor by which the decoder scaled the image down; 1 for full size.
        public let scaleDenominator: Int
        /// The first row that could not be decoded or may be wrong; nil if all are right. Set by lenient decoding only.
        public let firstInvalidRow: Int?
    }
}
