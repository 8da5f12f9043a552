#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Bitmap {
    /// The point that people are most likely to look at, in fractions of the sides (0…1).
    ///
    /// The image is scaled to 32 × 32 pixels (triangle), and each is scored: edges (five times the Laplacian of luminance Y), colors
    /// near that of skin (100 minus 100 times the distance of the unit vector of XYZ from (0.78, 0.57, 0.44)) and red (a*
    /// of CIELAB), the last two where Y is 5 of 100 or more. The scores are blurred by a Gaussian as wide as a tenth of the
    /// crop's diagonal, and the highest wins. That is the measure of smartcrop.js in the form that libvips gave it.
    ///
    /// Costs one reduction to 32 × 32 pixels. Encoded samples are taken as sRGB.
    ///
    /// - Parameters:
    ///   - cropWidth: the width of the crop as a fraction of the image's.
    ///   - cropHeight: the height of the crop as a fraction of the image's.
    package func focusPoint(cropWidth: Double, cropHeight: Double) throws(GessoError) -> Point {
        let side = AttentionMap.side
        var small = try resized(to: Size(width: side, height: side), filter: .triangle)
        if small.format.hasAlpha { small = try small.flattened(onto: .black) }
        small = try small.converted(to: .rgb8)
        let diagonal = (cropWidth * cropWidth + cropHeight * cropHeight).squareRoot() * Double(side)
        let scores = AttentionMap(small).scores(blurredBy: max(diagonal / 10, 1))
        let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
        return Point(
            x: (Double(best % side) + 0.5) / Double(side), y: (Double(best / side) + 0.5) / Double(side))
    }
}

/// The scores of an image of 32 × 32 pixels, row by row.
private struct AttentionMap {
    static let side = 32
    private var values: [Double] = []

    /// `image` is rgb8.
    init(_ image: Bitmap) {
        let side = Self.side
        var colors: [(x: Double, y: Double, z: Double)] = []
        colors.reserveCapacity(side * side)
        image.withRows { rows in
            for y in 0..<side {
                for x in 0..<side {
                    let pixel = rows.row(y) + 3 * x
                    func linear(_ channel: Int) -> Double { 100 * SRGBCurve.linear(Double(pixel[channel]) / 255) }
                    let (red, green, blue) = (linear(0), linear(1), linear(2))
                    // IEC 61966-2-1, D65.
                    colors.append(
                        (
                            x: 0.4124 * red + 0.3576 * green + 0.1805 * blue,
                            y: 0.2126 * red + 0.7152 * green + 0.0722 * blue,
                            z: 0.0193 * red + 0.1192 * green + 0.9505 * blue
                        ))
                }
            }
        }
        func luminance(_ x: Int, _ y: Int) -> Double {
            colors[min(max(y, 0), side - 1) * side + min(max(x, 0), side - 1)].y
        }
        values.reserveCapacity(side * side)
        for index in 0..<side * side {
            let (x, y) = (index % side, index / side)
            let neighbors = luminance(x - 1, y) + luminance(x + 1, y) + luminance(x, y - 1) + luminance(x, y + 1)
            let edge = abs(5 * (4 * colors[index].y - neighbors))
            values.append(edge + Self.attraction(colors[index]))
        }
    }

    /// How near a color is to skin, and how red; 0 for dark ones.
    private static func attraction(_ color: (x: Double, y: Double, z: Double)) -> Double {
        guard color.y >= 5 else { return 0 }
        let length = (color.x * color.x + color.y * color.y + color.z * color.z).squareRoot()
        let (dx, dy, dz) = (color.x / length - 0.78, color.y / length - 0.57, color.z / length - 0.44)
        let skin = 100 - 100 * (dx * dx + dy * dy + dz * dz).squareRoot()
        return skin + 500 * (lab(color.x / 95.047) - lab(color.y / 100))
    }

    /// The function f of CIELAB (ISO/CIE 11664-4).
    private static func lab(_ value: Double) -> Double {
        value > 216.0 / 24389 ? cbrt(value) : (24389.0 / 27 * value + 16) / 116
    }

    /// The scores after a Gaussian of that standard deviation in pixels, cut where it falls below a fifth of its peak.
    func scores(blurredBy sigma: Double) -> [Double] {
        let side = Self.side
        let reach = Int((sigma * (2 * log(5.0)).squareRoot()).rounded(.down))
        let weights = (-reach...reach).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
        func blurred(_ values: [Double], _ step: Int) -> [Double] {
            values.indices.map { index in
                let position = index / step % side
                var sum = 0.0
                for (tap, weight) in weights.enumerated() {
                    let moved = min(max(position + tap - reach, 0), side - 1)
                    sum += weight * values[index + (moved - position) * step]
                }
                return sum
            }
        }
        return blurred(blurred(values, 1), side)
    }
}
