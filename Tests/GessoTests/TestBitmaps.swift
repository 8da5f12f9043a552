import Gesso

/// Images for tests, made and read without any code under test but `Bitmap` itself.
enum TestBitmaps {
    /// A bitmap whose samples come from a function of column, row and channel.
    static func make(
        _ width: Int, _ height: Int, _ format: Bitmap.Format = .rgb8, _ sample: (Int, Int, Int) -> UInt8
    ) throws -> Bitmap {
        var bitmap = try Bitmap(size: Size(width: width, height: height), format: format)
        let (stride, channels) = (bitmap.bytesPerRow, format.channels)
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<height {
                for x in 0..<width {
                    for channel in 0..<channels {
                        bytes.storeBytes(
                            of: sample(x, y, channel), toByteOffset: y * stride + x * channels + channel, as: UInt8.self
                        )
                    }
                }
            }
        }
        return bitmap
    }

    /// Every pixel differs from its neighbors, so that a shift or a rotation shows.
    static func gradient(_ width: Int, _ height: Int, _ format: Bitmap.Format = .rgb8) throws -> Bitmap {
        try make(width, height, format) { x, y, channel in
            channel == 3 ? 255 : UInt8(truncatingIfNeeded: x &* (3 + channel) &+ y &* (7 - channel))
        }
    }

    /// Smooth as a photograph's sky, so that resampling loses little.
    static func smooth(_ width: Int, _ height: Int) throws -> Bitmap {
        try make(width, height) { x, y, channel in
            UInt8(40 + (x * 150 / width + y * 60 / height) / (channel == 1 ? 2 : 1))
        }
    }

    /// The samples of one pixel.
    static func pixel(_ bitmap: Bitmap, _ x: Int, _ y: Int) -> [UInt8] {
        bitmap.withRow(y) { row in
            (0..<bitmap.format.channels).map {
                row.unsafeLoad(fromByteOffset: x * bitmap.format.channels + $0, as: UInt8.self)
            }
        }
    }
}
