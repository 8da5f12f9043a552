import CGessoKernels

/// Counts how much kept pixels differ between two images, which may be added in bands.
package struct DifferenceHistogram {
    private let format: Bitmap.Format
    private var counts: [UInt64]
    /// Pixels that the mask selects, which were counted as equal (8 bits only).
    private var covered = 0

    /// A histogram for images of that format.
    package init(format: Bitmap.Format) {
        self.format = format
        counts = [UInt64](repeating: 0, count: format.bitsPerChannel == 16 ? 65536 : 4 * 256)
    }

    /// Adds two images of one size and of the histogram's format; pixels where the mask is above 0 do not count.
    package mutating func add(before: Bitmap, after: Bitmap, mask: Mask) throws(GessoError) {
        let (wide, channels, width) = (format.bitsPerChannel == 16, Int32(format.channels), before.width)
        let kernels = gesso_kernels().pointee
        var histogram = counts
        var largest = [UInt8](repeating: 0, count: wide ? 0 : width)
        var selected = 0
        try before.withRows { (a) throws(GessoError) in
            try after.withRows { (b) throws(GessoError) in
                try mask.coverage.withRows { (coverage) throws(GessoError) in
                    for y in 0..<before.height {
                        if y & 63 == 0 { try checkCancellation("audit") }
                        if wide {
                            gesso_difference_histogram16(
                                a.row16(y), b.row16(y), coverage.row(y), width, channels, &histogram)
                            continue
                        }
                        kernels.difference(a.row(y), b.row(y), coverage.row(y), width, channels, &largest)
                        gesso_count_values(largest, width, &histogram)
                        selected += width - kernels.count_equal(coverage.row(y), 0, width)
                    }
                }
            }
        }
        counts = histogram
        covered += selected
    }

    /// The number of kept pixels for each value of the largest difference of a channel, 0…255 or 0…65535.
    var sums: [UInt64] {
        guard format.bitsPerChannel == 8 else { return counts }
        var sums = (0..<256).map { value in (0..<4).reduce(UInt64(0)) { $0 + counts[$1 * 256 + value] } }
        sums[0] -= UInt64(covered)
        return sums
    }

    /// Levels of 0…255 in one step of the histogram.
    var unit: Double { format.bitsPerChannel == 8 ? 1.0 : 1.0 / 257 }
}

extension EditAudit {
    /// The audit of images whose differences were counted.
    package init(
        _ differences: DifferenceHistogram, seamDelta: Double, seamDeltaBefore: Double, maskCoverage: Double
    ) {
        let (histogram, unit) = (differences.sums, differences.unit)
        let kept = histogram.reduce(0, +)
        var (weighted, seen, p99, largest) = (0.0, UInt64(0), 0, 0)
        let rank = (Double(kept) * 0.99).rounded(.up)
        for (difference, count) in histogram.enumerated() where count > 0 {
            if Double(seen) < rank { p99 = difference }
            seen += count
            weighted += Double(difference) * Double(count)
            largest = difference
        }
        let changed = kept - (histogram.first ?? 0)
        self.init(
            changedOutside: kept == 0 ? 0 : Double(changed) / Double(kept),
            changedPixelsOutside: Int(changed),
            meanDrift: kept == 0 ? 0 : weighted * unit / Double(kept),
            p99Drift: Double(p99) * unit,
            maxDrift: Double(largest) * unit,
            seamDelta: seamDelta,
            seamDeltaBefore: seamDeltaBefore,
            maskCoverage: maskCoverage)
    }
}
