import CGessoCodecs
import GessoPixels

extension DecodeJob {
    mutating func decodeJPEG() throws(GessoError) {
        try bytes.checkJPEGCounts(options.limits, stage: "decode")
        let transform = try cmykTransform()
        scaleDenominator = options.scaleDenominator(of: facts.size, format: .jpeg)
        var result = try Bitmap(
            size: facts.size.divided(by: scaleDenominator), format: facts.colorModel == .gray ? .gray8 : .rgb8,
            zeroed: !options.strict)
        var report = gesso_codec_report()
        var watch = options.limits.watch
        var settings = gesso_jpeg_options(
            header: facts.codecHeader, strict: options.strict ? 1 : 0, denominator: Int32(scaleDenominator),
            maximum_scans: Int32(clamping: options.limits.scanCount),
            maximum_memory: options.limits.workingByteCount == DecodeLimits.unlimited
                ? 0 : options.limits.workingByteCount,
            cmyk: transform?.pointer)
        try result.withCodecImage { image throws(GessoError) in
            gesso_jpeg_decode(start, bytes.count, &settings, &image, &watch, &report)
        }
        withExtendedLifetime(transform) {}
        try settle(report)
        bitmap = result
        if facts.colorModel == .cmyk { profile = nil }
    }

    /// CMYK by its own profile when it has one.
    private mutating func cmykTransform() throws(GessoError) -> ColorTransform? {
        guard facts.colorModel == .cmyk, let profile, profile.space == .cmyk else { return nil }
        do throws(GessoError) {
            return try ColorTransform(fromCMYK: profile)
        } catch {
            guard options.brokenProfile == .assumeSRGB else { throw error }
            warnings.append(error.message)
            return nil
        }
    }
}
