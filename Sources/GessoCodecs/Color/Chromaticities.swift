/// The positions of a device's white and primaries in the CIE 1931 xy plane.
struct Chromaticities: Hashable {
    /// x and y of white, red, green and blue.
    let values: [Double]

    static let d50 = [0.9642, 1, 0.8249]

    static let bt709 = Chromaticities(values: [0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06])
    static let displayP3 = Chromaticities(values: [0.3127, 0.3290, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060])
    static let bt2020 = Chromaticities(values: [0.3127, 0.3290, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046])

    func isClose(to other: Chromaticities) -> Bool { zip(values, other.values).allSatisfy { abs($0 - $1) < 0.005 } }

    /// X, Y and Z of red, green and blue, adapted to D50 (Bradford); nil if the primaries do not form a triangle.
    var colorants: [Double]? {
        guard values.count == 8, values.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
        let points = (0..<4).map { (values[$0 * 2], values[$0 * 2 + 1]) }
        guard points.allSatisfy({ $0.1 > 0.0001 }) else { return nil }
        let xyz = points.map { [$0.0 / $0.1, 1, (1 - $0.0 - $0.1) / $0.1] }
        let primaries = Matrix3(columns: xyz[1], xyz[2], xyz[3])
        guard let weights = primaries.inverse.map({ $0.times(xyz[0]) }), let adapt = Matrix3.bradford(from: xyz[0])
        else {
            return nil
        }
        let result = (0..<3).flatMap { index in adapt.times(xyz[index + 1].map { $0 * weights[index] }) }
        return result.allSatisfy({ $0.isFinite && abs($0) < 100 }) ? result : nil
    }
}

/// A 3 × 3 matrix; `m` is row-major.
struct Matrix3 {
    let m: [Double]

    init(_ rows: [Double]) { m = rows }

    init(columns a: [Double], _ b: [Double], _ c: [Double]) {
        m = [a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]]
    }

    func times(_ v: [Double]) -> [Double] {
        (0..<3).map { m[$0 * 3] * v[0] + m[$0 * 3 + 1] * v[1] + m[$0 * 3 + 2] * v[2] }
    }

    func times(_ other: Matrix3) -> Matrix3 {
        let columns = (0..<3).map { times([other.m[$0], other.m[$0 + 3], other.m[$0 + 6]]) }
        return Matrix3(columns: columns[0], columns[1], columns[2])
    }

    var inverse: Matrix3? {
        let c0 = m[4] * m[8] - m[5] * m[7]
        let c1 = m[5] * m[6] - m[3] * m[8]
        let c2 = m[3] * m[7] - m[4] * m[6]
        let determinant = m[0] * c0 + m[1] * c1 + m[2] * c2
        guard abs(determinant) > 1e-9 else { return nil }
        let adjugate = [
            c0, m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4], c1, m[0] * m[8] - m[2] * m[6],
            m[2] * m[3] - m[0] * m[5], c2, m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3],
        ]
        return Matrix3(adjugate.map { $0 / determinant })
    }

    /// The Bradford adaptation from a white point to D50 (ICC.1:2022, annex E); nil if it is singular.
    static func bradford(from white: [Double]) -> Matrix3? {
        let cone = Matrix3([0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296])
        let (source, target) = (cone.times(white), cone.times(Chromaticities.d50))
        guard let back = cone.inverse, source.allSatisfy({ abs($0) > 1e-6 }) else { return nil }
        let scale = Matrix3([target[0] / source[0], 0, 0, 0, target[1] / source[1], 0, 0, 0, target[2] / source[2]])
        return back.times(scale.times(cone))
    }
}
