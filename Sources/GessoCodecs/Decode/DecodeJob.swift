import CGessoCodecs
import GessoPixels

/// The state of one decode: the file, its header, the options and the results so far.
struct DecodeJob {
    let bytes: Bytes
    let facts: ParsedHeader
    let options: ImageDecoder.Options
    var bitmap: Bitmap?
    var profile: ColorProfile?
    var warnings: [ImageDecoder.Warning] = []
    var scaleDenominator = 1
    var firstInvalidRow: Int?

    init(bytes: Bytes, facts: ParsedHeader, options: ImageDecoder.Options) {
        self.bytes = bytes
        self.facts = facts
        self.options = options
    }

    /// Checks the report of a C driver. Lenient decoding keeps the rows that were decoded before a failure.
    mutating func handle(_ report: gesso_codec_report) throws(GessoError) {
        warnings += report.warningTexts.map { .codec($0) }
        // With strict decoding, a truncated file was refused before. libpng reports a missing end itself.
        if facts.isTruncated, facts.format != .png { warnings.append(.truncated(at: bytes.count)) }
        if report.status != GESSO_CODEC_OK {
            let isDamage = report.status == GESSO_CODEC_CORRUPT || report.status == GESSO_CODEC_TRUNCATED
            // A negative row means damage after the last row.
            guard options.level == .lenient, isDamage, report.first_invalid_row != 0 else {
                try report.check(stage: "decode", format: facts.format)
                return
            }
            warnings.append(.codec(report.messageText))
        }
        guard report.first_invalid_row >= 0 else { return }
        firstInvalidRow = Int(report.first_invalid_row)
        warnings.append(.invalidRows(from: Int(report.first_invalid_row)))
    }
}

extension DecodeJob {
    /// Chooses the color profile of the pixels: the file's own if it can be used, else sRGB with a warning, or an
    /// error.
    mutating func chooseProfile() throws(GessoError) {
        var problem = facts.profileProblem
        if let found = facts.profile, !found.isSRGB {
            problem = check(found)
            if problem == nil { profile = found }
        } else if facts.profile == nil, problem == nil, options.honorsGamma {
            profile = facts.gammaProfile
        }
        guard let problem else { return }
        guard !options.refusesBrokenProfile, problem.code != .outOfMemory else { throw problem }
        warnings.append(.profileLeftOut(problem.facts["found"] ?? problem.message))
    }

    private func check(_ profile: ColorProfile) -> GessoError? {
        let expected: ColorProfile.Space =
            switch facts.colorModel {
            case .gray: .gray
            case .cmyk: .cmyk
            default: .rgb
            }
        guard profile.space == expected else {
            let reason = "it is for \(profile.space.name) and the image is \(expected.name)"
            return GessoError(
                .invalidProfile, stage: "decode",
                "The color profile does not fit: \(reason). Remove it, replace it, or decode with brokenProfile: "
                    + ".assumeSRGB.", facts: ["found": reason])
        }
        let status = profile.icc.withBytes { bytes in
            gesso_color_check(bytes.start, bytes.count, Int32(expected.channels))
        }
        switch status {
        case GESSO_CODEC_OK: return nil
        case GESSO_CODEC_NO_MEMORY:
            return GessoError(.outOfMemory, stage: "decode", "No memory for the color profile.")
        default: return .brokenProfile("no conversion can be made from it")
        }
    }
}
