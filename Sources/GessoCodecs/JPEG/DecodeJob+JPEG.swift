import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodeJPEG() throws(GessoError) {
        try bytes.checkJPEGCounts(options.limits, stage: "decode")
        let transform = try cmykTransform()
        scaleDenominator = options.scaleDenominator(of: facts.size, format: .jpeg, hasAlpha: false)
        var result = try Bitmap(
            size: facts.size.divided(by: scaleDenominator), format: facts.colorModel == .gray ? .gray8 : .rgb8,
            zeroed: options.level == .lenient)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        var settings = gesso_jpeg_options(
            header: facts.codecHeader, level: options.level.codecLevel, denominator: Int32(scaleDenominator),
            maximum_scans: Int32(clamping: options.limits.scanCount),
            maximum_memory: options.limits.workingByteCount == ImageDecoder.Limits.unlimited
                ? 0 : options.limits.workingByteCount,
            cmyk: transform?.pointer)
        try result.withCodecImage { image throws(GessoError) in
            gesso_jpeg_decode(bytes.start, bytes.count, &settings, &image, &watch, &report)
        }
        withExtendedLifetime(transform) {}
        try handle(report)
        bitmap = result
        if facts.colorModel == .cmyk { profile = nil }
    }

    /// The conversion from CMYK by the file's profile, if it has one.
    private mutating func cmykTransform() throws(GessoError) -> ColorTransform? {
        guard facts.colorModel == .cmyk, let profile, profile.space == .cmyk else { return nil }
        do throws(GessoError) {
            return try ColorTransform(fromCMYK: profile)
        } catch {
            guard !options.refusesBrokenProfile else { throw error }
            warnings.append(.profileLeftOut(error.message))
            return nil
        }
    }
}

extension HeaderParser {
    /// Parses the header of a file that must be a JPEG, and checks the number of its scans.
    init(jpeg bytes: Bytes, limits: ImageDecoder.Limits) throws(GessoError) {
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
    /// Throws `limitExceeded` if there are too many scans or segments. Each scan costs the decoder a pass over the
    /// image, so they are counted before decoding.
    func checkJPEGCounts(_ limits: ImageDecoder.Limits, stage: String) throws(GessoError) {
        let most = gesso_jpeg_counts(
            scans: Int32(clamping: limits.scanCount), segments: Int32(clamping: limits.chunkCount))
        let found = gesso_jpeg_count(start, count, most)
        guard found.scans <= most.scans else {
            throw GessoError(
                .limitExceeded, stage: stage,
                "The JPEG has more than \(limits.scanCount) scans; save it again, or raise limits.scanCount "
                    + "(--limit scans=N).",
                facts: ["allowed": "\(limits.scanCount)", "what": "scans"])
        }
        guard found.segments <= most.segments else { throw .tooManyChunks(.jpeg, limits.chunkCount) }
    }
}

extension ParsedHeader {
    /// The header that libjpeg must find, and the limits for reading all coefficients.
    func jpegReading(_ limits: ImageDecoder.Limits, _ level: ImageDecoder.Options.Level) -> gesso_jpeg_reading {
        gesso_jpeg_reading(
            header: codecHeader, level: level.codecLevel, maximum_scans: Int32(clamping: limits.scanCount),
            maximum_memory: limits.workingByteCount == ImageDecoder.Limits.unlimited ? 0 : limits.workingByteCount)
    }
}
