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
/// Painted small and enlarged, so that a big picture costs about as much as a small one.
struct Landscape {
    private struct Hill {
        /// The row at which the hill begins in each column.
        var ridge: [Float]
        var paint: Paint
    }

    /// The long edge of the picture that is painted pixel by pixel.
    private static let sketchEdge = 320

    private let prompt: String
    private let index: Int

    init(prompt: String, index: Int = 0) {
        self.prompt = prompt
        self.index = index
    }

    /// The picture, `rgb8`.
    func painted(size: Size) throws(GessoError) -> Bitmap {
        let scale = min(1, Double(Landscape.sketchEdge) / Double(size.longEdge))
        let sketch = Size(
            width: max(1, Int((Double(size.width) * scale).rounded())),
            height: max(1, Int((Double(size.height) * scale).rounded())))
        return try sketched(sketch).resized(to: size, filter: .catmullRom)
    }

    private func sketched(_ size: Size) throws(GessoError) -> Bitmap {
        var numbers = PromptNumbers(prompt: prompt, index: index)
        // Skies from cyan to violet over horizons from rose to amber; the ground has any colour, dark.
        let daylight = numbers.next(in: 0.55...1)
        let zenith = Paint(hue: numbers.next(in: 0.5...0.82), saturation: 0.65, brightness: 0.8 * daylight)
        let warmth = numbers.next(in: 0.92...1.13)
        let horizon = Paint(hue: warmth, saturation: 0.35, brightness: 0.98)
        let sun = Paint(hue: warmth + 0.04, saturation: 0.22, brightness: 1)
        let ground = Paint(hue: numbers.next(in: 0...1), saturation: 0.6, brightness: 0.26)
        let (width, height) = (Float(size.width), Float(size.height))
        let centre = (x: numbers.next(in: 0.2...0.8) * width, y: numbers.next(in: 0.18...0.5) * height)
        let radius = numbers.next(in: 0.05...0.11) * min(width, height)
        let hills = hills(size, from: horizon, to: ground, &numbers)

        var bitmap = try Bitmap(size: size, format: .rgb8, zeroed: false)
        let rowBytes = bitmap.bytesPerRow
        try bitmap.withUnsafeMutablePixels { pixels throws(GessoError) in
            for y in 0..<size.height {
                let row = pixels + y * rowBytes
                let sky = zenith.mixed(with: horizon, share: min(1, Float(y) / (height * 0.75)))
                let dy = Float(y) - centre.y
                for x in 0..<size.width {
                    let dx = Float(x) - centre.x
                    let squared = dx * dx + dy * dy
                    var paint = sky.mixed(with: sun, share: 0.6 / (1 + squared / (radius * radius * 6)))
                    // The disc's edge and the ridges are one pixel wide.
                    let inside = min(max(radius + 0.5 - squared.squareRoot(), 0), 1)
                    if inside > 0 { paint = paint.mixed(with: sun, share: inside) }
                    for hill in hills {
                        let covered = min(max(Float(y) - hill.ridge[x] + 0.5, 0), 1)
                        if covered > 0 { paint = paint.mixed(with: hill.paint, share: covered) }
                    }
                    row[3 * x] = UInt8(min(max(paint.red, 0), 255))
                    row[3 * x + 1] = UInt8(min(max(paint.green, 0), 255))
                    row[3 * x + 2] = UInt8(min(max(paint.blue, 0), 255))
                }
            }
        }
        return bitmap
    }

    /// Back to front.
    private func hills(_ size: Size, from far: Paint, to near: Paint, _ numbers: inout PromptNumbers) -> [Hill] {
        var hills: [Hill] = []
        for depth: Float in [0.25, 0.5, 0.75, 1] {
            var ridge = [Float](
                repeating: Float(size.height) * (0.5 + 0.4 * depth * numbers.next(in: 0.85...1)), count: size.width)
            for octave in 0..<3 {
                let swing = Float(size.height) * 0.07 / Float(octave + 1) * numbers.next(in: 0.5...1)
                let turns = numbers.next(in: 0.6...1.4) * Float(1 + 2 * octave)
                let phase = numbers.next(in: 0...6.28)
                for x in 0..<size.width {
                    ridge[x] += swing * sinf(Float(x) / Float(size.width) * turns * 2 * Float.pi + phase)
                }
            }
            hills.append(Hill(ridge: ridge, paint: far.mixed(with: near, share: 0.25 + 0.75 * depth)))
        }
        return hills
    }
}
