import GessoPixels

/// Reads the color chunks of a PNG and decides which of them counts: cICP, iCCP, sRGB, then gAMA with cHRM (PNG 3rd
/// edition, 4.3).
struct PNGColor {
    /// The chunks that say what colors the samples mean.
    static let types: Set<UInt32> = [FourCC.cICP, FourCC.iCCP, FourCC.sRGB, FourCC.gAMA, FourCC.cHRM]

    private var codes: [Int]?
    private var saysSRGB = false
    private var gamma: Double?
    private var chromaticities: Chromaticities?

    mutating func take(_ type: UInt32, _ body: Bytes) {
        switch type {
        case FourCC.cICP: codes = (0..<4).compactMap { body.uint8($0).map(Int.init) }
        case FourCC.sRGB: saysSRGB = true
        case FourCC.gAMA: gamma = body.uint32(0).map { Double($0) / 100_000 }
        case FourCC.cHRM:
            let values = (0..<8).compactMap { body.uint32($0 * 4).map { Double($0) / 100_000 } }
            if values.count == 8 { chromaticities = Chromaticities(values: values) }
        default: break
        }
    }

    /// Sets the profile; `facts` already has that of the iCCP chunk, if there is one.
    func finish(_ facts: inout ParsedHeader) {
        let isGray = facts.colorModel == .gray
        if let codes {
            do throws(GessoError) {
                facts.profile = try Self.profile(codes, isGray)
                facts.profileProblem = nil
            } catch {
                facts.profileProblem = error
            }
        } else if facts.profile == nil, facts.profileProblem == nil, !saysSRGB {
            facts.gammaProfile = gammaProfile(isGray)
        }
    }

    /// A profile for code points of ITU-T H.273 (primaries, transfer function); PNG allows only RGB and full range.
    private static func profile(_ codes: [Int], _ isGray: Bool) throws(GessoError) -> ColorProfile? {
        guard codes.count == 4, codes[2] == 0, codes[3] == 1 else {
            throw .brokenProfile("its cICP chunk is malformed")
        }
        let primaries: Chromaticities? =
            switch codes[0] {
            case 1: .bt709
            case 9: .bt2020
            case 12: .displayP3
            default: nil
            }
        let curve: MatrixProfile.Curve? =
            switch codes[1] {
            case 1, 6, 14, 15: .bt709
            case 4: .gamma(2.2)
            case 5: .gamma(2.8)
            case 8: .gamma(1)
            case 13: .sRGB
            default: nil
            }
        guard let primaries, let curve, let colorants = primaries.colorants else {
            throw .brokenProfile(
                "colors by cICP \(codes[0])/\(codes[1]) are not supported (high dynamic range, for one)")
        }
        if curve == .sRGB {
            if primaries == .bt709 || isGray { return .sRGB }
            if primaries == .displayP3 { return .displayP3 }
        }
        return ColorProfile(
            building: MatrixProfile(
                name: "cICP \(codes[0])/\(codes[1])", kind: .other, colorants: isGray ? [] : colorants, curve: curve))
    }

    private func gammaProfile(_ isGray: Bool) -> ColorProfile? {
        guard let gamma, gamma > 0.01, gamma < 100 else { return nil }
        let isSRGBLike = abs(gamma - 0.45455) < 0.01
        let primaries = chromaticities ?? .bt709
        if isSRGBLike, isGray || primaries.isClose(to: .bt709) { return nil }
        guard let colorants = primaries.colorants else { return nil }
        // A gamma of 1/2.2 stands for the sRGB curve.
        return ColorProfile(
            building: MatrixProfile(
                name: "gAMA \(gamma)", kind: .other, colorants: isGray ? [] : colorants,
                curve: isSRGBLike ? .sRGB : .gamma(1 / gamma)))
    }
}
