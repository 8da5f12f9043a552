/// Weights as 16-bit integers that add up to exactly `1 << precision`, so that constant areas stay constant.
///
/// Taps are stored in pairs, as the kernels expect: `weights[x × stride + 2k]` is for the even and the next one for the
/// odd pixel of pair `starts[x] + k`. A missing pixel of a pair has weight 0.
struct FixedWeights {
    /// The first pair of each output pixel, counted from `origin`.
    private(set) var starts: [Int32] = []
    /// The number of pairs of each output pixel.
    private(set) var counts: [Int32] = []
    private(set) var weights: [Int16]
    let stride: Int
    /// The number of fractional bits, 7…15.
    let precision: Int

    /// If `aligned`, pairs begin at even distances from `origin`; otherwise at each output pixel's first tap.
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

    /// Each weight is the difference of two rounded running sums, so that the rounding errors of many small weights (a
    /// box of hundreds of taps) do not add up.
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

    /// The largest precision with which weights fit 16 bits and sums of products fit 32.
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
