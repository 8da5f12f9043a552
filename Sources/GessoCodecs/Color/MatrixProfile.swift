#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A profile of three colorants and one curve, encoded as an ICC profile of version 4.
struct MatrixProfile {
    let name: String
    let kind: ImageHeader.ProfileKind
    /// X, Y and Z of red, green and blue, adapted to D50; empty for gray.
    let colorants: [Double]
    let curve: Curve

    /// The curve from encoded values to linear light, as an ICC parametric curve.
    enum Curve: Hashable {
        case gamma(Double)
        /// IEC 61966-2-1.
        case sRGB
        /// The inverse of ITU-R BT.709's.
        case bt709
    }

    var isGray: Bool { colorants.isEmpty }

    static let sRGB = MatrixProfile(
        name: "sRGB", kind: .sRGB,
        colorants: [0.43607, 0.22249, 0.01392, 0.38515, 0.71687, 0.09708, 0.14307, 0.06061, 0.71410], curve: .sRGB)

    static let displayP3 = MatrixProfile(
        name: "Display P3", kind: .displayP3,
        colorants: [0.51512, 0.24120, -0.00105, 0.29198, 0.69225, 0.04189, 0.15710, 0.06657, 0.78407], curve: .sRGB)

    /// The encoded profile; equal profiles give equal bytes.
    var icc: Data {
        var bodies: [([String], [UInt8])] = [
            (["desc"], text(name)), (["cprt"], text("CC0")),
            (["wtpt"], tag("XYZ ") + Chromaticities.d50.flatMap(fixed)),
        ]
        if isGray {
            bodies.append((["kTRC"], curveTag))
        } else {
            bodies.append((["rXYZ"], tag("XYZ ") + colorants[0..<3].flatMap(fixed)))
            bodies.append((["gXYZ"], tag("XYZ ") + colorants[3..<6].flatMap(fixed)))
            bodies.append((["bXYZ"], tag("XYZ ") + colorants[6..<9].flatMap(fixed)))
            bodies.append((["rTRC", "gTRC", "bTRC"], curveTag))
        }
        let entries = bodies.reduce(0) { $0 + $1.0.count }
        var table = number(entries)
        var data: [UInt8] = []
        for (names, body) in bodies {
            let offset = 128 + 4 + entries * 12 + data.count
            for name in names { table += Array(name.utf8) + number(offset) + number(body.count) }
            data += body + [UInt8](repeating: 0, count: -body.count & 3)
        }
        return Data(header(128 + table.count + data.count) + table + data)
    }

    /// Version 4.3, display device, perceptual intent, illuminant D50. The date is fixed, so that equal profiles give
    /// equal bytes.
    private func header(_ size: Int) -> [UInt8] {
        var bytes = number(size) + [0, 0, 0, 0, 4, 0x30, 0, 0] + Array("mntr\(isGray ? "GRAY" : "RGB ")XYZ ".utf8)
        bytes += [7, 0xE8, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0] + Array("acsp".utf8)
        bytes += [UInt8](repeating: 0, count: 28) + Chromaticities.d50.flatMap(fixed)
        return bytes + [UInt8](repeating: 0, count: 128 - bytes.count)
    }

    /// A parametricCurveType: Y = X^g, or type 3, which has a linear part (ICC.1:2022, 10.18).
    private var curveTag: [UInt8] {
        switch curve {
        case .gamma(let gamma): tag("para") + [0, 0, 0, 0] + fixed(gamma)
        case .sRGB: tag("para") + [0, 3, 0, 0] + [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045].flatMap(fixed)
        case .bt709: tag("para") + [0, 3, 0, 0] + [1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081].flatMap(fixed)
        }
    }

    private func tag(_ type: String) -> [UInt8] { Array(type.utf8) + [0, 0, 0, 0] }

    /// A multiLocalizedUnicodeType with one English record.
    private func text(_ text: String) -> [UInt8] {
        let units = text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        return tag("mluc") + number(1) + number(12) + Array("enUS".utf8) + number(units.count) + number(28) + units
    }

    private func number(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).bigEndian, Array.init)
    }

    private func fixed(_ value: Double) -> [UInt8] {
        number(Int((min(max(value, -32_767), 32_767) * 65_536).rounded()))
    }
}
