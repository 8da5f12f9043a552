/// Weights as 16-bit integers that add up to exactly `1 << precision`, so that a constant stays constant.
///
/// Taps come in pairs, as the kernels take them: `weights[x × stride + 2k]` belongs to the even and the next to the odd
/// pixel of pair `starts[x] + k`; a pair's missing pixel has weight 0.
struct FixedWeights {
    /// What the first pair of each new pixel is, counted from `origin`.
    private(set) var starts: [Int32] = []
    /// How many pairs each new pixel has.
    private(set) var counts: [Int32] = []
    private(set) var weights: [Int16]
    let stride: Int
    /// Bits after the binary point, 7…15.
    let precision: Int

    /// With `aligned`, pairs begin at even distances from `origin`; else at each new pixel's first tap, as pixel index.
    init(_ exact: FilterWeights, origin: Int, aligned: Bool) {
        let count = exact.starts.count
        precision = FixedWeights.precision(of: exact)
        stride = (exact.stride / 2 + 1) * 2
        weights = [Int16](repeating: 0, count: stride * count)
        starts.reserveCapacity(count)
        counts.reserveCapacity(count)
        for x in 0..<count {
            let first = Int(exact.starts[x]) - origin
            let lead = aligned ? first & 1 : 0
            starts.append(Int32(aligned ? first / 2 : first))
            counts.append((exact.counts[x] + Int32(lead) + 1) / 2)
            fill(x * stride + lead, from: exact, x)
        }
    }

    /// Each weight is the difference of two rounded running sums: what rounding takes from one the next gets back, so
    /// many small weights of one sign (a box of hundreds of taps) are not all rounded the same way.
    private mutating func fill(_ base: Int, from exact: FilterWeights, _ x: Int) {
        let unit = Double(1 << precision)
        var (sum, given) = (0.0, 0)
        let taps = Int(exact.counts[x])
        for tap in 0..<taps {
            sum += exact.weights[x * exact.stride + tap]
            let total = tap == taps - 1 ? 1 << precision : Int((sum * unit).rounded())
            weights[base + tap] = Int16(clamping: total - given)
            given = total
        }
    }

    /// As many bits as keep each weight within 16 bits and each sum of products within 32.
    private static func precision(of exact: FilterWeights) -> Int {
        var largest = 1.0 / 128
        var largestSum = 1.0
        for x in 0..<exact.starts.count {
            var sum = 0.0
            for tap in 0..<Int(exact.counts[x]) {
                let weight = abs(exact.weights[x * exact.stride + tap])
                largest = max(largest, weight)
                sum += weight
            }
            largestSum = max(largestSum, sum)
        }
        var bits = 15
        while bits > 7, largest * Double(1 << bits) > 32000 || largestSum * Double(1 << bits) > 65000 { bits -= 1 }
        return bits
    }
}
