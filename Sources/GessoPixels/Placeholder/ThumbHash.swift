#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A placeholder of about 25 bytes that keeps colors, aspect ratio and transparency (Evan Wallace's ThumbHash, format of 2023).
package enum ThumbHash {
    /// The bytes of the hash of an image of 8 bits a channel, sRGB, with sides of 100 pixels at most.
    ///
    /// Throws `invalidGeometry` for a larger one, and `unsupportedFormat` for 16 bits.
    package static func encode(_ bitmap: Bitmap) throws(GessoError) -> [UInt8] {
        try bitmap.checkPlaceholder()
        let image = try bitmap.addingAlpha()
        let (width, height) = (image.width, image.height)
        var (average, alphaSum) = ((red: 0.0, green: 0.0, blue: 0.0), 0.0)
        var samples: [Double] = []
        samples.reserveCapacity(width * height * 4)
        image.withRows { rows in
            for y in 0..<height { for index in 0..<width * 4 { samples.append(Double(rows.row(y)[index])) } }
        }
        for index in stride(from: 0, to: samples.count, by: 4) {
            let alpha = samples[index + 3] / 255
            average.red += alpha / 255 * samples[index]
            average.green += alpha / 255 * samples[index + 1]
            average.blue += alpha / 255 * samples[index + 2]
            alphaSum += alpha
        }
        if alphaSum > 0 {
            average = (average.red / alphaSum, average.green / alphaSum, average.blue / alphaSum)
        }
        let hasAlpha = alphaSum < Double(width * height)
        // Luminance, yellow against blue, red against green, alpha; over the average color where transparent.
        var (luminance, yellow, red, alphas) = ([Double](), [Double](), [Double](), [Double]())
        for index in stride(from: 0, to: samples.count, by: 4) {
            let alpha = samples[index + 3] / 255
            let r = average.red * (1 - alpha) + alpha / 255 * samples[index]
            let g = average.green * (1 - alpha) + alpha / 255 * samples[index + 1]
            let b = average.blue * (1 - alpha) + alpha / 255 * samples[index + 2]
            luminance.append((r + g + b) / 3)
            yellow.append((r + g) / 2 - b)
            red.append(r - g)
            alphas.append(alpha)
        }
        // Fewer bits for luminance where alpha takes some.
        let limit = hasAlpha ? 5.0 : 7.0
        let longest = Double(max(width, height))
        let across = max(1, rounded(limit * Double(width) / longest))
        let down = max(1, rounded(limit * Double(height) / longest))
        let l = Channel(luminance, width, height, max(3, across), max(3, down))
        let p = Channel(yellow, width, height, 3, 3)
        let q = Channel(red, width, height, 3, 3)
        let a = hasAlpha ? Channel(alphas, width, height, 5, 5) : nil
        let isLandscape = width > height
        let first =
            rounded(63 * l.constant) | rounded(31.5 + 31.5 * p.constant) << 6 | rounded(31.5 + 31.5 * q.constant) << 12
            | rounded(31 * l.scale) << 18 | (hasAlpha ? 1 << 23 : 0)
        let second =
            (isLandscape ? down : across) | rounded(63 * p.scale) << 3 | rounded(63 * q.scale) << 9
            | (isLandscape ? 1 << 15 : 0)
        var hash = [first, first >> 8, first >> 16, second, second >> 8].map { UInt8(truncatingIfNeeded: $0) }
        if let a { hash.append(UInt8(truncatingIfNeeded: rounded(15 * a.constant) | rounded(15 * a.scale) << 4)) }
        let nibbles = ([l, p, q] + (a.map { [$0] } ?? [])).flatMap(\.varying).map { UInt8(rounded(15 * $0)) }
        for start in stride(from: 0, to: nibbles.count, by: 2) {
            hash.append(nibbles[start] | (start + 1 < nibbles.count ? nibbles[start + 1] << 4 : 0))
        }
        return hash
    }

    /// As JavaScript's Math.round, which the format is defined by.
    private static func rounded(_ value: Double) -> Int { Int((value + 0.5).rounded(.down)) }

    /// The cosine transform of a channel: its mean, and the lowest frequencies in 0…1 relative to the strongest.
    private struct Channel {
        private(set) var constant = 0.0
        private(set) var varying: [Double] = []
        private(set) var scale = 0.0

        init(_ channel: [Double], _ width: Int, _ height: Int, _ across: Int, _ down: Int) {
            for cy in 0..<down {
                let rowWaves = (0..<height).map { cos(.pi / Double(height) * Double(cy) * (Double($0) + 0.5)) }
                var cx = 0
                while cx * down < across * (down - cy) {
                    let waves = (0..<width).map { cos(.pi / Double(width) * Double(cx) * (Double($0) + 0.5)) }
                    var sum = 0.0
                    for y in 0..<height {
                        for x in 0..<width { sum += channel[x + y * width] * waves[x] * rowWaves[y] }
                    }
                    sum /= Double(width * height)
                    if cx == 0, cy == 0 {
                        constant = sum
                    } else {
                        varying.append(sum)
                        scale = max(scale, abs(sum))
                    }
                    cx += 1
                }
            }
            if scale > 0 { for index in varying.indices { varying[index] = 0.5 + 0.5 / scale * varying[index] } }
        }
    }
}

extension Bitmap {
    /// Throws unless a placeholder can be made of the image at once.
    func checkPlaceholder() throws(GessoError) {
        guard size.longEdge <= 100 else {
            throw GessoError(
                .invalidGeometry, stage: "placeholder",
                "A placeholder is made of an image of 100 pixels a side at most, not of \(size); scale it down first.",
                facts: ["found": "\(size)", "allowed": "100"])
        }
        guard format.bitsPerChannel == 8 else {
            throw GessoError(
                .unsupportedFormat, stage: "placeholder",
                "A placeholder is made of 8 bits a channel; convert the image.",
                facts: ["found": "\(format)"])
        }
    }
}
