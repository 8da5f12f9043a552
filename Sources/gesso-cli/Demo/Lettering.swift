import Gesso

/// A font of capital letters, digits and some punctuation on a grid of 5 × 7 dots, for the contact sheet's captions.
enum Lettering {
    /// A caption as an `rgb8` image; each dot of the grid is `scale` pixels wide and high.
    static func caption(_ text: String, scale: Int, ink: Color, paper: Color) throws(GessoError) -> Bitmap {
        let letters = text.uppercased().map { glyphs[$0] ?? [0, 0, 0, 0, 0] }
        let size = Size(width: max(1, letters.count * 6 * scale), height: 9 * scale)
        var bitmap = try Bitmap(size: size, format: .rgb8)
        let stride = bitmap.bytesPerRow
        try bitmap.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let (column, row) = (x / scale, y / scale - 1)
                    let bits = column % 6 < 5 ? letters[column / 6][column % 6] : 0
                    let color = row >= 0 && row < 7 && bits >> UInt8(row) & 1 == 1 ? ink : paper
                    bytes.storeBytes(of: color.red, toByteOffset: y * stride + x * 3, as: UInt8.self)
                    bytes.storeBytes(of: color.green, toByteOffset: y * stride + x * 3 + 1, as: UInt8.self)
                    bytes.storeBytes(of: color.blue, toByteOffset: y * stride + x * 3 + 2, as: UInt8.self)
                }
            }
        }
        return bitmap
    }

    /// Five columns for each character; the lowest bit is the top row.
    private static let glyphs: [Character: [UInt8]] = [
        "-": [8, 8, 8, 8, 8], "+": [8, 8, 62, 8, 8], ".": [0, 96, 96, 0, 0], ",": [0, 80, 48, 0, 0],
        ":": [0, 54, 54, 0, 0], "/": [32, 16, 8, 4, 2], "%": [35, 19, 8, 100, 98],
        "0": [62, 81, 73, 69, 62], "1": [0, 66, 127, 64, 0], "2": [66, 97, 81, 73, 70], "3": [33, 65, 69, 75, 49],
        "4": [24, 20, 18, 127, 16], "5": [39, 69, 69, 69, 57], "6": [60, 74, 73, 73, 48], "7": [1, 113, 9, 5, 3],
        "8": [54, 73, 73, 73, 54], "9": [6, 73, 73, 41, 30],
        "A": [126, 17, 17, 17, 126], "B": [127, 73, 73, 73, 54], "C": [62, 65, 65, 65, 34],
        "D": [127, 65, 65, 34, 28], "E": [127, 73, 73, 73, 65], "F": [127, 9, 9, 9, 1], "G": [62, 65, 73, 73, 122],
        "H": [127, 8, 8, 8, 127], "I": [0, 65, 127, 65, 0], "J": [32, 64, 65, 63, 1], "K": [127, 8, 20, 34, 65],
        "L": [127, 64, 64, 64, 64], "M": [127, 2, 12, 2, 127], "N": [127, 4, 8, 16, 127], "O": [62, 65, 65, 65, 62],
        "P": [127, 9, 9, 9, 6], "Q": [62, 65, 81, 33, 94], "R": [127, 9, 25, 41, 70], "S": [70, 73, 73, 73, 49],
        "T": [1, 1, 127, 1, 1], "U": [63, 64, 64, 64, 63], "V": [31, 32, 64, 32, 31], "W": [63, 64, 56, 64, 63],
        "X": [99, 20, 8, 20, 99], "Y": [7, 8, 112, 8, 7], "Z": [97, 81, 73, 69, 67],
    ]
}
