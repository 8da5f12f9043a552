/// A stream of numbers that a prompt decides: the same prompt gives the same image on every machine.
struct PromptRandomNumbers {
    private var state: UInt64

    /// `index` tells the images of one request apart, `purpose` the uses within one image.
    init(prompt: String, index: Int = 0, purpose: String = "") {
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in prompt.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        state = hash &+ UInt64(bitPattern: Int64(index)) &* 0x9E37_79B9_7F4A_7C15
    }

    /// SplitMix64.
    private mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Evenly spread over the range.
    mutating func next(in range: ClosedRange<Float>) -> Float {
        let unit = Float(bits() >> 40) / Float(1 << 24)
        return range.lowerBound + unit * (range.upperBound - range.lowerBound)
    }

    mutating func nextByte() -> UInt8 { UInt8(truncatingIfNeeded: bits() >> 32) }
}

/// A color while it is mixed: encoded levels, 0 to 255.
struct MixedColor {
    var red: Float
    var green: Float
    var blue: Float

    /// Hue in turns, not negative; saturation and brightness 0 to 1.
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

    func mixed(with other: MixedColor, share: Float) -> MixedColor {
        MixedColor(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share)
    }
}
