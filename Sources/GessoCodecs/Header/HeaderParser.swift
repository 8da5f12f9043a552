import GessoPixels

/// Detects the format of a file, parses its header and checks it against the limits.
struct HeaderParser {
    let facts: ParsedHeader
    let header: ImageHeader

    /// - Parameter readsContent: whether `header` is wanted with what XMP packets state and what is beside the image, which
    ///   may take passes over all of the file.
    init(_ bytes: Bytes, limits: ImageDecoder.Limits, readsContent: Bool = true) throws(GessoError) {
        guard bytes.count > 0 else {
            throw GessoError(.emptyInput, stage: "probe", "The file is empty; give an image file.")
        }
        guard bytes.count <= limits.byteCount else {
            throw GessoError(
                .tooManyBytes, stage: "probe",
                "The file has \(bytes.count) bytes, \(limits.byteCount) are allowed; use a smaller file, or raise limits.byteCount "
                    + "(--limit bytes=N).",
                facts: ["found": "\(bytes.count)", "allowed": "\(limits.byteCount)"])
        }
        guard let format = ImageFormat(sniffing: bytes) else { throw .notAnImage(bytes) }
        var facts: ParsedHeader
        switch format {
        case .png: facts = try PNGHeaderParser.read(bytes, limits: limits)
        case .jpeg: facts = try JPEGHeaderParser.read(bytes, limits: limits)
        case .webp: facts = try WebPHeaderParser.read(bytes, limits: limits)
        case .gif: facts = try GIFHeaderParser.read(bytes, limits: limits)
        case .heic, .avif: facts = try HEIFHeaderParser.read(bytes, format, limits: limits)
        default: facts = try SVGHeaderParser.read(bytes)
        }
        try HeaderParser.check(facts.size, limits)
        try facts.finish(bytes, limits, readsContent: readsContent)
        self.facts = facts
        header = ImageHeader(facts, byteCount: bytes.count)
    }

    private static func check(_ size: Size, _ limits: ImageDecoder.Limits) throws(GessoError) {
        guard !size.isEmpty else {
            throw GessoError(
                .corrupt, stage: "probe", "The header states \(size) pixels; the file is damaged.",
                facts: ["found": "\(size)"])
        }
        guard size.longEdge <= limits.sideLength else {
            throw GessoError(
                .sideTooLong, stage: "probe",
                "The image is \(size) pixels, and a side may have \(limits.sideLength); scale it down, or raise "
                    + "limits.sideLength (--limit side=N).",
                facts: ["found": "\(size)", "allowed": "\(limits.sideLength)"])
        }
        guard let count = size.pixelCount, count <= limits.pixelCount else {
            throw GessoError(
                .tooManyPixels, stage: "probe",
                "The image is \(size) pixels, and \(limits.pixelCount) in total are allowed; scale it "
                    + "down, or raise limits.pixelCount (--limit pixels=N).",
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
            "The \(format) has more than \(allowed) chunks or segments; save it again, or raise limits.chunkCount "
                + "(--limit chunks=N).",
            facts: ["allowed": "\(allowed)", "what": "chunks", "format": format.rawValue])
    }

    fileprivate static func notAnImage(_ bytes: Bytes) -> GessoError {
        var start = ""
        for byte in bytes.buffer.prefix(8) {
            let digits = String(byte, radix: 16)
            start += digits.count == 1 ? "0" + digits : digits
        }
        guard let found = UnsupportedContent(bytes) else {
            return GessoError(
                .unsupportedFormat, stage: "probe",
                "The content is not an image in a known format; give a PNG, JPEG, WebP, GIF, HEIC, AVIF or SVG file.",
                facts: ["start": start])
        }
        return GessoError(
            .unsupportedFormat, stage: "probe",
            "The content is \(found.name), which is not supported; \(found.advice).",
            facts: ["start": start, "found": found.name])
    }
}
