#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Bitmap {
    /// The image with `amount` times the difference between its luminance and its blurred luminance added to all colors
    /// (unsharp mask).
    ///
    /// Working on luminance keeps hues and leaves no colored fringes. Transparent pixels count by their alpha, and alpha
    /// stays.
    ///
    /// - Parameters:
    ///   - radius: the standard deviation of the Gaussian in pixels, 0.3…10.
    ///   - amount: 0…10.
    package func sharpened(radius: Double, amount: Double) throws(GessoError) -> Bitmap {
        var result = self
        if format.bitsPerChannel == 8 {
            try result.sharpen(UInt8.self, radius, Float(amount))
        } else {
            try result.sharpen(UInt16.self, radius, Float(amount))
        }
        return result
    }

    /// Bytes beside the image itself: the blurred rows that are open at a time.
    package static func sharpeningScratchBytes(width: Int, radius: Double) -> Int {
        16 * (2 * reach(radius) + 4) * (width + 1)
    }

    private static func reach(_ radius: Double) -> Int { max(1, Int((3 * radius).rounded(.up))) }

    private mutating func sharpen<Sample: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ type: Sample.Type, _ radius: Double, _ amount: Float
    ) throws(GessoError) {
        let reach = Bitmap.reach(radius)
        let weights = (-reach...reach).map { Float(exp(-Double($0 * $0) / (2 * radius * radius))) }
        let sum = weights.reduce(0, +)
        var blur = LuminanceBlur<Sample>(
            width: width, height: height, channels: format.channels, weights: weights.map { $0 / sum })
        let (width, height, channels) = (width, height, format.channels)
        let colors = min(channels, 3)
        let most = Float(Sample.max)
        try withMutableRows { (rows) throws(GessoError) in
            func row(_ y: Int) -> UnsafeMutablePointer<Sample> {
                // Safe: a row holds width × channels samples of this width and is aligned to 64 bytes.
                UnsafeMutableRawPointer(rows.row(y)).assumingMemoryBound(to: Sample.self)
            }
            for y in 0..<min(reach, height) { blur.take(row(y), y) }
            for y in 0..<height {
                if y % 64 == 0 { try checkCancellation("sharpen") }
                // Rows above `y` are changed already; what is needed of them is kept in blurred rows.
                if y + reach < height { blur.take(row(y + reach), y + reach) }
                let line = row(y)
                blur.withRow(y) { blurred in
                    for x in 0..<width {
                        let pixel = line + x * channels
                        let difference = amount * (LuminanceBlur<Sample>.luminance(pixel, channels) - blurred[x])
                        for channel in 0..<colors {
                            pixel[channel] = Sample(min(max(Float(pixel[channel]) + difference, 0), most).rounded())
                        }
                    }
                }
            }
        }
    }
}

/// The blurred luminance of rows, of which those around the current one are kept.
private struct LuminanceBlur<Sample: FixedWidthInteger & UnsignedInteger & BitwiseCopyable> {
    private let width: Int
    private let height: Int
    private let channels: Int
    private let weights: [Float]
    /// Rows blurred across, each in the place of its number modulo their count: luminance times alpha, then alpha.
    private var rows: [[Float]]
    private var wide: [Float]
    private var blurred: [Float]

    private var reach: Int { weights.count / 2 }
    private var hasAlpha: Bool { channels == 4 }

    init(width: Int, height: Int, channels: Int, weights: [Float]) {
        (self.width, self.height, self.channels, self.weights) = (width, height, channels, weights)
        let planes = channels == 4 ? 2 : 1
        blurred = [Float](repeating: 0, count: width * planes)
        rows = Array(repeating: blurred, count: weights.count)
        wide = [Float](repeating: 0, count: (width + weights.count - 1) * planes)
    }

    static func luminance(_ pixel: UnsafeMutablePointer<Sample>, _ channels: Int) -> Float {
        guard channels >= 3 else { return Float(pixel[0]) }
        return 0.299 * Float(pixel[0]) + 0.587 * Float(pixel[1]) + 0.114 * Float(pixel[2])
    }

    /// Blurs a row across; rows are given in order.
    mutating func take(_ row: UnsafeMutablePointer<Sample>, _ y: Int) {
        let count = width + weights.count - 1
        for position in 0..<count {
            let pixel = row + min(max(position - reach, 0), width - 1) * channels
            let alpha = hasAlpha ? Float(pixel[3]) / Float(Sample.max) : 1
            wide[position] = Self.luminance(pixel, channels) * alpha
            if hasAlpha { wide[count + position] = alpha }
        }
        let (width, weights, planes) = (width, weights, hasAlpha ? 2 : 1)
        wide.withUnsafeBufferPointer { source in
            rows[y % weights.count].withUnsafeMutableBufferPointer { target in
                for plane in 0..<planes {
                    for x in 0..<width {
                        var sum: Float = 0
                        for tap in 0..<weights.count { sum += weights[tap] * source[plane * count + x + tap] }
                        target[plane * width + x] = sum
                    }
                }
            }
        }
    }

    /// Gives the blurred luminance of row `y`.
    mutating func withRow(_ y: Int, _ body: (UnsafeBufferPointer<Float>) -> Void) {
        let (reach, height, width, hasAlpha) = (reach, height, width, hasAlpha)
        blurred.withUnsafeMutableBufferPointer { sum in
            sum.update(repeating: 0)
            for (tap, weight) in weights.enumerated() {
                rows[min(max(y + tap - reach, 0), height - 1) % weights.count].withUnsafeBufferPointer { row in
                    for x in 0..<row.count { sum[x] += weight * row[x] }
                }
            }
            if hasAlpha {
                for x in 0..<width { sum[x] = sum[width + x] > 1e-4 ? sum[x] / sum[width + x] : 0 }
            }
            body(UnsafeBufferPointer(sum))
        }
    }
}
