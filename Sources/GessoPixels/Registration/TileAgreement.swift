/// The motion that most tiles agree on.
struct TileAgreement {
    private(set) var shiftX = 0.0
    private(set) var shiftY = 0.0
    /// Scale − 1.
    private(set) var growth = 0.0
    private(set) var agreeing: [TileAlignment] = []
    private(set) var residual = 0.0

    /// Iteratively reweighted least squares with Tukey's biweight, which ignores outliers.
    init?(_ tiles: [TileAlignment]) {
        guard tiles.count >= 4 else { return nil }
        shiftX = TileAgreement.median(tiles.map(\.shiftX))
        shiftY = TileAgreement.median(tiles.map(\.shiftY))
        var weights = [Double](repeating: 1, count: tiles.count)
        for round in 0..<12 {
            if round > 0 || tiles.count > 8 {
                let distances = tiles.map(distance)
                // Tukey's constant for 95 % efficiency, but not below the scatter of subpixel estimates.
                let reach = max(0.25, 4.685 * 1.4826 * TileAgreement.median(distances))
                weights = distances.map {
                    $0 < reach ? (1 - ($0 / reach) * ($0 / reach)) * (1 - ($0 / reach) * ($0 / reach)) : 0
                }
            }
            guard solve(tiles, zip(tiles, weights).map { $0.weight * $1 }) else { return nil }
        }
        let distances = tiles.map(distance)
        let reach = max(0.5, 3 * 1.4826 * TileAgreement.median(distances))
        let near = zip(tiles, distances).filter { $0.1 < min(reach, 1.5) }
        agreeing = near.map(\.0)
        guard !near.isEmpty else { return nil }
        residual = (near.reduce(0) { $0 + $1.1 * $1.1 } / Double(near.count)).squareRoot()
    }

    /// The standard error of the motion at a point, in pixels: large if tiles are few, close together, or inconsistent.
    func uncertainty(x: Double, y: Double) -> Double {
        let count = Double(agreeing.count)
        let meanX = agreeing.reduce(0) { $0 + $1.x } / count
        let meanY = agreeing.reduce(0) { $0 + $1.y } / count
        let spread = agreeing.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) + ($1.y - meanY) * ($1.y - meanY) }
        let distance = (x - meanX) * (x - meanX) + (y - meanY) * (y - meanY)
        guard spread > 0 else { return .infinity }
        return max(residual, 0.02) * (1 / count + distance / spread).squareRoot()
    }

    private func distance(_ tile: TileAlignment) -> Double {
        let x = tile.shiftX - shiftX - growth * tile.x
        let y = tile.shiftY - shiftY - growth * tile.y
        return (x * x + y * y).squareRoot()
    }

    private mutating func solve(_ tiles: [TileAlignment], _ weights: [Double]) -> Bool {
        var matrix = [[Double]](repeating: [0, 0, 0], count: 3)
        var target = [0.0, 0, 0]
        for (tile, weight) in zip(tiles, weights) {
            matrix[0][0] += weight
            matrix[1][1] += weight
            matrix[0][2] += weight * tile.x
            matrix[1][2] += weight * tile.y
            matrix[2][2] += weight * (tile.x * tile.x + tile.y * tile.y)
            target[0] += weight * tile.shiftX
            target[1] += weight * tile.shiftY
            target[2] += weight * (tile.x * tile.shiftX + tile.y * tile.shiftY)
        }
        (matrix[2][0], matrix[2][1]) = (matrix[0][2], matrix[1][2])
        guard let solution = LeastSquares.solve(matrix, target) else { return false }
        (shiftX, shiftY, growth) = (solution[0], solution[1], solution[2])
        return true
    }

    private static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
