import GessoPixels
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("A placeholder")
struct PlaceholderTests {
    /// Smooth colors, and alpha from transparent to opaque; the vectors were made from the same formula.
    private func gradient(_ width: Int, _ height: Int, hasAlpha: Bool) throws -> Bitmap {
        var bitmap = try Bitmap(
            size: Size(width: width, height: height), format: hasAlpha ? .rgba8 : .rgb8)
        let channels = bitmap.format.channels
        try bitmap.forEachRow { row, y in
            for x in 0..<width {
                for channel in 0..<channels {
                    row[x * channels + channel] =
                        channel == 3
                        ? UInt8(x * 200 / width + y * 55 / height)
                        : UInt8(40 + x * (150 - 40 * channel) / width + y * (20 + 50 * channel) / height)
                }
            }
        }
        return bitmap
    }

    /// From thumbhash-python 1.1 and blurhash 1.1.4, ports of their authors' code.
    @Test(
        "equals that of the formats' authors",
        arguments: [
            (20, 12, false, "3/cNJIZwd3dziIiHiIdxjyj4hw==", "LUE:6:0MoJkCm%X8j[f5aej[fQfQ"),
            (12, 20, false, "nvcNJARwN4iIiHd4d3dyjxj3iA==", "LREyiE0MadtRVBbbj[e.a#j[fQfQ"),
            (100, 100, false, "4PcNJwaAh4eDiHh3iHiIiIiHJ/iHgX8I", "LYFPNo0MxZR*Q+ozfQfkf,fQfQfQ"),
            (64, 5, false, "3vcNIYRwh3dzeIeIcY8Y94g=", "LXF62*0MxFWC#jNdoLayVrkCfQfQ"),
            (30, 30, true, "5PeFFQInwJeyiHh4iKNvN/p2cHd1iHd4iA==", "LWF6FJ0Ms-WrVCkDj[f6a~fkfQfQ"),
            (17, 40, true, "4/eFEgInwLKHeIijbzf6doCHdYiIeHc=", "LTE:9{0Mn$ogQ*kCj[axbJfkfQfR"),
        ])
    func vectors(_ width: Int, _ height: Int, _ hasAlpha: Bool, _ thumbHash: String, _ blurHash: String) throws {
        let bitmap = try gradient(width, height, hasAlpha: hasAlpha)
        #expect(Data(try ThumbHash.encode(bitmap)).base64EncodedString() == thumbHash)
        #expect(try BlurHash.encode(bitmap) == blurHash)
    }

    @Test("has the color of most pixels, not their mean")
    func dominant() throws {
        let red = Color(red: 200, green: 30, blue: 20)
        var bitmap = try Bitmap(size: Size(width: 40, height: 40), format: .rgb8)
        try bitmap.forEachRow { row, y in
            for x in 0..<40 {
                let isRed = (x + y) % 5 < 3
                for (channel, sample) in [red.red, red.green, red.blue].enumerated() {
                    row[3 * x + channel] = isRed ? sample : UInt8(truncatingIfNeeded: 97 * x + 31 * y + 80 * channel)
                }
            }
        }
        let found = try bitmap.dominantColor()
        #expect(abs(Int(found.red) - 200) < 12 && abs(Int(found.green) - 30) < 12 && abs(Int(found.blue) - 20) < 12)
        #expect(try Bitmap(size: Size(width: 3, height: 3), format: .rgba8).dominantColor() == .white)
        #expect(try Bitmap(size: Size(width: 3, height: 3), format: .gray8).dominantColor() == .black)
    }

    @Test("is refused for more than 100 pixels a side and for 16 bits")
    func limits() throws {
        for bitmap in [
            try Bitmap(size: Size(width: 101, height: 1), format: .rgb8),
            try Bitmap(size: Size(width: 4, height: 4), format: .rgb16),
        ] {
            #expect(throws: GessoError.self) { try ThumbHash.encode(bitmap) }
            #expect(throws: GessoError.self) { try BlurHash.encode(bitmap) }
            #expect(throws: GessoError.self) { try bitmap.dominantColor() }
        }
    }
}
