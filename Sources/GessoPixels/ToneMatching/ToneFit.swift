/// One channel's gain and offset: `wanted ≈ found × gain + offset`.
struct ToneFit {
    private(set) var gain = 1.0
    private(set) var offset = 0.0

    /// Reweighted least squares with a prior on gain 1; blocks with different content get low weights.
    init(_ samples: [ToneSample], channel: Int) {
        var weights = samples.map(\.weight)
        for _ in 0..<4 {
            solve(samples, weights, channel)
            weights = samples.map { sample in
                let residual = abs(sample.wanted[channel] - corrected(sample.found[channel]))
                // Huber's weight: beyond 6 levels the influence of a block no longer grows.
                return sample.weight * (residual > 6 ? 6 / residual : 1)
            }
        }
    }

    func corrected(_ level: Double) -> Double { level * gain + offset }

    private mutating func solve(_ samples: [ToneSample], _ weights: [Double], _ channel: Int) {
        var (total, meanFound, meanDifference) = (0.0, 0.0, 0.0)
        for (sample, weight) in zip(samples, weights) {
            total += weight
            meanFound += weight * sample.found[channel]
            meanDifference += weight * (sample.wanted[channel] - sample.found[channel])
        }
        guard total > 0 else { return }
        meanFound /= total
        meanDifference /= total
        // A prior of 0.03 on the gain against a noise of 3 levels in a block: (3 / 0.03)² = 10,000. It decides if all
        // blocks have a similar brightness, and is negligible if their brightness varies widely.
        var (product, square) = (0.0, 10_000.0)
        for (sample, weight) in zip(samples, weights) {
            let level = sample.found[channel] - meanFound
            product += weight * level * (sample.wanted[channel] - sample.found[channel] - meanDifference)
            square += weight * level * level
        }
        let slope = min(max(product / square, -0.2), 0.2)
        gain = 1 + slope
        offset = meanDifference - slope * meanFound
    }
}
