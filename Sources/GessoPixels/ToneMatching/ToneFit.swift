/// One channel's gain and offset: `wanted ≈ found × gain + offset`.
struct ToneFit {
    private(set) var gain = 1.0
    private(set) var offset = 0.0

    /// Least squares with a leaning towards gain 1, reweighted so that blocks that show something else say little.
    init(_ samples: [ToneSample], channel: Int) {
        var weights = samples.map(\.weight)
        for _ in 0..<4 {
            solve(samples, weights, channel)
            weights = samples.map { sample in
                let residual = abs(sample.wanted[channel] - corrected(sample.found[channel]))
                // Huber's weight: beyond 6 levels a block pulls no harder.
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
        // A prior of 0.03 on the gain against a noise of 3 levels in a block: (3 / 0.03)² = 10,000. Surroundings of one
        // brightness say nothing about another; where they range widely, this is nothing.
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
