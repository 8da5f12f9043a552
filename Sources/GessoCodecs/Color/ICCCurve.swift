#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A tone curve of an ICC profile, from encoded values 0…1 to linear light 0…1.
struct ICCCurve {
    private enum Form {
        case table([Double])
        case parametric(kind: Int, [Double])
    }

    private let form: Form

    /// Reads a curveType or a parametricCurveType; nil for any other type.
    init?(_ tag: Bytes) {
        if tag.matches("curv", at: 0), let count = tag.uint32(8), count <= 65_536, tag.has(12, count * 2) {
            if count == 1, let gamma = tag.uint16(12) {
                form = .parametric(kind: 0, [Double(gamma) / 256])
            } else {
                let table = (0..<count).compactMap { tag.uint16(12 + $0 * 2).map { Double($0) / 65_535 } }
                form = .table(table.isEmpty ? [0, 1] : table)
            }
        } else if tag.matches("para", at: 0), let kind = tag.uint16(8), kind <= 4 {
            let parameters = (0..<[1, 3, 4, 5, 7][kind]).compactMap { tag.fixed(12 + $0 * 4) }
            guard parameters.count == [1, 3, 4, 5, 7][kind] else { return nil }
            form = .parametric(kind: kind, parameters)
        } else {
            return nil
        }
    }

    func light(_ x: Double) -> Double {
        switch form {
        case .table(let table):
            let position = x * Double(table.count - 1)
            let index = min(max(Int(position), 0), table.count - 1)
            let next = min(index + 1, table.count - 1)
            return table[index] + (table[next] - table[index]) * (position - Double(index))
        case .parametric(let kind, let p):
            return Self.parametric(kind, p, x)
        }
    }

    /// The function of `parametricCurveType` (ICC.1:2022, table 68).
    private static func parametric(_ kind: Int, _ p: [Double], _ x: Double) -> Double {
        switch kind {
        case 0: return Power.raise(x, p[0])
        case 1: return x >= -p[2] / p[1] ? Power.raise(p[1] * x + p[2], p[0]) : 0
        case 2: return x >= -p[2] / p[1] ? Power.raise(p[1] * x + p[2], p[0]) + p[3] : p[3]
        case 3: return x >= p[4] ? Power.raise(p[1] * x + p[2], p[0]) : p[3] * x
        default: return x >= p[4] ? Power.raise(p[1] * x + p[2], p[0]) + p[5] : p[3] * x + p[6]
        }
    }

    /// Whether the curve differs from sRGB's by less than half an 8-bit level at 33 points.
    var isSRGB: Bool {
        for step in 0...32 {
            let x = Double(step) / 32
            let exact = x <= 0.04045 ? x / 12.92 : Power.raise((x + 0.055) / 1.055, 2.4)
            // Half a level of the encoded value corresponds to this much linear light.
            let slope = x <= 0.04045 ? 1 / 12.92 : 2.4 / 1.055 * Power.raise((x + 0.055) / 1.055, 1.4)
            guard abs(light(x) - exact) <= max(slope / 510, 1 / 12.92 / 255) else { return false }
        }
        return true
    }
}

extension Bytes {
    /// The s15Fixed16Number at `offset`.
    func fixed(_ offset: Int) -> Double? {
        uint32(offset).map { Double(Int32(truncatingIfNeeded: $0)) / 65_536 }
    }
}

enum Power {
    /// `base` to the power of `exponent`; 0 for a negative base.
    static func raise(_ base: Double, _ exponent: Double) -> Double { base <= 0 ? 0 : pow(base, exponent) }
}
