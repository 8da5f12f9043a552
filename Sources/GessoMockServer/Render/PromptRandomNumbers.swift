/// Pseudorandom numbers seeded by a prompt: the same prompt gives the same numbers on every machine.
struct PromptRandomNumbers {
    private var state: UInt64

    /// - Parameters:
    ///   - index: The number of the image within its request.
    ///   - purpose: Distinguishes several uses for one image.
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

    /// Uniformly distributed over the range.
    mutating func next(in range: ClosedRange<Float>) -> Float {
        let unit = Float(bits() >> 40) / Float(1 << 24)
        return range.lowerBound + unit * (range.upperBound - range.lowerBound)
    }

    mutating func nextByte() -> UInt8 { UInt8(truncatingIfNeeded: bits() >> 32) }
}
