import CGessoKernels

/// The color difference between neighboring pixels on both sides of a mask's border.
package struct SeamDifference {
    /// Two neighbors: the position of the left or upper one, and whether the other is below (otherwise to the right).
    private struct Pair {
        let x: Int
        let y: Int
        let isVertical: Bool
    }

    private var pairs: [Pair] = []
    /// The number of pairs to sample; more would take time without making the mean more exact.
    private static let enough = 100_000

    package init(mask: Mask) throws(GessoError) {
        let size = mask.size
        var indices = [UInt32](repeating: 0, count: size.width)
        var every = 1
        var seen = 0
        try mask.coverage.withRows { (rows) throws(GessoError) in
            for y in 0..<size.height {
                for isVertical in [false, true] where isVertical ? y + 1 < size.height : size.width > 1 {
                    let row = rows.row(y)
                    let count = isVertical ? size.width : size.width - 1
                    let found = gesso_borders(
                        row, isVertical ? rows.row(y + 1) : row + 1, count, &indices, indices.count)
                    for index in indices[..<found] {
                        if seen % every == 0 { pairs.append(Pair(x: Int(index), y: y, isVertical: isVertical)) }
                        seen += 1
                    }
                    if pairs.count >= 2 * SeamDifference.enough {
                        pairs = stride(from: 0, to: pairs.count, by: 2).map { pairs[$0] }
                        every *= 2
                    }
                }
            }
        }
    }

    /// The mean ΔE2000 across the border; 0 if there is no border. The mask's top left pixel lies at `left`, `top`.
    package func meanDelta(in image: Bitmap, left: Int = 0, top: Int = 0) -> Double {
        guard !pairs.isEmpty else { return 0 }
        let (channels, wide) = (image.format.channels, image.format.bitsPerChannel == 16)
        return image.withRows { rows in
            func color(_ column: Int, _ row: Int) -> LabColor {
                let (x, y) = (left + column, top + row)
                func sample(_ channel: Int) -> Double {
                    wide
                        ? Double(rows.row16(y)[x * channels + channel]) / 65535
                        : Double(rows.row(y)[x * channels + channel]) / 255
                }
                return channels == 1
                    ? LabColor(red: sample(0), green: sample(0), blue: sample(0))
                    : LabColor(red: sample(0), green: sample(1), blue: sample(2))
            }
            let sum = pairs.reduce(0.0) { sum, pair in
                let here = color(pair.x, pair.y)
                let there = pair.isVertical ? color(pair.x, pair.y + 1) : color(pair.x + 1, pair.y)
                return sum + here.difference2000(to: there)
            }
            return sum / Double(pairs.count)
        }
    }
}
