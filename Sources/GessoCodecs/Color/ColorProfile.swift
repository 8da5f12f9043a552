public import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// An ICC profile: which colors the sample values of an image mean.
///
/// Where a profile is optional, nil means sRGB.
public struct ColorProfile: Sendable, Hashable {
    /// The profile's bytes, as files embed them.
    public let icc: Data
    /// The name in the profile's `desc` tag, on one line; `unnamed` if it has none.
    public let description: String
    /// Whether the profile means sRGB, whatever its name; pixels need no conversion then.
    public var isSRGB: Bool { kind == .sRGB }
    let kind: ImageHeader.ProfileKind
    let space: Space

    enum Space: String {
        case gray = "GRAY"
        case rgb = "RGB "
        case cmyk = "CMYK"

        var channels: Int {
            switch self {
            case .gray: 1
            case .rgb: 3
            case .cmyk: 4
            }
        }

        var name: String {
            switch self {
            case .gray: "gray"
            case .rgb: "RGB"
            case .cmyk: "CMYK"
            }
        }
    }

    /// Reads a profile and checks its structure.
    ///
    /// Costs some microseconds. Throws `invalidProfile` if the header or the tag table is damaged, or the color space
    /// is not gray, RGB or CMYK.
    public init(icc: Data) throws(GessoError) {
        let read = try icc.withBytes { bytes throws(GessoError) in try ICCReader(bytes) }
        self.icc = icc
        description = read.description
        kind = read.kind
        space = read.space
    }

    init(building profile: MatrixProfile) {
        icc = profile.icc
        description = profile.name
        kind = profile.kind
        space = profile.isGray ? .gray : .rgb
    }

    /// sRGB (IEC 61966-2-1).
    public static let sRGB = ColorProfile(building: .sRGB)
    /// Display P3: the primaries of DCI-P3 with the white point and the curve of sRGB.
    public static let displayP3 = ColorProfile(building: .displayP3)
}

extension GessoError {
    static func brokenProfile(_ what: String) -> GessoError {
        GessoError(
            .invalidProfile, stage: "probe",
            "The color profile is damaged: \(what). Remove it, replace it, or decode without refusesBrokenProfile.",
            facts: ["found": what])
    }

    static func profileTooLong(_ allowed: Int) -> GessoError {
        GessoError(
            .limitExceeded, stage: "probe",
            "The color profile has more than \(allowed) bytes; remove it from the file, or raise "
                + "limits.profileByteCount (--limit profile-bytes=N).",
            facts: ["allowed": "\(allowed)", "what": "profile bytes"])
    }
}
