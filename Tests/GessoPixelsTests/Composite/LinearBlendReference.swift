/// Blending in linear light in plain Swift, as a reference for the kernels: quadratic segments in 16-bit fixed point, with
/// tables of their own.
enum LinearBlendReference {
    /// `share` of 65535 from the patch.
    static func blend(_ own: UInt8, _ patch: UInt8, share: UInt16) -> UInt8 {
        let mixed = high(light(patch), Int(share)) + high(light(own), 65535 - Int(share)) + 1
        return sample(mixed)
    }

    /// 16-bit linear light of a sample.
    static func light(_ sample: UInt8) -> Int {
        let (piece, t) = (Int(sample >> 4), Int(sample & 15) << 12)
        if piece == 0 { return darkest[Int(sample)] }
        return decodeBase[piece] + high(decodeSlope[piece], t) + high(decodeBend[piece], high(t, t))
    }

    /// The sample of 16-bit linear light.
    static func sample(_ light: Int) -> UInt8 {
        let piece = light < 4096 ? light >> 8 : 16 + (light >> 12)
        let t = (light < 4096 ? light << 8 : light << 4) & 65535
        return UInt8((encodeBase[piece] + high(encodeSlope[piece], t) - high(encodeBend[piece], high(t, t))) >> 8)
    }

    private static func high(_ a: Int, _ b: Int) -> Int { (a * b) >> 16 }

    private static let darkest: [Int] = [
        0, 20, 40, 60, 80, 99, 119, 139, 159, 179, 199, 219, 241, 264, 288, 313,
    ]
    private static let decodeBase: [Int] = [
        0, 340, 947, 1938, 3361, 5258, 7666, 10619, 14147, 18278, 23038, 28453, 34545, 41337, 48851, 57106,
    ]
    private static let decodeSlope: [Int] = [
        0, 429, 786, 1196, 1651, 2144, 2673, 3233, 3823, 4439, 5082, 5748, 6437, 7148, 7879, 8631,
    ]
    private static let decodeBend: [Int] = [
        0, 177, 204, 227, 246, 264, 280, 294, 308, 321, 333, 344, 355, 365, 375, 385,
    ]
    private static let encodeBase: [Int] = [
        117, 3377, 5661, 7339, 8714, 9900, 10954, 11911, 12790, 13607, 14373, 15096, 15781, 16434, 17058, 17656, 129,
        18248, 25499, 30827, 35192, 38958, 42306, 45341, 48134, 50729, 53161, 55455, 57630, 59702, 61682, 63582,
    ]
    private static let encodeSlope: [Int] = [
        3411, 2737, 1874, 1490, 1263, 1110, 999, 914, 845, 789, 743, 702, 668, 637, 610, 586, 0, 8689, 5950, 4729,
        4009, 3525, 3172, 2900, 2684, 2506, 2357, 2230, 2120, 2023, 1938, 1862,
    ]
    private static let encodeBend: [Int] = [
        144, 460, 198, 115, 77, 56, 43, 34, 28, 24, 20, 17, 15, 13, 12, 11, 0, 1459, 629, 366, 245, 178, 136, 109,
        89, 75, 64, 55, 48, 43, 38, 34,
    ]
}
