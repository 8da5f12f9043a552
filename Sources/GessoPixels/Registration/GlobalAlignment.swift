import CGessoKernels

/// The motion of a whole image, estimated from coarse to fine by Gauss-Newton steps on luminance.
///
/// The method of Lucas and Kanade (1981) with gain and offset as additional unknowns, so that a brightness change is
/// not mistaken for a shift, and with Huber weights, so that content repainted outside the mask has little influence.
struct GlobalAlignment {
    /// In pixels of the full image, about its center.
    var shiftX = 0.0
    var shiftY = 0.0
    var scale = 1.0
    private var gain = 1.0
    private var offset = 0.0

    /// Runs Gauss-Newton steps at one level; `full` is the size of the full image.
    mutating func refine(on level: LuminanceLevel, full: Size, steps: Int) {
        let size = level.size
        let (x, y) = (Double(size.width) / Double(full.width), Double(size.height) / Double(full.height))
        let region = gesso_region_t(
            left: 1, top: 1, right: Int32(clamping: size.width - 1), bottom: Int32(clamping: size.height - 1))
        for _ in 0..<steps {
            let motion = gesso_motion_t(
                shift_x: shiftX * x, shift_y: shiftY * y, scale: scale, center_x: Double(size.width) / 2 - 0.5,
                center_y: Double(size.height) / 2 - 0.5)
            let sums = level.sums(region, motion, gain: gain, offset: offset, limit: 12)
            guard sums.count > 200, let solution = sums.solution(of: [0, 1, 2, 3, 4]) else { return }
            shiftX += solution[0] / x
            shiftY += solution[1] / y
            scale += solution[2]
            gain = min(max(solution[3], 0.5), 2)
            offset = solution[4]
            if abs(solution[0]) + abs(solution[1]) < 0.005, abs(solution[2]) * Double(size.longEdge) < 0.01 { return }
        }
    }

    /// The same motion in pixels of an image larger by `factor`.
    func scaled(by factor: Double) -> GlobalAlignment {
        var result = self
        result.shiftX *= factor
        result.shiftY *= factor
        return result
    }

    /// Whether the estimate is within the range of real motions; otherwise the method has diverged.
    func isPlausible(on full: Size) -> Bool {
        abs(scale - 1) < 0.1 && abs(shiftX) < 0.1 * Double(full.width) && abs(shiftY) < 0.1 * Double(full.height)
            && shiftX.isFinite && shiftY.isFinite
    }
}

extension gesso_alignment_sums_t {
    /// The solution for some of the unknowns (0 shift x, 1 shift y, 2 scale, 3 gain, 4 offset); the others stay fixed.
    func solution(of unknowns: [Int]) -> [Double]? {
        let rows = [matrix.0, matrix.1, matrix.2, matrix.3, matrix.4].map { [$0.0, $0.1, $0.2, $0.3, $0.4] }
        let right = [target.0, target.1, target.2, target.3, target.4]
        return LeastSquares.solve(unknowns.map { row in unknowns.map { rows[row][$0] } }, unknowns.map { right[$0] })
    }

    /// The weighted correlation of the two regions, −1…1, independent of gain and offset.
    var correlation: Double {
        let weight = matrix.4.4
        guard weight > 0 else { return 0 }
        let (own, other) = (matrix.3.4 / weight, target.4 / weight)
        let covariance = target.3 / weight - own * other
        let first = matrix.3.3 / weight - own * own
        let second = moved_square / weight - other * other
        return first > 0 && second > 0 ? covariance / (first * second).squareRoot() : 0
    }
}

/// Solves a small symmetric system of equations.
enum LeastSquares {
    /// The solution of `matrix · x = target` by Gaussian elimination with pivoting; nil if the matrix is singular.
    static func solve(_ matrix: [[Double]], _ target: [Double]) -> [Double]? {
        let count = target.count
        var rows = zip(matrix, target).map { $0 + [$1] }
        let largest = matrix.joined().reduce(0) { max($0, abs($1)) }
        for column in 0..<count {
            guard let pivot = (column..<count).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > largest * 1e-14
            else { return nil }
            rows.swapAt(column, pivot)
            for row in (column + 1)..<max(count, column + 1) {
                let factor = rows[row][column] / rows[column][column]
                for k in column...count { rows[row][k] -= factor * rows[column][k] }
            }
        }
        var solution = [Double](repeating: 0, count: count)
        for row in stride(from: count - 1, through: 0, by: -1) {
            let known = ((row + 1)..<max(count, row + 1)).reduce(0) { $0 + rows[row][$1] * solution[$1] }
            solution[row] = (rows[row][count] - known) / rows[row][row]
        }
        return solution
    }
}
