import CGessoCodecs
import GessoPixels

extension DecodeJob {
    /// Settles which profile the pixels have: the file's own if it can be used, else sRGB with a warning or an error.
    mutating func chooseProfile() throws(GessoError) {
        var problem = facts.profileProblem
        if let found = facts.profile, !found.isSRGB {
            problem = check(found)
            if problem == nil { profile = found }
        } else if facts.profile == nil, problem == nil, options.honorsGamma {
            profile = facts.gammaProfile
        }
        guard let problem else { return }
        guard options.brokenProfile == .assumeSRGB, problem.code != .outOfMemory else { throw problem }
        warnings.append(problem.message)
    }

    private func check(_ profile: ColorProfile) -> GessoError? {
        let expected: ColorProfile.Space =
            switch facts.colorModel {
            case .gray: .gray
            case .cmyk: .cmyk
            default: .rgb
            }
        guard profile.space == expected else {
            return .brokenProfile("it is made for \(profile.space.name) and the image is \(expected.name)")
        }
        let status = profile.icc.withBytes { bytes in
            let start = bytes.buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return gesso_color_check(start, bytes.count, Int32(expected.channels))
        }
        switch status {
        case GESSO_CODEC_OK: return nil
        case GESSO_CODEC_NO_MEMORY:
            return GessoError(.outOfMemory, stage: "decode", "No memory for the color profile.")
        default: return .brokenProfile("no conversion can be made from it")
        }
    }
}
