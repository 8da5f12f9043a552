extension Bitmap {
    /// The smallest rectangle outside which every pixel is like the top left one; nil if all are.
    ///
    /// Pixels are alike when no channel differs by more than `threshold` of 255. Where the top left pixel is transparent, all
    /// pixels are alike whose alpha is at most the threshold, whatever their colors.
    package func contentBounds(threshold: Int) -> Rect? {
        format.bitsPerChannel == 8
            ? bounds(UInt8.self, threshold) : bounds(UInt16.self, threshold * 257)
    }

    private func bounds<Sample: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: Sample.Type, _ threshold: Int
    ) -> Rect? {
        let channels = format.channels
        return withRows { rows in
            func row(_ y: Int) -> UnsafePointer<Sample> {
                // Safe: a row holds width × channels samples of this width and is aligned to 64 bytes.
                UnsafeRawPointer(rows.row(y)).assumingMemoryBound(to: Sample.self)
            }
            let corner = (0..<channels).map { Int(row(0)[$0]) }
            let compared = channels == 4 && corner[3] <= threshold ? 3..<4 : 0..<channels
            func differs(_ x: Int, _ line: UnsafePointer<Sample>) -> Bool {
                for channel in compared where abs(Int(line[x * channels + channel]) - corner[channel]) > threshold {
                    return true
                }
                return false
            }
            var (top, bottom, left, right) = (height, -1, width, -1)
            for y in 0..<height {
                let line = row(y)
                // What lies between the sides found so far cannot move them.
                guard let first = (0..<width).first(where: { differs($0, line) }) else { continue }
                let last = (max(first, right)..<width).last { differs($0, line) } ?? first
                (top, bottom) = (min(top, y), y)
                (left, right) = (min(left, first), max(right, last))
            }
            return bottom < 0 ? nil : Rect(x: left, y: top, width: right - left + 1, height: bottom - top + 1)
        }
    }
}
