/// Chunk and box types as numbers; comparing numbers is fast, and a hostile file may have millions of chunks.
// The names are spelled as in the formats, where upper and lower case differ.
// swift-format-ignore: AlwaysUseLowerCamelCase
enum FourCC {
    // PNG
    static let IHDR: UInt32 = 0x4948_4452
    static let PLTE: UInt32 = 0x504C_5445
    static let IDAT: UInt32 = 0x4944_4154
    static let IEND: UInt32 = 0x4945_4E44
    static let fdAT: UInt32 = 0x6664_4154
    static let fcTL: UInt32 = 0x6663_544C
    static let tRNS: UInt32 = 0x7452_4E53
    static let iCCP: UInt32 = 0x6943_4350
    static let acTL: UInt32 = 0x6163_544C
    static let eXIf: UInt32 = 0x6558_4966
    static let caBX: UInt32 = 0x6361_4258
    static let tEXt: UInt32 = 0x7445_5874
    static let zTXt: UInt32 = 0x7A54_5874
    static let iTXt: UInt32 = 0x6954_5874
    static let cICP: UInt32 = 0x6349_4350
    static let sRGB: UInt32 = 0x7352_4742
    static let gAMA: UInt32 = 0x6741_4D41
    static let cHRM: UInt32 = 0x6348_524D
    // WebP
    static let VP8: UInt32 = 0x5650_3820
    static let VP8L: UInt32 = 0x5650_384C
    static let VP8X: UInt32 = 0x5650_3858
    static let ALPH: UInt32 = 0x414C_5048
    static let ANIM: UInt32 = 0x414E_494D
    static let ANMF: UInt32 = 0x414E_4D46
    static let ICCP: UInt32 = 0x4943_4350
    static let EXIF: UInt32 = 0x4558_4946
    static let XMP: UInt32 = 0x584D_5020
    static let C2PA: UInt32 = 0x4332_5041
    // JUMBF
    static let jumb: UInt32 = 0x6A75_6D62
    static let jumd: UInt32 = 0x6A75_6D64
    static let cbor: UInt32 = 0x6362_6F72
    static let c2pa: UInt32 = 0x6332_7061
    static let c2ma: UInt32 = 0x6332_6D61
    static let c2um: UInt32 = 0x6332_756D
    static let c2cl: UInt32 = 0x6332_636C
    static let c2cs: UInt32 = 0x6332_6373

    /// Whether all four bytes are ASCII letters, as PNG requires.
    static func isLetters(_ code: UInt32) -> Bool {
        [24, 16, 8, 0].allSatisfy { (UInt32(0x61)...0x7A).contains(code >> $0 & 0xFF | 0x20) }
    }

    /// The name for error messages; bytes outside printable ASCII become `?`.
    static func name(_ code: UInt32) -> String {
        var text = ""
        for shift in [24, 16, 8, 0] {
            let byte = UInt8(truncatingIfNeeded: code >> UInt32(shift))
            text.unicodeScalars.append(byte >= 0x20 && byte < 0x7F ? Unicode.Scalar(byte) : "?")
        }
        return text
    }
}

extension Bytes {
    /// Four characters as a number, with the first in the highest byte.
    func code(_ offset: Int) -> UInt32? { uint32(offset).map { UInt32(truncatingIfNeeded: $0) } }

    func tag(_ offset: Int) -> String? { code(offset).map(FourCC.name) }
}
