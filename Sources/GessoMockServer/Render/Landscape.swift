import GessoPixels

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A landscape that a prompt decides: a sky with a sun, and hills that pale towards the horizon.
///
/// Painted small and enlarged, so that a big image costs about as much as a small one.
struct Landscape {
    struct Hill {
        /// Where the hill begins, in shares of the height, at a place in shares of the width.
        var ridge: (Float) -> Float
        var paint: MixedColor
    }

    let zenith: MixedColor
    let horizon: MixedColor
    let sun: MixedColor
    /// In shares of width and height.
    let center: (x: Float, y: Float)
    /// In shares of the shorter side.
    let radius: Float
    /// Back to front.
    let hills: [Hill]

    /// The long edge of the image that is rendered pixel by pixel.
    private static let sketchEdge = 320

    /// `index` tells the images of one request apart.
    init(prompt: String, index: Int = 0) {
        var numbers = PromptRandomNumbers(prompt: prompt, index: index)
        // Skies from cyan to violet over horizons from rose to amber; the ground has any color, dark.
        let daylight = numbers.next(in: 0.55...1)
        zenith = MixedColor(hue: numbers.next(in: 0.5...0.82), saturation: 0.65, brightness: 0.8 * daylight)
        let warmth = numbers.next(in: 0.92...1.13)
        horizon = MixedColor(hue: warmth, saturation: 0.35, brightness: 0.98)
        sun = MixedColor(hue: warmth + 0.04, saturation: 0.22, brightness: 1)
        let ground = MixedColor(hue: numbers.next(in: 0...1), saturation: 0.6, brightness: 0.26)
        center = (x: numbers.next(in: 0.2...0.8), y: numbers.next(in: 0.18...0.5))
        radius = numbers.next(in: 0.05...0.11)
        var hills: [Hill] = []
        for depth: Float in [0.25, 0.5, 0.75, 1] {
            let base = 0.5 + 0.4 * depth * numbers.next(in: 0.85...1)
            let waves = (0..<3).map { octave in
                (
                    swing: 0.07 / Float(octave + 1) * numbers.next(in: 0.5...1),
                    turns: numbers.next(in: 0.6...1.4) * Float(1 + 2 * octave), phase: numbers.next(in: 0...6.28)
                )
            }
            let ridge = { (x: Float) -> Float in
                waves.reduce(base) { $0 + $1.swing * sinf(x * $1.turns * 2 * Float.pi + $1.phase) }
            }
            hills.append(Hill(ridge: ridge, paint: horizon.mixed(with: ground, share: 0.25 + 0.75 * depth)))
        }
        self.hills = hills
    }

    /// The image, `rgb8`; over `time` from 0 to 1 the sun rises and sets.
    func rendered(size: Size, time: Float? = nil) throws(GessoError) -> Bitmap {
        let scale = min(1, Double(Landscape.sketchEdge) / Double(size.longEdge))
        let sketch = Size(
            width: max(1, Int((Double(size.width) * scale).rounded())),
            height: max(1, Int((Double(size.height) * scale).rounded())))
        return try sketched(sketch, time).resized(to: size, filter: .catmullRom)
    }

    private func sketched(_ size: Size, _ time: Float?) throws(GessoError) -> Bitmap {
        let (width, height) = (Float(size.width), Float(size.height))
        let center =
            time.map { (x: $0 * width, y: (0.75 - 0.6 * sinf($0 * Float.pi)) * height) }
            ?? (x: center.x * width, y: center.y * height)
        let radius = radius * min(width, height)
        let ridges = hills.map { hill in (0..<size.width).map { hill.ridge(Float($0) / width) * height } }
        let paints = hills.map(\.paint)

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
                    var paint = sky.mixed(with: sun, share: 0.6 / (1 + squared / (radius * radius * 6)))
                    // The disc's edge and the ridges are one pixel wide.
                    let inside = min(max(radius + 0.5 - squared.squareRoot(), 0), 1)
                    if inside > 0 { paint = paint.mixed(with: sun, share: inside) }
                    for index in paints.indices {
                        let covered = min(max(Float(y) - ridges[index][x] + 0.5, 0), 1)
                        if covered > 0 { paint = paint.mixed(with: paints[index], share: covered) }
                    }
                    row[3 * x] = UInt8(min(max(paint.red, 0), 255))
                    row[3 * x + 1] = UInt8(min(max(paint.green, 0), 255))
                    row[3 * x + 2] = UInt8(min(max(paint.blue, 0), 255))
                }
            }
        }
        return bitmap
    }
}
