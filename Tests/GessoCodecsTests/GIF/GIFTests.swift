import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Compares first frames of GIFs with the pixels that Pillow decodes.
@Suite struct GIFTests {
    static let names = [
        "animated", "colors16", "colors2", "colors3", "colors7", "interlaced", "no-screen", "noise", "placed", "plain",
        "tiny", "transparent",
    ]

    static func data(_ name: String) throws -> Data { try Fixture.data("../gif/\(name).gif") }

    static let options: ImageDecoder.Options = {
        var options = ImageDecoder.Options()
        options.limits.formats.insert(.gif)
        return options
    }()

    @Test("Every kind of GIF gives the pixels that Pillow decodes", arguments: names)
    func pixels(name: String) throws {
        let image = try ImageDecoder.decode(try Self.data(name), options: Self.options)
        let golden = try Fixture.pixels("../gif/\(name).pam")
        #expect(image.bitmap.size == golden.size)
        #expect(PNGReductionTests.visible(image.bitmap) == PNGReductionTests.visible(golden))
        let frames = image.header.frameCount
        #expect(image.warnings == (frames > 1 ? [.framesLeftOut(frames - 1)] : []))
    }

    @Test(
        "A code size above 8 and a missing palette are passed over as Pillow and libvips do, and refused when strict",
        arguments: [
            // Size 11, red and green; Pillow 13 and libvips 8.18 show these pixels.
            (
                "47494638396102000200800000ff000000ff002c0000000002000200000b09000800011000001080003b",
                [[255, 0, 0], [0, 255, 0], [0, 255, 0], [255, 0, 0]]
            ),
            // The first two colors of the default table of GIF89a, section 18.
            (
                "474946383961020002000000002c0000000002000200000203440205003b",
                [[0, 0, 0], [255, 255, 255], [255, 255, 255], [0, 0, 0]]
            ),
        ])
    func oddities(hexadecimal: String, pixels: [[UInt8]]) throws {
        let digits = Array(hexadecimal)
        let file = Data(
            stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 })
        let image = try ImageDecoder.decode(file, options: Self.options)
        let expected: [UInt16] = pixels.flatMap { pixel in (pixel + [255]).map { UInt16($0) * 257 } }
        #expect(PNGReductionTests.visible(image.bitmap) == expected)
        #expect(image.warnings.count == 1)
        var strict = Self.options
        strict.level = .strict
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file, options: strict) }
        #expect(error?.code == .corrupt)
    }

    @Test("The header states frames, alpha and interlacing")
    func header() throws {
        #expect(try ImageHeader(probing: try Self.data("animated")).frameCount == 3)
        #expect(try ImageHeader(probing: try Self.data("plain")).frameCount == 1)
        #expect(try ImageHeader(probing: try Self.data("interlaced")).isProgressive)
        #expect(try ImageHeader(probing: try Self.data("transparent")).hasAlpha)
        #expect(try !ImageHeader(probing: try Self.data("plain")).hasAlpha)
        #expect(try ImageHeader(probing: try Self.data("no-screen")).size == Size(width: 20, height: 12))
    }

    @Test(
        "Extensions and frames are counted, and too many are refused",
        arguments: [("extensions", 1), ("frames", 64)])
    func floods(kind: String, times: Int) throws {
        let plain = [UInt8](try Self.data("plain"))
        // After the screen descriptor and its palette.
        let place = 13 + (plain[10] & 0x80 == 0 ? 0 : 3 << (Int(plain[10] & 7) + 1))
        // An empty comment; a graphic control extension.
        let block: [UInt8] = kind == "frames" ? [0x21, 0xF9, 4, 0, 0, 0, 0, 0] : [0x21, 0xFE, 0]
        var limits = Self.options.limits
        limits.chunkCount = 20
        func code(_ count: Int) -> GessoError.Code? {
            let blocks = (0..<count).flatMap { _ in block }
            do throws(GessoError) {
                _ = try ImageHeader(probing: Data(plain[..<place] + blocks + plain[place...]), limits: limits)
                return nil
            } catch { return error.code }
        }
        let room = try #require((0...20 * times).last { code($0) == nil })
        #expect(room > 20 * times - 5)
        #expect(code(room + 1) == .limitExceeded)
    }

    @Test("GIF is decoded only on request")
    func onRequest() throws {
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(try Self.data("plain")) }
        #expect(error?.code == .unsupportedFormat)
    }

    @Test(
        "A file truncated at any byte is an error when strict, and gives its first invalid row when lenient",
        arguments: ["plain", "placed"])
    func truncated(name: String) throws {
        let data = try Self.data(name)
        var lenient = Self.options
        lenient.level = .lenient
        var strict = Self.options
        strict.level = .strict
        let whole = try ImageDecoder.decode(data, options: Self.options).bitmap
        for count in 6..<data.count {
            let error = #expect(throws: GessoError.self) {
                try ImageDecoder.decode(data.prefix(count), options: strict)
            }
            // The standard level accepts a file that ends after its first frame.
            do throws(GessoError) {
                let standard = try ImageDecoder.decode(data.prefix(count), options: Self.options)
                #expect(standard.bitmap == whole && !standard.warnings.isEmpty)
            } catch {
                #expect(error.code == .truncated || error.code == .corrupt)
            }
            #expect(error?.code == .truncated || error?.code == .corrupt)
            guard let image = try? ImageDecoder.decode(data.prefix(count), options: lenient) else { continue }
            // If no row is reported, all pixels were decoded and only the end of the file is missing.
            #expect(!image.warnings.isEmpty && (image.firstInvalidRow != nil || image.bitmap == whole))
        }
    }

    @Test("Damaged bytes never trap, hang or write outside the image", arguments: 0..<12)
    func mutated(seed: Int) throws {
        var noise = Noise(seed: UInt64(seed))
        let data = [UInt8](try Self.data(Self.names[seed]))
        for level in ImageDecoder.Options.Level.allCases {
            var options = Self.options
            options.level = level
            options.limits.pixelCount = 1 << 20
            for _ in 0..<150 {
                var file = data
                for _ in 0...noise.below(6) { file[6 + noise.below(file.count - 6)] = UInt8(noise.below(256)) }
                _ = try? ImageDecoder.decode(Data(file), options: options)
            }
        }
    }

    @Test("More than a million short sub-blocks are refused, in the first frame and after it")
    func shortBlocks() throws {
        let most = 1 << 20
        func file(_ count: Int, inFirst: Bool) -> Data {
            let frame: [UInt8] = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2]
            let blocks = Data((0..<2 * count).map { $0 % 2 == 0 ? 1 : 0x44 })
            let screen = Data(Array("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0] + [UInt8](repeating: 0, count: 6))
            let others = inFirst ? Data() : Data(frame + [2, 0x44, 1, 0])
            return screen + others + Data(frame) + blocks + Data([0, 0x3B])
        }
        for inFirst in [true, false] {
            let allowed = inFirst ? most : most - 1
            #expect(try ImageHeader(probing: file(allowed, inFirst: inFirst)).frameCount == (inFirst ? 1 : 2))
            let error = #expect(throws: GessoError.self) {
                try ImageHeader(probing: file(allowed + 1, inFirst: inFirst))
            }
            #expect(error?.code == .limitExceeded)
        }
    }

    /// A file of one frame with a palette of four colors.
    static func file(_ width: Int, _ height: Int, codeSize: UInt8 = 2, codes: [UInt8]) -> Data {
        func little(_ value: Int) -> [UInt8] { [UInt8(value & 255), UInt8(value >> 8)] }
        let screen = Array("GIF89a".utf8) + little(width) + little(height) + [0x81, 0, 0]
        let palette: [UInt8] = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]
        let frame: [UInt8] = [0x2C, 0, 0, 0, 0] + little(width) + little(height) + [0, codeSize]
        return Data(screen + palette + frame + [UInt8(codes.count)] + codes + [0, 0x3B])
    }

    @Test(
        "Invalid codes are damage",
        arguments: [
            // Codes of 3 bits, first lowest: 6 is not defined before the second code; 7 never directly after one.
            (2, [0b110_100]), (2, [0b11_001_100, 0b1]), (0, [0]), (9, [0]),
            // The end code before the last pixel.
            (2, [0b101_100]),
        ] as [(UInt8, [UInt8])])
    func badCodes(codeSize: UInt8, codes: [UInt8]) {
        for level in [ImageDecoder.Options.Level.standard, .strict] {
            var options = Self.options
            options.level = level
            let error = #expect(throws: GessoError.self) {
                try ImageDecoder.decode(Self.file(2, 1, codeSize: codeSize, codes: codes), options: options)
            }
            #expect(error?.code == .corrupt || error?.code == .truncated)
        }
    }

    @Test("An index outside the palette is black with a warning, and refused when strict")
    func outsidePalette() throws {
        let file = Self.file(2, 1, codeSize: 3, codes: [0b0100_1000, 0b0101_0100, 0b101])
        let image = try ImageDecoder.decode(file, options: Self.options)
        #expect(image.bitmap.samples.prefix(3) == [0, 0, 0] && image.warnings.count == 1)
        var strict = Self.options
        strict.level = .strict
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file, options: strict) }
        #expect(error?.code == .corrupt)
    }

    @Test("A code that refers to the string being defined is decoded")
    func ownString() throws {
        // Clear, 1, then 6, which is the previous string and its own first byte: 1 1 1.
        let file = Self.file(3, 1, codes: [0b10_001_100, 0b101_1])
        let image = try ImageDecoder.decode(file, options: Self.options)
        #expect(image.bitmap.samples == [255, 0, 0, 255, 0, 0, 255, 0, 0])
    }
}
