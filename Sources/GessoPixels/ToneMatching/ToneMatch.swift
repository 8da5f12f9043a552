import CGessoKernels

/// A correction that matches the levels of a patch to those around it.
///
/// Estimated around the edit, where both images show the same content: a gain and an offset for each channel, and the
/// remaining difference as a smooth field, interpolated into the edit. Works on encoded 8-bit samples.
package struct ToneMatch: Sendable {
    /// For red, green and blue.
    package let gain: [Double]
    /// In levels.
    package let offset: [Double]
    /// The largest correction by the field, in levels.
    package var largestField: Double { field.values.reduce(0) { max($0, abs(Double($1))) } }
    let field: ToneField
    /// The part of the canvas that was compared.
    let area: Rect

    /// Compares `found` with `wanted`, two `rgb8` images of one area, where `keep` is 255. Nil if too few pixels are
    /// kept.
    init?(wanted: Bitmap, found: Bitmap, keep: Mask, area: Rect) throws(GessoError) {
        let columns = (wanted.width + 7) / 8
        let rows = (wanted.height + 7) / 8
        var blocks = [gesso_tone_block_t](repeating: gesso_tone_block_t(), count: columns * rows)
        let (width, height) = (wanted.width, wanted.height)
        blocks.withUnsafeMutableBufferPointer { blocks in
            wanted.withRows { wanted in
                found.withRows { found in
                    keep.coverage.withRows { keep in
                        for y in 0..<height {
                            // Safe: block row y / 8 holds `columns` entries, and rows of the three are equally long.
                            let row = blocks.baseAddress.map { $0 + y / 8 * columns }
                            gesso_tone_blocks_row(wanted.row(y), found.row(y), keep.row(y), width, row)
                        }
                    }
                }
            }
        }
        let samples = blocks.map { $0.count >= 16 ? ToneSample($0) : nil }
        let known = samples.compactMap { $0 }
        guard known.count >= 12 else { return nil }
        let fits = (0..<3).map { ToneFit(known, channel: $0) }
        gain = fits.map(\.gain)
        offset = fits.map(\.offset)
        field = ToneField(samples, fits, columns: columns, rows: rows)
        self.area = area
    }

    /// Corrects an 8-bit color patch in place; `placed` is its position on the canvas. Throws `pixelFormatMismatch` for
    /// gray and for 16-bit patches.
    package func apply(to patch: inout Bitmap, placed box: Box) throws(GessoError) {
        try apply(to: &patch, firstRow: 0, of: patch.height, placed: box)
    }

    /// The same for a band of a patch of `wholeHeight` rows, which begins with its row `firstRow`; `placed` is the position of
    /// the whole patch.
    package func apply(
        to patch: inout Bitmap, firstRow: Int, of wholeHeight: Int, placed box: Box
    ) throws(GessoError) {
        guard patch.format == .rgb8 || patch.format == .rgba8 else {
            throw GessoError(
                .pixelFormatMismatch, stage: "match",
                "Levels of a patch of \(patch.format) cannot be matched; convert it to 8-bit RGB or RGBA first.",
                facts: ["found": "\(patch.format)"])
        }
        let (width, height, channels) = (patch.width, patch.height, patch.format.channels)
        let (stepX, stepY) = (box.width / Double(width), box.height / Double(wholeHeight))
        // The pixel's center, in blocks from the center of the first block.
        let startX = (box.left + stepX / 2 - Double(area.x)) / 8 - 0.5
        let startY = (box.top + stepY / 2 - Double(area.y)) / 8 - 0.5
        let pixel = gain.map(Float.init) + [1]
        let gains = (0..<width * channels).map { pixel[$0 % channels] }
        let offset = offset.map(Float.init)
        let (field, kernels) = (field, gesso_kernels().pointee)
        // The corrections, for each sample, of the rows of blocks above and below the current row of pixels.
        var upper = [Float](repeating: 0, count: width * channels)
        var lower = upper
        func spread(_ row: Int, into target: inout [Float]) {
            gesso_tone_spread_row(
                field.row(row), field.columns, offset, Float(startX), Float(stepX / 8), width, Int32(channels), &target)
        }
        var current: Int?
        try patch.withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height {
                let position = min(max(startY + Double(firstRow + y) * stepY / 8, 0), Double(field.rows - 1))
                let row = Int(position)
                if current != row {
                    if let current, current + 1 == row { swap(&upper, &lower) } else { spread(row, into: &upper) }
                    spread(min(row + 1, field.rows - 1), into: &lower)
                    current = row
                }
                kernels.tone_apply(rows.row(y), width * channels, gains, upper, lower, Float(position - Double(row)))
            }
        }
    }
}

/// The mean levels of one block in both images.
struct ToneSample {
    let wanted: [Double]
    let found: [Double]
    /// Reduced if the difference varies within the block, which indicates different content.
    let weight: Double

    init(_ block: gesso_tone_block_t) {
        let count = Double(block.count)
        wanted = [block.wanted.0, block.wanted.1, block.wanted.2].map { Double($0) / count }
        found = [block.found.0, block.found.1, block.found.2].map { Double($0) / count }
        let mean = wanted[1] - found[1]
        let variance = max(0, Double(block.difference_square) / count - mean * mean)
        weight = count / 64 / (1 + variance / 64)
    }
}

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
