import CGessoCodecs
import GessoPixels

extension HeaderParser {
    /// The probe of a file that must be a JPEG; counts its scans too.
    init(jpeg bytes: Bytes, limits: DecodeLimits) throws(GessoError) {
        try self.init(bytes, limits: limits)
        guard facts.format == .jpeg else {
            throw GessoError(
                .unsupportedFormat, stage: "probe",
                "The file is a \(facts.format), not a JPEG; only JPEG has DCT blocks.",
                facts: ["found": facts.format.rawValue, "allowed": "jpeg"])
        }
        try bytes.checkJPEGCounts(limits, stage: "probe")
    }
}

extension Bytes {
    var start: UnsafePointer<UInt8>? { buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) }

    /// A flood of scans costs the decoder a pass over the image each, one of segments a call each, so they are counted
    /// before the first.
    func checkJPEGCounts(_ limits: DecodeLimits, stage: String) throws(GessoError) {
        let most = gesso_jpeg_counts(
            scans: Int32(clamping: limits.scanCount), segments: Int32(clamping: limits.chunkCount))
        let found = gesso_jpeg_count(start, count, most)
        guard found.scans <= most.scans else {
            throw GessoError(
                .limitExceeded, stage: stage,
                "The JPEG has more than \(limits.scanCount) scans; re-save it, or raise the limit.",
                facts: ["allowed": "\(limits.scanCount)", "what": "scans"])
        }
        guard found.segments <= most.segments else { throw .tooManyChunks(.jpeg, limits.chunkCount) }
    }
}

extension ParsedHeader {
    /// What libjpeg must find, and what it may take to hold all coefficients.
    func jpegReading(_ limits: DecodeLimits) -> gesso_jpeg_reading {
        gesso_jpeg_reading(
            header: codecHeader, maximum_scans: Int32(clamping: limits.scanCount),
            maximum_memory: limits.workingByteCount == DecodeLimits.unlimited ? 0 : limits.workingByteCount)
    }
}
