/// The filter weights of every output pixel along one axis; each pixel's weights add up to 1.
///
/// Pillow's definition: with scale = in / out and f = max(scale, 1), the filter is widened by f, its taps are the
/// pixels from round(center − support·f) up to round(center + support·f) that exist, and their weights are divided
/// by their sum.
struct FilterWeights {
    /// The first source pixel of each new pixel.
    private(set) var starts: [Int32] = []
    /// The number of source pixels of each output pixel.
    private(set) var counts: [Int32] = []
    /// `stride` weights for each output pixel; unused ones are 0.
    private(set) var weights: [Double]
    let stride: Int

    /// The weights for `count` output pixels from the part `from`…`to` of an axis of `length` pixels.
    ///
    /// An axis that keeps its pixels is copied with every filter, as Pillow does.
    init(_ filter: ResampleFilter, length: Int, from: Double, to: Double, count: Int) {
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
                let sum = own.reduce(0, +)
                // A narrow box may contain no pixel center and have no weight: use its first pixel.
                if sum == 0 { own[0] = 1 } else { for tap in 0..<taps { own[tap] /= sum } }
            }
        }
    }
}
