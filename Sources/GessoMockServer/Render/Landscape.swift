import GessoPixels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A landscape determined by a prompt: a sky with a sun, and hills that become paler toward the horizon.
///
/// Rendered at a small size and enlarged, so that the cost of a large image is close to that of a small one.
struct Landscape {
    struct Hill {
        /// The height of the hill's top edge (0…1, from the top) at a horizontal position (0…1).
        var ridge: (Float) -> Float
        var color: FloatColor
    }

    let zenith: FloatColor
    let horizon: FloatColor
    let sun: FloatColor
    /// The center of the sun, as fractions of width and height.
    let center: (x: Float, y: Float)
    /// The radius of the sun, as a fraction of the shorter side.
    let radius: Float
    /// Back to front.
    let hills: [Hill]

    /// The long edge of the small image, in pixels.
    private static let smallEdge = 320

    /// - Parameter index: The number of the image within its request.
    init(prompt: String, index: Int = 0) {
        var numbers = PromptRandomNumbers(prompt: prompt, index: index)
        // Skies from cyan to violet, horizons from rose to amber, dark ground of any hue.
        let daylight = numbers.next(in: 0.55...1)
        zenith = FloatColor(hue: numbers.next(in: 0.5...0.82), saturation: 0.65, brightness: 0.8 * daylight)
        let warmth = numbers.next(in: 0.92...1.13)
        horizon = FloatColor(hue: warmth, saturation: 0.35, brightness: 0.98)
        sun = FloatColor(hue: warmth + 0.04, saturation: 0.22, brightness: 1)
        let ground = FloatColor(hue: numbers.next(in: 0...1), saturation: 0.6, brightness: 0.26)
        center = (x: numbers.next(in: 0.2...0.8), y: numbers.next(in: 0.18...0.5))
        radius = numbers.next(in: 0.05...0.11)
        var hills: [Hill] = []
        for depth: Float in [0.25, 0.5, 0.75, 1] {
            let base = 0.5 + 0.4 * depth * numbers.next(in: 0.85...1)
            let waves = (0..<3).map { octave in
                (
                    amplitude: 0.07 / Float(octave + 1) * numbers.next(in: 0.5...1),
                    cycles: numbers.next(in: 0.6...1.4) * Float(1 + 2 * octave), phase: numbers.next(in: 0...6.28)
                )
            }
            let ridge = { (x: Float) -> Float in
                waves.reduce(base) { $0 + $1.amplitude * sinf(x * $1.cycles * 2 * Float.pi + $1.phase) }
            }
            hills.append(Hill(ridge: ridge, color: horizon.mixed(with: ground, share: 0.25 + 0.75 * depth)))
        }
        self.hills = hills
    }

    /// The landscape as `rgb8`. If `time` (0…1) is given, the sun is where it is at that time between rise and set.
    func rendered(size: Size, time: Float? = nil) throws(GessoError) -> Bitmap {
        let scale = min(1, Double(Landscape.smallEdge) / Double(size.longEdge))
        let small = Size(
            width: max(1, Int((Double(size.width) * scale).rounded())),
            height: max(1, Int((Double(size.height) * scale).rounded())))
        return try renderedSmall(small, time).resized(to: size, filter: .catmullRom)
    }

    private func renderedSmall(_ size: Size, _ time: Float?) throws(GessoError) -> Bitmap {
        let (width, height) = (Float(size.width), Float(size.height))
        let center =
            time.map { (x: $0 * width, y: (0.75 - 0.6 * sinf($0 * Float.pi)) * height) }
            ?? (x: center.x * width, y: center.y * height)
        let radius = radius * min(width, height)
        let ridges = hills.map { hill in (0..<size.width).map { hill.ridge(Float($0) / width) * height } }
        let colors = hills.map(\.color)

        var bitmap = try Bitmap(size: size, format: .rgb8, zeroed: false)
        let rowBytes = bitmap.bytesPerRow
        try bitmap.withUnsafeMutablePixels { pixels throws(GessoError) in
            for y in 0..<size.height {
                let row = pixels + y * rowBytes
                let sky = zenith.mixed(with: horizon, share: min(1, Float(y) / (height * 0.75)))
                let dy = Float(y) - center.y
                for x in 0..<size.width {
                    let dx = Float(x) - center.x
                    let squared = dx * dx + dy * dy
                    var color = sky.mixed(with: sun, share: 0.6 / (1 + squared / (radius * radius * 6)))
                    // The edges of the sun and of the hills are antialiased over one pixel.
                    let inside = min(max(radius + 0.5 - squared.squareRoot(), 0), 1)
                    if inside > 0 { color = color.mixed(with: sun, share: inside) }
                    for index in colors.indices {
                        let covered = min(max(Float(y) - ridges[index][x] + 0.5, 0), 1)
                        if covered > 0 { color = color.mixed(with: colors[index], share: covered) }
                    }
                    row[3 * x] = UInt8(min(max(color.red, 0), 255))
                    row[3 * x + 1] = UInt8(min(max(color.green, 0), 255))
                    row[3 * x + 2] = UInt8(min(max(color.blue, 0), 255))
                }
            }
        }
        return bitmap
    }
}
