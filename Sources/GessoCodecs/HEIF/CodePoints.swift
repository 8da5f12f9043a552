import GessoPixels

/// The color space of coded samples by the code points of ITU-T H.273.
struct CodePoints: Hashable {
    var primaries = 2
    var transfer = 2
    var matrix = 2
    var isFullRange = true

    /// Alpha has no colors and always the full range (23008-12, 6.6.2.1.1); the matrix is that of most encoders, which
    /// leaves gray as it is.
    static let alpha = CodePoints(matrix: 6)

    /// The profile for the samples as RGB; nil for sRGB and for unspecified code points. Throws `invalidProfile` for
    /// those that cannot be converted.
    ///
    /// The transfer functions of video (1, 6, 14, 15) mean the curve of sRGB here, as they do in browsers: still images
    /// are made for a display.
    func profile(isGray: Bool) throws(GessoError) -> ColorProfile? {
        let chromaticities: Chromaticities? =
            switch primaries {
            case 1, 2: .bt709
            case 5: Chromaticities(values: [0.3127, 0.3290, 0.64, 0.33, 0.29, 0.60, 0.15, 0.06])
            case 6, 7: Chromaticities(values: [0.3127, 0.3290, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070])
            case 9: .bt2020
            case 12: .displayP3
            default: nil
            }
        let curve: MatrixProfile.Curve? =
            switch transfer {
            case 1, 2, 6, 13, 14, 15: .sRGB
            case 4: .gamma(2.2)
            case 5: .gamma(2.8)
            case 8: .gamma(1)
            default: nil
            }
        guard let chromaticities, let curve, let colorants = chromaticities.colorants else {
            let what =
                transfer == 16 ? "PQ, high dynamic range" : transfer == 18 ? "HLG, high dynamic range" : "unknown"
            throw .brokenProfile("colors by code points \(primaries)/\(transfer) (\(what)) cannot be converted")
        }
        if curve == .sRGB {
            if chromaticities == .bt709 || isGray { return nil }
            if chromaticities == .displayP3 { return .displayP3 }
        }
        let name = curve == .sRGB && chromaticities == .bt2020 ? "BT.2020" : "code points \(primaries)/\(transfer)"
        return ColorProfile(
            building: MatrixProfile(
                name: name, kind: .other, colorants: isGray ? [] : colorants, curve: curve))
    }
}
