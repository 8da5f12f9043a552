/// A color in floating point: encoded levels, 0 to 255.
struct FloatColor {
    var red: Float
    var green: Float
    var blue: Float

    /// - Parameters:
    ///   - hue: Not negative; 1 is a full turn.
    ///   - saturation: 0 to 1.
    ///   - brightness: 0 to 1.
    init(hue: Float, saturation: Float, brightness: Float) {
        func channel(_ offset: Float) -> Float {
            let turned = (hue + offset).truncatingRemainder(dividingBy: 1)
            let ramp = min(max(abs(turned * 6 - 3) - 1, 0), 1)
            return 255 * brightness * (1 - saturation + saturation * ramp)
        }
        red = channel(1)
        green = channel(1 + 2 / 3)
        blue = channel(1 + 1 / 3)
    }

    init(red: Float, green: Float, blue: Float) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    func mixed(with other: FloatColor, share: Float) -> FloatColor {
        FloatColor(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share)
    }

    /// `#rrggbb`.
    var hexadecimal: String {
        "#"
            + [red, green, blue].map { level in
                let digits = String(UInt8(min(max(level, 0), 255)), radix: 16)
                return digits.count == 1 ? "0" + digits : digits
            }.joined()
    }
}
