import Gesso

/// Large images with as much detail as photographs have.
enum TestImage {
    /// Slow waves, and noise of a few levels that is the same each time.
    static func make(_ size: Size) throws -> Bitmap {
        var bitmap = try Bitmap(size: size, format: .rgb8)
        let width = size.width
        var state: UInt32 = 1
        try bitmap.forEachRow { row, y in
            for x in 0..<width {
                state = state &* 1_664_525 &+ 1_013_904_223
                let noise = Int(state >> 28)
                let wave = (x / 3 + y / 5) & 127
                row[3 * x] = UInt8(40 + wave + noise)
                row[3 * x + 1] = UInt8(60 + (wave * 3) / 4 + noise)
                row[3 * x + 2] = UInt8(80 + ((x / 16) ^ (y / 16)) & 63 + noise)
            }
        }
        return bitmap
    }
}
