import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What the readers of the single formats find out.
struct ParsedHeader {
    var format: ImageFormat
    var size = Size(width: 0, height: 0)
    var orientation = Orientation.up
    var colorModel = ImageHeader.ColorModel.rgb
    var channels = 3
    var bitsPerChannel = 8
    var hasAlpha = false
    var frameCount = 1
    var isProgressive = false
    var coding = SampleCoding()
    var profile: ColorProfile?
    /// Why the file's profile cannot be used, when it has one that cannot.
    var profileProblem: GessoError?
    /// PNG: what gAMA and cHRM say, where they say anything but sRGB.
    var gammaProfile: ColorProfile?
    var metadata: ImageMetadata.Kinds = []
    var provenance: ImageHeader.Provenance?
    /// Whether `provenance` is settled, though it may be nil.
    var hasReadManifest = false
    /// Where EXIF (from its TIFF header on) and XMP lie: views of the file, as long as that is there.
    var exif: Bytes?
    var xmp: XMPBlock?
    /// Set when the file ends before it says it does; the header is whole nevertheless.
    var isTruncated = false
    /// WebP and GIF: the bytes that hold the still image or the first frame, and where that lies on the canvas.
    var framePayload: Range<Int>?
    var frameRect: Rect?
    /// GIF: the rest of what its first frame says.
    var gifFrame: GIFFrame?

    init(format: ImageFormat) { self.format = format }
}

/// Sniffs, reads and judges a header.
struct HeaderParser {
    let facts: ParsedHeader
    let header: ImageHeader

    init(_ bytes: Bytes, limits: DecodeLimits) throws(GessoError) {
        guard bytes.count > 0 else {
            throw GessoError(.emptyInput, stage: "probe", "The file is empty; give an image file.")
        }
        guard bytes.count <= limits.byteCount else {
            throw GessoError(
                .tooManyBytes, stage: "probe",
                "The file has \(bytes.count) bytes, \(limits.byteCount) are allowed; use a smaller file or raise the limit.",
                facts: ["found": "\(bytes.count)", "allowed": "\(limits.byteCount)"])
        }
        guard let format = ImageFormat(sniffing: bytes) else { throw .notAnImage(bytes) }
        switch format {
        case .png: facts = try PNGHeaderParser.read(bytes, limits: limits)
        case .jpeg: facts = try JPEGHeaderParser.read(bytes, limits: limits)
        case .webp: facts = try WebPHeaderParser.read(bytes, limits: limits)
        case .gif: facts = try GIFHeaderParser.read(bytes, limits: limits)
        default: facts = try SVGHeaderParser.read(bytes)
        }
        try HeaderParser.judge(facts.size, limits)
        header = ImageHeader(facts, byteCount: bytes.count)
    }

    private static func judge(_ size: Size, _ limits: DecodeLimits) throws(GessoError) {
        guard !size.isEmpty else {
            throw GessoError(
                .corrupt, stage: "probe", "The header states \(size) pixels; the file is damaged.",
                facts: ["found": "\(size)"])
        }
        guard size.longEdge <= limits.sideLength else {
            throw GessoError(
                .sideTooLong, stage: "probe",
                "The image is \(size) pixels, a side may have \(limits.sideLength); scale it down or raise the limit.",
                facts: ["found": "\(size)", "allowed": "\(limits.sideLength)"])
        }
        guard let count = size.pixelCount, count <= limits.pixelCount else {
            throw GessoError(
                .tooManyPixels, stage: "probe",
                "The image is \(size) pixels, \(limits.pixelCount) in all are allowed; scale it down or raise the limit.",
                facts: ["found": "\(size)", "allowed": "\(limits.pixelCount)"])
        }
    }
}

extension GessoError {
    static func truncatedHeader(_ format: ImageFormat, at offset: Int) -> GessoError {
        GessoError(
            .truncated, stage: "probe",
            "The \(format) file ends at byte \(offset), inside its header; transfer it again.",
            facts: ["offset": "\(offset)", "format": format.rawValue])
    }

    static func corruptHeader(_ format: ImageFormat, _ what: String, at offset: Int) -> GessoError {
        GessoError(
            .corrupt, stage: "probe", "The \(format) file is damaged at byte \(offset): \(what).",
            facts: ["offset": "\(offset)", "format": format.rawValue])
    }

    static func tooManyChunks(_ format: ImageFormat, _ allowed: Int) -> GessoError {
        GessoError(
            .limitExceeded, stage: "probe",
            "The \(format) has more than \(allowed) chunks or segments of a kind; re-save it, or raise the limit.",
            facts: ["allowed": "\(allowed)", "what": "chunks", "format": format.rawValue])
    }

    fileprivate static func notAnImage(_ bytes: Bytes) -> GessoError {
        var start = ""
        for byte in bytes.buffer.prefix(8) {
            let digits = String(byte, radix: 16)
            start += digits.count == 1 ? "0" + digits : digits
        }
        return GessoError(
            .unsupportedFormat, stage: "probe",
            "The content is none of PNG, JPEG, WebP, GIF and SVG (it starts with \(start)); give an image in one of them.",
            facts: ["start": start])
    }
}
