import GessoPixels

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Writes animated GIFs (GIF89a) with a palette of 6 × 7 × 6 colors.
///
/// The pixels are not compressed: the files are for tests, and an LZW encoder would be the larger part of this type.
enum AnimatedGIF {
    /// The sun moves over the landscape, blended over `image` if there is one.
    static func encoded(
        _ image: Bitmap?, landscape: Landscape, size: Size, frames: Int, milliseconds: Int
    ) throws(GessoError) -> Data {
        var file = Data("GIF89a".utf8)
        file.append(contentsOf: bytes(size.width) + bytes(size.height) + [0xF7, 0, 0])
        file.append(contentsOf: palette)
        file.append(contentsOf: [0x21, 0xFF, 11] + Array("NETSCAPE2.0".utf8) + [3, 1, 0, 0, 0])
        for frame in 0..<frames {
            let time = Float(frame) / Float(frames)
            var bitmap = try landscape.rendered(size: size, time: time)
            if let image { bitmap = try image.replacing(with: bitmap, where: Mask(size: size, filledWith: 60)) }
            file.append(contentsOf: [0x21, 0xF9, 4, 0] + bytes(milliseconds / 10) + [0, 0])
            file.append(contentsOf: [0x2C, 0, 0, 0, 0] + bytes(size.width) + bytes(size.height) + [0, 8])
            file.append(coded(indices(of: try bitmap.converted(to: .rgb8))))
        }
        file.append(0x3B)
        return file
    }

    private static func bytes(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8 & 255)] }

    private static let palette: [UInt8] = {
        var palette: [UInt8] = []
        for red in 0..<6 {
            for green in 0..<7 {
                for blue in 0..<6 { palette += [UInt8(red * 51), UInt8(green * 255 / 6), UInt8(blue * 51)] }
            }
        }
        return palette + [UInt8](repeating: 0, count: 768 - palette.count)
    }()

    /// Maps each level to the nearest of `count` steps, multiplied by the step's weight in the palette index.
    private static func steps(_ count: Int, of weight: Int) -> [UInt8] {
        (0..<256).map { level in UInt8((level * (count - 1) + 127) / 255 * weight) }
    }

    private static func indices(of bitmap: Bitmap) -> [UInt8] {
        let (width, height, rowBytes) = (bitmap.width, bitmap.height, bitmap.bytesPerRow)
        let (reds, greens, blues) = (steps(6, of: 42), steps(7, of: 6), steps(6, of: 1))
        return bitmap.withUnsafePixels { pixels in
            [UInt8](unsafeUninitializedCapacity: width * height) { indices, count in
                for y in 0..<height {
                    let row = pixels + y * rowBytes
                    for x in 0..<width {
                        let (red, green) = (reds[Int(row[3 * x])], greens[Int(row[3 * x + 1])])
                        indices[y * width + x] = red + green + blues[Int(row[3 * x + 2])]
                    }
                }
                count = width * height
            }
        }
    }

    /// LZW data of nine-bit codes, in blocks of 255 bytes. The table is cleared before a code would need ten bits.
    private static func coded(_ indices: [UInt8]) -> Data {
        var packed = Data(capacity: indices.count * 9 / 8 + indices.count / 200 + 16)
        var (bits, bitCount): (UInt32, UInt32) = (0, 0)
        func put(_ code: UInt32) {
            bits |= code << bitCount
            bitCount += 9
            while bitCount >= 8 {
                packed.append(UInt8(truncatingIfNeeded: bits))
                bits >>= 8
                bitCount -= 8
            }
        }
        for (index, value) in indices.enumerated() {
            if index % 250 == 0 { put(256) }
            put(UInt32(value))
        }
        put(257)
        if bitCount > 0 { packed.append(UInt8(truncatingIfNeeded: bits)) }
        var blocks = Data(capacity: packed.count + packed.count / 255 + 2)
        var rest = packed[...]
        while !rest.isEmpty {
            let block = rest.prefix(255)
            blocks.append(UInt8(block.count))
            blocks.append(block)
            rest = rest.dropFirst(255)
        }
        blocks.append(0)
        return blocks
    }
}
