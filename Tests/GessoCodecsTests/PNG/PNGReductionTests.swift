import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Checks that libpng decodes every reduced file to the original pixels.
@Suite struct PNGReductionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let format: Bitmap.Format
        /// The color type and depth in IHDR.
        let stored: [UInt8]
        /// The samples of the pixel at `position`, from a noise value.
        let pixel: @Sendable (_ position: Int, _ noise: Int) -> [UInt16]
        var testDescription: String { name }
    }

    static func palette(_ count: Int, opaque: Bool) -> @Sendable (Int, Int) -> [UInt16] {
        { position, noise in
            let color = position < count ? position : noise % count
            return [color * 7 % 256, color, color * 91 % 256, opaque ? 255 : color * 5 % 256].map { UInt16($0) }
        }
    }

    static let cases: [Case] = [
        Case(name: "photograph", format: .rgb8, stored: [2, 8]) { [$1, $1 / 3, $0].map { UInt16($0 & 255) } },
        Case(name: "photograph with alpha", format: .rgba8, stored: [6, 8]) {
            [$1, $1 / 3, $0, $1 / 7].map { UInt16($0 & 255) }
        },
        Case(name: "photograph, full alpha", format: .rgba8, stored: [2, 8]) {
            [$1 & 255, $1 / 3 & 255, $0 & 255, 255].map { UInt16($0) }
        },
        Case(name: "equal channels", format: .rgb8, stored: [0, 8]) { _, noise in
            Array(repeating: UInt16(noise & 255), count: 3)
        },
        Case(name: "equal channels, full alpha", format: .rgba8, stored: [0, 8]) { _, noise in
            Array(repeating: UInt16(noise & 255), count: 3) + [255]
        },
        Case(name: "equal channels, alpha", format: .rgba8, stored: [4, 8]) { position, noise in
            Array(repeating: UInt16(noise & 255), count: 3) + [UInt16(position & 255)]
        },
        Case(name: "gray of 16 levels", format: .gray8, stored: [0, 4]) { _, noise in [UInt16(noise % 16 * 17)] },
        Case(name: "gray of 4 levels", format: .rgb8, stored: [0, 2]) { _, noise in
            Array(repeating: UInt16(noise % 4 * 85), count: 3)
        },
        Case(name: "black and white", format: .gray8, stored: [0, 1]) { _, noise in [UInt16(noise % 2 * 255)] },
        Case(name: "gray of 17 levels", format: .gray8, stored: [0, 8]) { _, noise in [UInt16(noise % 17 * 15)] },
        Case(name: "2 colors", format: .rgb8, stored: [3, 1], pixel: palette(2, opaque: true)),
        Case(name: "4 colors with alpha", format: .rgba8, stored: [3, 2], pixel: palette(4, opaque: false)),
        Case(name: "5 colors", format: .rgb8, stored: [3, 4], pixel: palette(5, opaque: true)),
        Case(name: "16 colors with alpha", format: .rgba8, stored: [3, 4], pixel: palette(16, opaque: false)),
        Case(name: "17 colors", format: .rgba8, stored: [3, 8], pixel: palette(17, opaque: true)),
        Case(name: "256 colors with alpha", format: .rgba8, stored: [3, 8], pixel: palette(256, opaque: false)),
        Case(name: "257 colors", format: .rgb8, stored: [2, 8]) { position, noise in
            let color = position < 257 ? position : noise % 257
            return [UInt16(color & 255), UInt16(color >> 8), UInt16(color * 3 & 255)]
        },
        Case(name: "16 bits, equal channels", format: .rgb16, stored: [0, 16]) { _, noise in
            Array(repeating: UInt16(noise & 65_535), count: 3)
        },
        Case(name: "16 bits, full alpha", format: .rgba16, stored: [2, 16]) {
            [$1, $1 / 3, $0, 65_535].map { UInt16($0 & 65_535) }
        },
        Case(name: "16 bits, alpha full but for one", format: .rgba16, stored: [6, 16]) {
            [$1, $1 / 3, $0, $0 == 5_000 ? 65_534 : 65_535].map { UInt16($0 & 65_535) }
        },
    ]

    static func bitmap(_ size: Size, _ example: Case) throws -> Bitmap {
        var noise = Noise(seed: 3)
        let channels = example.format.channels
        var pixel: [UInt16] = []
        return try Bitmap.of(size, example.format) { index in
            if index % channels == 0 { pixel = example.pixel(index / channels, noise.below(1 << 24)) }
            return pixel[index % channels]
        }
    }

    /// All samples as RGBA with 16 bits.
    static func expanded(_ bitmap: Bitmap) -> [UInt16] {
        let (samples, channels) = (bitmap.samples, bitmap.format.channels)
        let scale: UInt16 = bitmap.format.bitsPerChannel == 8 ? 257 : 1
        return stride(from: 0, to: samples.count, by: channels).flatMap { at in
            let color = channels == 1 ? Array(repeating: samples[at], count: 3) : Array(samples[at..<at + 3])
            return color.map { $0 * scale } + [channels == 4 ? samples[at + 3] * scale : 65_535]
        }
    }

    /// The same with all colors under alpha 0 replaced by one.
    static func visible(_ bitmap: Bitmap) -> [UInt16] {
        var samples = expanded(bitmap)
        for at in stride(from: 0, to: samples.count, by: 4) where samples[at + 3] == 0 {
            samples.replaceSubrange(at..<at + 3, with: repeatElement(0, count: 3))
        }
        return samples
    }

    static func decodedByLibpng(_ file: Data, _ format: Bitmap.Format, _ size: Size) throws -> Bitmap {
        var result = try Bitmap(size: size, format: format)
        var report = gesso_codec_report()
        var watch = gesso_codec_watch()
        let rows = result.bytesPerRow
        var memory = [UInt8](repeating: 0, count: rows * size.height)
        memory.withUnsafeMutableBufferPointer { target in
            file.withUnsafeBytes { bytes in
                var image = gesso_codec_image(
                    pixels: target.baseAddress, bytes_per_row: rows, width: UInt32(size.width),
                    height: UInt32(size.height), channels: Int32(format.channels),
                    bits: Int32(format.bitsPerChannel), capacity: target.count)
                gesso_png_decode_by_libpng(
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, GESSO_LEVEL_STRICT, &image,
                    &watch, &report)
            }
        }
        try result.withMutableBytes { bytes throws(GessoError) in
            bytes.withUnsafeMutableBytes { $0.copyBytes(from: memory) }
        }
        #expect(report.status == GESSO_CODEC_OK && report.warning_count == 0)
        return result
    }

    @Test("An image is stored in its smallest exact form", arguments: cases, [ImageEncoding.PNGEffort.default, .small])
    func exact(example: Case, effort: ImageEncoding.PNGEffort) throws {
        let size = Size(width: 271, height: 83)
        let bitmap = try Self.bitmap(size, example)
        let file = try ImageEncoder.encode(bitmap, as: .png(effort: effort, reduces: true)).data
        #expect([file[25], file[24]] == example.stored)
        let decoded = try ImageDecoder.decode(file, options: ImageDecoder.Options(preserve16Bit: true)).bitmap
        #expect(Self.expanded(decoded) == Self.expanded(bitmap))
        let read = try Self.decodedByLibpng(file, decoded.format, size)
        #expect(read == decoded)
    }

    @Test("The layout is kept by default, and always with effort fast", arguments: cases)
    func kept(example: Case) throws {
        let bitmap = try Self.bitmap(Size(width: 41, height: 23), example)
        for encoding in [ImageEncoding.png(effort: .fast, reduces: true), .png, .png(effort: .small)] {
            let file = try ImageEncoder.encode(bitmap, as: encoding).data
            #expect(try ImageDecoder.decode(file, options: ImageDecoder.Options(preserve16Bit: true)).bitmap == bitmap)
        }
    }

    @Test("Rows of every width are packed completely", arguments: [2, 3, 9, 40])
    func widths(colors: Int) throws {
        let example = Case(name: "", format: .rgba8, stored: [], pixel: Self.palette(colors, opaque: false))
        for width in 1...33 {
            let bitmap = try Self.bitmap(Size(width: width, height: 30), example)
            let decoded = try ImageDecoder.decode(try ImageEncoder.encode(bitmap, as: .png(reduces: true)).data).bitmap
            #expect(Self.expanded(decoded) == Self.expanded(bitmap), "width \(width)")
        }
    }

    @Test("An image with an RGB profile stays RGB")
    func profile() throws {
        let bitmap = try Bitmap.of(Size(width: 30, height: 30), .rgb8) { UInt16($0 / 3 & 255) }
        let file = try ImageEncoder.encode(bitmap, as: .png(reduces: true), profile: .displayP3).data
        let decoded = try ImageDecoder.decode(file)
        #expect(decoded.bitmap == bitmap)
        #expect(decoded.profile == .displayP3)
        #expect(file[25] != 0)
    }

    @Test("A palette is not used if it makes the file larger")
    func tooSmall() throws {
        let bitmap = try Bitmap.of(Size(width: 2, height: 2), .rgb8) { UInt16($0 * 20) }
        let file = try ImageEncoder.encode(bitmap, as: .png(reduces: true)).data
        #expect(file[25] == 2)
        #expect(try ImageDecoder.decode(file).bitmap == bitmap)
    }
}
