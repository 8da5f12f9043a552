import GessoPixels

/// Images made from a formula or a seed, and their samples as arrays.
enum TestImages {
    /// An image whose bytes come from `value(x, y, channel)`; 8 bits.
    static func make(_ size: Size, _ format: Bitmap.Format, _ value: (Int, Int, Int) -> UInt8) throws -> Bitmap {
        var bitmap = try Bitmap(size: size, format: format)
        let (stride, channels) = (bitmap.bytesPerRow, format.channels)
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    for c in 0..<channels {
                        bytes.storeBytes(
                            of: value(x, y, c), toByteOffset: y * stride + x * channels + c, as: UInt8.self)
                    }
                }
            }
        }
        return bitmap
    }

    /// Random samples, also under alpha 0.
    static func noise(_ size: Size, _ format: Bitmap.Format, seed: UInt64) throws -> Bitmap {
        var random = SeededRandom(seed: seed)
        let bytesPerPixel = format.bytesPerPixel
        var bitmap = try Bitmap(size: size, format: format)
        let stride = bitmap.bytesPerRow
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<size.height {
                for x in 0..<size.width * bytesPerPixel {
                    bytes.storeBytes(
                        of: UInt8.random(in: 0...255, using: &random), toByteOffset: y * stride + x, as: UInt8.self)
                }
            }
        }
        return bitmap
    }

    /// A constant image; 8 bits.
    static func constant(_ size: Size, _ format: Bitmap.Format, _ samples: [UInt8]) throws -> Bitmap {
        try make(size, format) { _, _, c in samples[c] }
    }
}

extension Bitmap {
    /// One sample, of either depth.
    func sample(_ x: Int, _ y: Int, _ channel: Int = 0) -> Int {
        withRow(y) { row in
            let index = x * format.channels + channel
            return format.bitsPerChannel == 8
                ? Int(row.unsafeLoad(fromByteOffset: index, as: UInt8.self))
                : Int(row.unsafeLoad(fromByteOffset: index * 2, as: UInt16.self))
        }
    }

    /// All samples in row-major order.
    var samples: [Int] {
        let (count, wide) = (width * format.channels, format.bitsPerChannel == 16)
        var all: [Int] = []
        for y in 0..<height {
            withRow(y) { row in
                for index in 0..<count {
                    all.append(
                        wide
                            ? Int(row.unsafeLoad(fromByteOffset: index * 2, as: UInt16.self))
                            : Int(row.unsafeLoad(fromByteOffset: index, as: UInt8.self)))
                }
            }
        }
        return all
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
