public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Makes pixels of files.
public enum ImageDecoder {
    /// Decodes a PNG, JPEG or the first frame of a WebP or GIF; the content decides the type. GIF only where
    /// `options.limits.formats` names it, which it does not by default.
    ///
    /// The header is read and held against the limits before anything is allocated for pixels. CMYK becomes sRGB here;
    /// any other color profile is handed on beside the bitmap. Metadata stay behind, orientation is left to the caller.
    ///
    /// Throws what ``ImageHeader/init(probing:limits:)`` throws, and `unsupportedFormat` (SVG, GIF unless allowed), `unsupportedFeature`,
    /// `truncated`, `corrupt`, `invalidProfile`, `limitExceeded`, `outOfMemory`, `cancelled`.
    public static func decode(_ data: Data, options: DecodeOptions = DecodeOptions()) throws(GessoError) -> DecodedImage
    {
        try data.withBytes { bytes throws(GessoError) in try decode(bytes, options) }
    }

    private static func decode(_ bytes: Bytes, _ options: DecodeOptions) throws(GessoError) -> DecodedImage {
        let probe = try HeaderParser(bytes, limits: options.limits)
        let format = probe.facts.format
        guard options.limits.formats.contains(format), format != .svg else {
            throw GessoError(
                .unsupportedFormat, stage: "decode",
                "The content is \(format), whose pixels are not decoded here"
                    + (format == .gif ? " unless limits.formats holds gif" : "")
                    + "; convert it to PNG, JPEG or WebP first.",
                facts: ["found": format.rawValue])
        }
        if options.strict, probe.facts.isTruncated {
            throw GessoError(
                .truncated, stage: "decode",
                "The \(format) file is cut short at byte \(bytes.count); transfer it again, or decode leniently.",
                facts: ["offset": "\(bytes.count)", "format": format.rawValue])
        }
        try options.checkMemory(for: probe.header)
        var job = DecodeJob(bytes: bytes, facts: probe.facts, options: options)
        try job.chooseProfile()
        switch format {
        case .png: try job.decodePNG()
        case .jpeg: try job.decodeJPEG()
        case .gif: try job.decodeGIF()
        default: try job.decodeWebP()
        }
        guard let bitmap = job.bitmap else {
            throw GessoError(.corrupt, stage: "decode", "The \(format) file holds no image.")
        }
        return DecodedImage(
            bitmap: bitmap, header: probe.header, profile: job.profile, warnings: job.warnings,
            scaleDenominator: job.scaleDenominator, firstInvalidRow: job.firstInvalidRow)
    }
}
