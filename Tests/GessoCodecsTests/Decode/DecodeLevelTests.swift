import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// What the levels of decoding accept.
@Suite struct DecodeLevelTests {
    /// A damaged file, and the pixels that it has nevertheless.
    struct Blemish: Sendable, CustomStringConvertible {
        let description: String
        let file: Data
        let intact: Data

        init(_ description: String, _ file: Data, _ intact: Data) {
            (self.description, self.file, self.intact) = (description, file, intact)
        }
    }

    static func options(_ level: ImageDecoder.Options.Level) -> ImageDecoder.Options {
        var options = ImageDecoder.Options(level: level)
        options.limits.formats.insert(.gif)
        return options
    }

    @Test(
        "Damage that affects no pixel is reported by the standard level, and an error only if strict",
        arguments: try jpegs() + pngs() + others())
    func blemishes(blemish: Blemish) throws {
        let intact = try ImageDecoder.decode(blemish.intact, options: Self.options(.strict)).bitmap
        for level in [ImageDecoder.Options.Level.standard, .lenient] {
            let image = try ImageDecoder.decode(blemish.file, options: Self.options(level))
            #expect(image.bitmap == intact && image.firstInvalidRow == nil)
            #expect(!image.warnings.isEmpty && image.warnings.allSatisfy { !$0.description.isEmpty })
        }
        let error = #expect(throws: GessoError.self) {
            try ImageDecoder.decode(blemish.file, options: Self.options(.strict))
        }
        #expect(error?.code == .corrupt || error?.code == .truncated)
    }

    static func jpegs() throws -> [Blemish] {
        var blemishes: [Blemish] = []
        let base = [UInt8](try Fixture.caseFile("base.jpg"))
        for name in ["junk16_before_eoi.jpg", "sos_params_zero.jpg"] {
            blemishes.append(Blemish(name, try Fixture.caseFile(name), Data(base)))
        }
        for name in ["j420.jpg", "jprogressive.jpg", "jgray.jpg", "jcmyk.jpg"] {
            let file = [UInt8](try Fixture.data(name))
            let end = file.count - 2
            blemishes.append(Blemish("\(name) without EOI", Data(file[..<end]), Data(file)))
            blemishes.append(Blemish("\(name) with half an EOI", Data(file[...end]), Data(file)))
            let junk = (0..<300).map { UInt8($0 * 7 % 255) }
            blemishes.append(Blemish("\(name), bytes before EOI", Data(file[..<end] + junk + file[end...]), Data(file)))
            let quantizers = try #require((2..<file.count).first { file[$0] == 0xFF && file[$0 + 1] == 0xDB })
            blemishes.append(
                Blemish(
                    "\(name), bytes between segments",
                    Data(file[..<quantizers] + [1, 2, 3] + file[quantizers...]), Data(file)))
            blemishes.append(
                Blemish(
                    "\(name), an unknown marker after the pixels",
                    Data(file[..<end] + [0xFF, 0x02, 0, 2] + file[end...]), Data(file)))
            blemishes.append(
                Blemish(
                    "\(name), truncated in a segment after the pixels", Data(file[..<end] + [0xFF, 0xE5, 0x10, 0, 1]),
                    Data(file)))
        }
        var revision = base
        let label = try #require((0..<base.count).first { Array(base[$0..<$0 + 5]) == Array("JFIF\0".utf8) })
        revision[label + 5] = 9
        blemishes.append(Blemish("unknown JFIF revision", Data(revision), Data(base)))
        let adobe: [UInt8] = [0xFF, 0xEE, 0, 14] + Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 9]
        blemishes.append(Blemish("unknown Adobe transform", Data(base[..<2] + adobe + base[20...]), Data(base)))
        return blemishes
    }

    static func pngs() throws -> [Blemish] {
        var blemishes: [Blemish] = []
        let palette = PNGBuilder.chunk("PLTE", [10, 20, 30, 40, 50, 60])
        func indexed(_ transparency: [UInt8]?, depth: UInt8 = 8, interlaced: Bool = false) -> Data {
            let rows: [UInt8] = depth == 8 ? [0, 0, 1] : [0, 0x10]
            let parts = interlaced ? (depth == 8 ? [0, 0, 0, 1] : [0, 0, 0, 0x10]) : rows
            return PNGBuilder.file(
                width: 2, height: 1, depth: depth, color: 3, interlaced: interlaced,
                before: palette + (transparency.map { PNGBuilder.chunk("tRNS", $0) } ?? []), rows: parts)
        }
        for (depth, interlaced) in [(UInt8(8), false), (8, true), (4, false), (4, true)] {
            let name = "\(depth) bits" + (interlaced ? ", interlaced" : "")
            let right = indexed([7, 99], depth: depth, interlaced: interlaced)
            for extra in [1, 200, 400] {
                let long = indexed([7, 99] + Array(repeating: 3, count: extra), depth: depth, interlaced: interlaced)
                blemishes.append(Blemish("tRNS too long by \(extra), \(name)", long, right))
            }
            blemishes.append(
                Blemish(
                    "empty tRNS, \(name)", indexed([], depth: depth, interlaced: interlaced),
                    indexed([255], depth: depth, interlaced: interlaced)))
        }
        func key(_ color: UInt8, _ key: [UInt8], depth: UInt8 = 8) -> Data {
            let rows: [UInt8] = color == 0 ? [0, 5, 6] : [0, 5, 6, 7, 8, 9, 10]
            return PNGBuilder.file(
                width: depth == 8 ? 2 : 4, height: 1, depth: depth, color: color,
                before: PNGBuilder.chunk("tRNS", key), rows: rows)
        }
        blemishes += [
            Blemish("tRNS of gray too long", key(0, [0, 5, 9, 9]), key(0, [0, 5])),
            Blemish("tRNS of RGB too long", key(2, [0, 5, 0, 6, 0, 7, 1]), key(2, [0, 5, 0, 6, 0, 7])),
            Blemish("tRNS of gray out of range", key(0, [3, 6]), key(0, [0, 6])),
            Blemish("tRNS of RGB out of range", key(2, [1, 8, 0, 9, 0, 10]), key(2, [0, 8, 0, 9, 0, 10])),
        ]
        for name in ["rgb8.png", "gray1_adam7.png", "grayalpha16.png", "palette8_key.png"] {
            blemishes += try variants(of: name)
        }
        blemishes.append(
            Blemish(
                "pal_trns_too_long.png", try Fixture.caseFile("pal_trns_too_long.png"),
                try shortened(Fixture.caseFile("pal_trns_too_long.png"))))
        return blemishes
    }

    /// The file with its tRNS chunk of six entries cut to the four of its palette.
    private static func shortened(_ file: Data) throws -> Data {
        let bytes = [UInt8](file)
        let chunk = try #require(
            PNGBuilder.pieces(bytes).first { Array(bytes[$0.lowerBound + 4..<$0.lowerBound + 8]) == Array("tRNS".utf8) }
        )
        let entries = Array(bytes[chunk.lowerBound + 8..<chunk.lowerBound + 12])
        return Data(bytes[..<chunk.lowerBound] + PNGBuilder.chunk("tRNS", entries) + bytes[chunk.upperBound...])
    }

    private static func variants(of name: String) throws -> [Blemish] {
        let file = [UInt8](try Fixture.data(name))
        let pieces = PNGBuilder.pieces(file)
        let (end, header) = (try #require(pieces.last), pieces[0])
        var badText = PNGBuilder.chunk("tEXt", Array("Title\0text".utf8))
        badText[badText.count - 1] ^= 1
        var badEnd = file
        badEnd[file.count - 1] ^= 1
        let lastPixels = try #require(
            pieces.first { Array(file[$0.lowerBound + 4..<$0.lowerBound + 8]) == Array("IDAT".utf8) })
        var narrow = file
        // A window of 256 bytes (RFC 1950, 2.2).
        narrow[lastPixels.lowerBound + 8] = 0x08
        narrow[lastPixels.lowerBound + 9] = 0x1D
        narrow = PNGBuilder.repaired(narrow)
        let plain = Data(file)
        var blemishes = [
            Blemish("\(name) without IEND", Data(file[..<end.lowerBound]), plain),
            Blemish("\(name) with half an IEND", Data(file[..<(end.lowerBound + 6)]), plain),
            Blemish("\(name), IEND checksum", Data(badEnd), plain),
            Blemish(
                "\(name), text checksum", Data(file[..<header.upperBound] + badText + file[header.upperBound...]), plain
            ),
            Blemish(
                "\(name), text checksum after the pixels", Data(file[..<end.lowerBound] + badText + file[end]), plain),
            Blemish(
                "\(name), bytes in place of IEND", Data(file[..<end.lowerBound] + (0..<40).map { UInt8($0 * 5) }), plain
            ),
            Blemish(
                "\(name), a chunk without a name after the pixels",
                Data(file[..<end.lowerBound] + PNGBuilder.chunk("\u{1}x y", [1, 2]) + file[end]), plain),
            Blemish(
                "\(name), IEND with content",
                Data(file[..<end.lowerBound] + PNGBuilder.chunk("IEND", [1])), plain),
        ]
        // The other files are too small for a distance above 256.
        if name == "rgb8.png" { blemishes.append(Blemish("\(name), small window", Data(narrow), plain)) }
        return blemishes
    }

    static func others() throws -> [Blemish] {
        var blemishes: [Blemish] = []
        for name in ["wlossy.webp", "wlossless.webp", "walpha.webp", "wexif.webp"] {
            var file = [UInt8](try Fixture.data(name))
            let plain = Data(file)
            let stated = UInt32(file.count - 8 + 100)
            for index in 0..<4 { file[4 + index] = UInt8(truncatingIfNeeded: stated >> (8 * UInt32(index))) }
            blemishes.append(Blemish("\(name), RIFF size above the file's", Data(file), plain))
        }
        let gif = try Data(contentsOf: Fixture.folder.appendingPathComponent("../gif/plain.gif"))
        blemishes.append(Blemish("GIF without trailer", Data(gif.dropLast()), gif))
        return blemishes
    }

    @Test(
        "Damage to pixels is an error at the standard level",
        arguments: ["j420.jpg", "jprogressive.jpg", "jgray.jpg", "rgb8.png", "palette8_key.png", "gray1_adam7.png"])
    func damage(name: String) throws {
        let whole = [UInt8](try Fixture.data(name))
        // Half of the pixel data is missing, or its checksum is wrong.
        let half = Data(whole[..<(whole.count * 6 / 10)])
        var wrong = whole
        if name.hasSuffix(".png") {
            let pixels = try #require(
                PNGBuilder.pieces(whole).first {
                    Array(whole[$0.lowerBound + 4..<$0.lowerBound + 8]) == Array("IDAT".utf8)
                })
            wrong[pixels.upperBound - 1] ^= 1
            var adler = whole
            adler[pixels.upperBound - 5] ^= 1
            let error = #expect(throws: GessoError.self) {
                try ImageDecoder.decode(Data(PNGBuilder.repaired(adler)))
            }
            #expect(error?.code == .corrupt)
        } else {
            wrong = Array(half) + [0xFF, 0xD9]
        }
        for file in [half, Data(wrong)] {
            let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file) }
            #expect(error?.code == .corrupt || error?.code == .truncated)
        }
        // In the two that store coarse passes first, no row is complete, and there is nothing to return.
        if !["jprogressive.jpg", "gray1_adam7.png"].contains(name) {
            #expect(throws: Never.self) { try ImageDecoder.decode(Data(wrong), options: Self.options(.lenient)) }
        }
    }

    @Test("A progressive JPEG that ends between two scans is truncated at the standard level")
    func missingScans() throws {
        let file = [UInt8](try Fixture.data("jprogressive.jpg"))
        let scans = (0..<file.count - 1).filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }
        for scan in scans.dropFirst() {
            // The segments before a scan's header, its tables, belong to it.
            let end = try #require(
                (scans[0] + 12..<scan + 1).last {
                    file[$0] == 0xFF && [0xC4, 0xDA].contains(file[$0 + 1]) && $0 <= scan
                })
            let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(Data(file[..<end])) }
            #expect(error?.code == .truncated)
            let lenient = try ImageDecoder.decode(Data(file[..<end]), options: Self.options(.lenient))
            #expect(lenient.firstInvalidRow == 0 && lenient.warnings.contains(.invalidRows(from: 0)))
        }
    }

    @Test("Damage in a later frame of an animated WebP is passed over, since only the first is used")
    func laterFrames() throws {
        let file = try Data(
            contentsOf: Fixture.folder.appendingPathComponent("wanimated.webp"))
        let first = try ImageDecoder.decode(file).bitmap
        let cut = try ImageDecoder.decode(file.dropLast(12))
        #expect(cut.bitmap == first && cut.warnings.contains(.truncated(at: file.count - 12)))
        #expect(throws: GessoError.self) {
            try ImageDecoder.decode(file.dropLast(12), options: Self.options(.strict))
        }
    }

    @Test("Lenient decoding names the first row that is not right")
    func lenientRow() throws {
        let file = try Fixture.data("rgb8.png")
        let image = try ImageDecoder.decode(file.prefix(file.count * 8 / 10), options: Self.options(.lenient))
        let row = try #require(image.firstInvalidRow)
        #expect(image.warnings.contains(.invalidRows(from: row)))
    }

    @Test("A valid file gives no warnings at any level", arguments: ["base.jpg", "eoi_then_ff_pad.jpg", "stripes.png"])
    func valid(name: String) throws {
        for level in ImageDecoder.Options.Level.allCases {
            #expect(try ImageDecoder.decode(Fixture.caseFile(name), options: Self.options(level)).warnings.isEmpty)
        }
    }
}
