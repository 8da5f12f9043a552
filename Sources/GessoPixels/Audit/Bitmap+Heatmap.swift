extension Bitmap {
    /// An image that shows the differences to `after`: this image in dark gray, with differences in color.
    ///
    /// Blue is one level, red is eight, yellow and white are 32 and more (the largest difference of a channel, on a
    /// logarithmic scale). Pixels that `mask` selects show no differences. Both images have the same size; 16-bit
    /// samples are converted to 8. Returns `rgb8`. Throws `invalidGeometry` and `maskSizeMismatch`.
    public func heatmap(against after: Bitmap, mask: Mask? = nil) throws(GessoError) -> Bitmap {
        guard after.size == size else {
            throw GessoError(
                .invalidGeometry, stage: "audit",
                "The images are \(size) and \(after.size); only images of one size can be compared.",
                facts: ["found": "\(after.size)", "allowed": "\(size)"])
        }
        if let mask { try mask.requireSize(size) }
        let (old, new) = (try onBlack(), try after.onBlack())
        let coverage: Bitmap = if let mask { mask.coverage } else { try Bitmap(size: size, format: .gray8) }
        var result = try Bitmap(size: size, format: .rgb8, zeroed: false)
        let (width, height) = (width, height)
        try result.withMutableRows { (target) throws(GessoError) in
            old.withRows { old in
                new.withRows { new in
                    coverage.withRows { coverage in
                        for y in 0..<height {
                            let (a, b, covered, out) = (old.row(y), new.row(y), coverage.row(y), target.row(y))
                            for x in 0..<width {
                                let i = x * 3
                                let gray = (Int(a[i]) * 54 + Int(a[i + 1]) * 183 + Int(a[i + 2]) * 19) >> 8
                                let difference = max(
                                    abs(Int(a[i]) - Int(b[i])),
                                    max(abs(Int(a[i + 1]) - Int(b[i + 1])), abs(Int(a[i + 2]) - Int(b[i + 2]))))
                                let isKept = covered[x] == 0
                                let glow = isKept ? HeatRamp.colors[difference] : (0, 0, 0)
                                let base = gray / (isKept ? 4 : 2)
                                out[i] = UInt8(min(255, base + glow.0))
                                out[i + 1] = UInt8(min(255, base + glow.1))
                                out[i + 2] = UInt8(min(255, base + glow.2))
                            }
                        }
                    }
                }
            }
        }
        return result
    }

    private func onBlack() throws(GessoError) -> Bitmap {
        try (format.hasAlpha ? flattened(onto: .black) : self).converted(to: .rgb8)
    }
}

/// The color of each difference of 0…255 levels.
enum HeatRamp {
    static let colors: [(Int, Int, Int)] = (0...255).map { difference in
        guard difference > 0 else { return (0, 0, 0) }
        // Doublings of a level: 1, 2, 4, 8, 16, 32.
        var doublings = 0.0
        var rest = Double(difference)
        while rest >= 2, doublings < 5 {
            rest /= 2
            doublings += 1
        }
        doublings = min(5, doublings + (doublings < 5 ? rest - 1 : 0))
        let stops: [(Double, Double, Double)] = [
            (30, 60, 200), (70, 60, 220), (160, 40, 160), (230, 50, 40), (250, 170, 20), (255, 250, 200),
        ]
        let low = Int(doublings)
        let high = min(5, low + 1)
        let share = doublings - Double(low)
        func mix(_ a: Double, _ b: Double) -> Int { Int(a + (b - a) * share) }
        return (mix(stops[low].0, stops[high].0), mix(stops[low].1, stops[high].1), mix(stops[low].2, stops[high].2))
    }
}
