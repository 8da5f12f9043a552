/// The filter weights of every output pixel along one axis; each pixel's weights add up to 1.
///
/// Pillow's definition: with scale = in / out and f = max(scale, 1), the filter is widened by f, its taps are the
/// pixels from round(center − support·f) up to round(center + support·f) that exist, and their weights are divided
/// by their sum.
struct FilterWeights {
    /// The weights of both axes.
    typealias Pair = (down: FilterWeights, across: FilterWeights)

    /// The first source pixel of each new pixel.
    private(set) var starts: [Int32] = []
    /// The number of source pixels of each output pixel.
    private(set) var counts: [Int32] = []
    /// `stride` weights for each output pixel; unused ones are 0.
    private(set) var weights: [Double]
    let stride: Int

    /// The weights for `count` output pixels from the part `from`…`to` of an axis of `length` pixels, of which the image
    /// covers `extent`: a first or last pixel that it covers in part has that part of its weight.
    ///
    /// An axis that keeps its pixels is copied with every filter, as Pillow does.
    init(
        _ filter: ResampleFilter, length: Int, from: Double, to: Double, count: Int, extent: ClosedRange<Double>? = nil
    ) {
        let covered = (
            first: min(1, max(0, 1 - (extent?.lowerBound ?? 0))),
            last: min(1, max(0, 1 - Double(length) + (extent?.upperBound ?? Double(length))))
        )
        if from == 0, to == Double(length), count == length {
            stride = 1
            weights = [Double](repeating: 1, count: count)
            starts = (0..<Int32(count)).map { $0 }
            counts = [Int32](repeating: 1, count: count)
            return
        }
        let scale = (to - from) / Double(count)
        let widening = max(scale, 1)
        let support = filter.support * widening
        let stride = Int(support.rounded(.up)) * 2 + 1
        self.stride = stride
        weights = [Double](repeating: 0, count: stride * count)
        starts.reserveCapacity(count)
        counts.reserveCapacity(count)
        for index in 0..<count {
            let center = from + (Double(index) + 0.5) * scale
            let first = max(0, Int(center - support + 0.5))
            let end = min(length, max(first + 1, Int(center + support + 0.5)))
            let start = min(first, end - 1)
            let taps = min(stride, end - start)
            starts.append(Int32(start))
            counts.append(Int32(taps))
            weights.withUnsafeMutableBufferPointer { all in
                let own = UnsafeMutableBufferPointer(rebasing: all[index * stride..<index * stride + taps])
                filter.fill(own, first: start, center: center, narrowing: 1 / widening)
                if start == 0 { own[0] *= covered.first }
                if start + taps == length { own[taps - 1] *= covered.last }
                let sum = own.reduce(0, +)
                // A narrow box may contain no pixel center and have no weight: use its first pixel.
                if sum == 0 { own[0] = 1 } else { for tap in 0..<taps { own[tap] /= sum } }
            }
        }
    }
}

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
