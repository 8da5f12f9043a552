#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A placeholder of about 30 characters (Wolt's BlurHash): the lowest frequencies of an opaque image.
package enum BlurHash {
    private static let digits = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~")

    /// The hash of an image of 8 bits a channel, sRGB, with sides of 100 pixels at most; alpha is ignored.
    ///
    /// - Parameters:
    ///   - across: frequencies from left to right, 1…9.
    ///   - down: frequencies from top to bottom, 1…9.
    package static func encode(_ bitmap: Bitmap, across: Int = 4, down: Int = 3) throws(GessoError) -> String {
        try bitmap.checkPlaceholder()
        guard (1...9).contains(across), (1...9).contains(down) else {
            throw GessoError(
                .invalidParameter, stage: "placeholder",
                "BlurHash takes 1 to 9 components each way, not \(across) and \(down).", facts: ["allowed": "1...9"])
        }
        let factors = components(try bitmap.converted(to: bitmap.format.hasAlpha ? .rgba8 : .rgb8), across, down)
        var text = encoded(across - 1 + (down - 1) * 9, 1)
        let varying = factors.dropFirst()
        let strongest = varying.flatMap { [$0.red, $0.green, $0.blue] }.map(abs).max() ?? 0
        let quantized = varying.isEmpty ? 0 : min(max(Int((strongest * 166 - 0.5).rounded(.down)), 0), 82)
        let scale = varying.isEmpty ? 1 : Double(quantized + 1) / 166
        text += encoded(quantized, 1)
        let mean = factors[0]
        text += encoded(sample(mean.red) << 16 | sample(mean.green) << 8 | sample(mean.blue), 4)
        for factor in varying {
            let levels = [factor.red, factor.green, factor.blue].map { value in
                let root = (abs(value) / scale).squareRoot() * (value < 0 ? -1 : 1)
                return min(max(Int((root * 9 + 9.5).rounded(.down)), 0), 18)
            }
            text += encoded((levels[0] * 19 + levels[1]) * 19 + levels[2], 2)
        }
        return text
    }

    private typealias Factor = (red: Double, green: Double, blue: Double)

    /// The factors of the cosines in linear light, row by row; the first is the mean.
    private static func components(_ image: Bitmap, _ across: Int, _ down: Int) -> [Factor] {
        let (width, height, channels) = (image.width, image.height, image.format.channels)
        let linear = (0...255).map { SRGBCurve.linear(Double($0) / 255) }
        var factors: [Factor] = []
        for cy in 0..<down {
            let rowWaves = (0..<height).map { cos(.pi * Double(cy) * Double($0) / Double(height)) }
            for cx in 0..<across {
                let waves = (0..<width).map { cos(.pi * Double(cx) * Double($0) / Double(width)) }
                var sum: Factor = (0, 0, 0)
                image.withRows { rows in
                    for y in 0..<height {
                        for x in 0..<width {
                            let (pixel, wave) = (rows.row(y) + x * channels, waves[x] * rowWaves[y])
                            sum.red += wave * linear[Int(pixel[0])]
                            sum.green += wave * linear[Int(pixel[1])]
                            sum.blue += wave * linear[Int(pixel[2])]
                        }
                    }
                }
                let scale = (cx == 0 && cy == 0 ? 1 : 2) / Double(width * height)
                factors.append((sum.red * scale, sum.green * scale, sum.blue * scale))
            }
        }
        return factors
    }

    private static func sample(_ linear: Double) -> Int {
        Int(SRGBCurve.encoded(min(max(linear, 0), 1)) * 255 + 0.5)
    }

    private static func encoded(_ value: Int, _ length: Int) -> String {
        var rest = value
        var text: [Character] = []
        for _ in 0..<length {
            text.append(digits[rest % 83])
            rest /= 83
        }
        return String(text.reversed())
    }
}
