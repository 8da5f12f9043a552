/// A smooth RGB correction in levels, one value for each block of 8 × 8 canvas pixels, interpolated where unknown.
struct ToneField {
    let columns: Int
    let rows: Int
    /// `rows × columns × 3`, row by row.
    private(set) var values: [Float]

    /// The difference that the fits leave, at most 24 levels, interpolated into blocks without samples.
    init(_ samples: [ToneSample?], _ fits: [ToneFit], columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        var level = PullPushLevel(columns: columns, rows: rows)
        for (index, sample) in samples.enumerated() {
            guard let sample else { continue }
            level.weights[index] = Float(min(1, sample.weight))
            for channel in 0..<3 {
                let rest = sample.wanted[channel] - fits[channel].corrected(sample.found[channel])
                level.values[index * 3 + channel] = Float(min(max(rest, -24), 24))
            }
        }
        values = level.filled().values
    }

    /// The corrections of one row of blocks.
    func row(_ index: Int) -> [Float] { Array(values[index * columns * 3..<(index + 1) * columns * 3]) }
}

/// One level of a pull-push pyramid (Gortler et al. 1996): known values are averaged to coarser levels, unknown ones
/// are filled from them.
private struct PullPushLevel {
    let columns: Int
    let rows: Int
    var values: [Float]
    var weights: [Float]

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        values = [Float](repeating: 0, count: columns * rows * 3)
        weights = [Float](repeating: 0, count: columns * rows)
    }

    func filled() -> PullPushLevel {
        guard columns > 1 || rows > 1 else { return self }
        let above = coarser().filled()
        var result = self
        for row in 0..<rows {
            for column in 0..<columns {
                let index = row * columns + column
                for channel in 0..<3 {
                    let coarse = above.sample(column, row, channel)
                    result.values[index * 3 + channel] =
                        coarse + (values[index * 3 + channel] - coarse) * weights[index]
                }
                result.weights[index] = 1
            }
        }
        return result
    }

    private func coarser() -> PullPushLevel {
        var result = PullPushLevel(columns: (columns + 1) / 2, rows: (rows + 1) / 2)
        for row in 0..<rows {
            for column in 0..<columns {
                let (from, to) = (row * columns + column, row / 2 * result.columns + column / 2)
                result.weights[to] += weights[from]
                for channel in 0..<3 { result.values[to * 3 + channel] += values[from * 3 + channel] * weights[from] }
            }
        }
        for index in result.weights.indices where result.weights[index] > 0 {
            for channel in 0..<3 { result.values[index * 3 + channel] /= result.weights[index] }
            result.weights[index] = min(1, result.weights[index])
        }
        return result
    }

    /// The value interpolated at a position of the next finer level.
    private func sample(_ column: Int, _ row: Int, _ channel: Int) -> Float {
        func place(_ position: Int, _ count: Int) -> (Int, Int, Float) {
            let exact = min(max(Float(position) / 2 - 0.25, 0), Float(count - 1))
            let low = Int(exact)
            return (low, min(low + 1, count - 1), exact - Float(low))
        }
        let (left, right, x) = place(column, columns)
        let (top, bottom, y) = place(row, rows)
        func at(_ row: Int, _ column: Int) -> Float { values[(row * columns + column) * 3 + channel] }
        let upper = at(top, left) + (at(top, right) - at(top, left)) * x
        let lower = at(bottom, left) + (at(bottom, right) - at(bottom, left)) * x
        return upper + (lower - upper) * y
    }
}
