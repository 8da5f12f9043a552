extension Bitmap {
    /// The bytes that ``resized(to:from:filter:space:)`` takes beside both images, at most: rows in between and weights.
    package static func resizingScratchBytes(
        from source: Size, to target: Size, format: PixelFormat, _ filter: ResampleFilter, _ space: ResampleSpace
    ) -> Int {
        // Longer sides are refused.
        guard max(source.longEdge, target.longEdge) <= longestScaledSide else { return 0 }
        func taps(_ from: Int, _ to: Int) -> Int {
            min(from, Int(2 * filter.support * max(1, Double(from) / Double(max(1, to)))) + 3)
        }
        let (across, down) = (taps(source.width, target.width), taps(source.height, target.height))
        // Exact weights, their copies in fixed point or float, and the tables of starts and counts.
        let weights = 20 * (target.width * (across + 4) + target.height * (down + 4))
        let row = (source.width + 128) * format.channels
        guard format.bitsPerChannel == 8, space == .encoded else {
            // Sums of the new rows that are open at a time, in float.
            let scale = max(1, Double(target.height) / Double(max(1, source.height)))
            let open = min(target.height, Int(2 * filter.support * scale) + 3)
            return weights + 4 * row * (open + 2) + 4 * target.width * format.channels
        }
        let strip = 32 * (source.width + 128) + 16 * row + 40 * target.width
        return weights + strip + (format.hasAlpha ? 2 * row * (down + 4) : 0)
    }
}
