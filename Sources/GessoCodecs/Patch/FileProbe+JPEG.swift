import CGessoCodecs
import GessoPixels

extension FileProbe {
    /// The probe of a file that must be a JPEG; counts its scans too.
    init(jpeg bytes: Bytes, limits: DecodeLimits) throws(GessoError) {
        try self.init(bytes, limits: limits)
        guard facts.format == .jpeg else {
            throw GessoError(
                .unsupportedFormat, stage: "probe",
                "The file is a \(facts.format), not a JPEG; only JPEG has DCT blocks.",
                facts: ["found": facts.format.rawValue, "allowed": "jpeg"])
        }
        let allowed = limits.scanCount
        guard allowed < Int(Int32.max),
            Int(gesso_jpeg_count_scans(bytes.start, bytes.count, Int32(allowed))) > allowed
        else { return }
        throw GessoError(
            .limitExceeded, stage: "probe",
            "The JPEG has more than \(allowed) scans; re-save it, or raise the limit.",
            facts: ["allowed": "\(allowed)", "what": "scans"])
    }
}

extension Bytes {
    var start: UnsafePointer<UInt8>? { buffer.baseAddress?.assumingMemoryBound(to: UInt8.self) }
}

extension DecodeLimits {
    /// What libjpeg may take to hold all coefficients.
    var jpegReading: gesso_jpeg_reading {
        gesso_jpeg_reading(
            maximum_scans: Int32(clamping: scanCount),
            maximum_memory: workingByteCount == DecodeLimits.unlimited ? 0 : workingByteCount)
    }
}
