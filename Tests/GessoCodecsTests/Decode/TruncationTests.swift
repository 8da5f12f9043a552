import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Truncated and damaged files.
@Suite struct TruncationTests {
    static let seeds = [
        "rgb8.png", "palette8_key.png", "gray1_adam7.png", "grayalpha16.png", "j420.jpg", "jprogressive.jpg",
        "jgray.jpg",
        "jcmyk.jpg", "meta.jpg", "wlossy.webp", "wlossless.webp", "walpha.webp", "wexif.webp",
    ]

    private static let codes: [GessoError.Code] = [.truncated, .corrupt, .emptyInput, .unsupportedFormat]

    @Test("A file truncated at any byte is an error when strict", arguments: seeds)
    func cut(name: String) throws {
        let whole = try Fixture.data(name)
        let strict = ImageDecoder.Options(level: .strict)
        #expect(throws: Never.self) { try ImageDecoder.decode(whole, options: strict) }
        let accepted = (0..<whole.count).filter { count in
            do throws(GessoError) {
                _ = try ImageDecoder.decode(whole.prefix(count), options: strict)
                return true
            } catch {
                return !Self.codes.contains(error.code)
            }
        }
        #expect(accepted.isEmpty)
    }

    @Test(
        "A file truncated at any byte is an error at the standard level, or all its pixels are right and it is reported",
        arguments: seeds)
    func cutAtStandard(name: String) throws {
        let whole = try Fixture.data(name)
        let full = try ImageDecoder.decode(whole).bitmap
        var (accepted, wrong) = (0, [Int]())
        for count in 0..<whole.count {
            do throws(GessoError) {
                let cut = try ImageDecoder.decode(whole.prefix(count))
                accepted += 1
                let isRight = cut.bitmap == full && !cut.warnings.isEmpty && cut.firstInvalidRow == nil
                if !isRight { wrong.append(count) }
            } catch {
                if !Self.codes.contains(error.code) { wrong.append(count) }
            }
        }
        #expect(wrong.isEmpty)
        // At least the last byte of a PNG or a JPEG can be missing.
        #expect(accepted > 0 || name.hasSuffix(".webp"))
    }

    @Test("Bytes after the end of the image are ignored", arguments: seeds)
    func trailing(name: String) throws {
        let whole = try Fixture.data(name)
        var noise = Noise(seed: 3)
        let longer = whole + Data((0..<500).map { _ in UInt8(noise.below(256)) })
        #expect(try ImageDecoder.decode(longer).bitmap == ImageDecoder.decode(whole).bitmap)
    }

    @Test(
        "Lenient decoding returns the rows before the damage and the first invalid row",
        arguments: ["rgb8.png", "j420.jpg", "wlossy.webp"])
    func lenient(name: String) throws {
        let whole = try Fixture.data(name)
        let full = try ImageDecoder.decode(whole).bitmap
        let cut = try ImageDecoder.decode(
            whole.prefix(whole.count * 9 / 10), options: ImageDecoder.Options(level: .lenient))
        let rows = try #require(cut.firstInvalidRow)
        #expect(rows > 0 && rows < full.height)
        #expect(!cut.warnings.isEmpty)
        let perRow = full.width * full.format.channels
        // The last rows before the damage may depend on rows below them for smooth chroma.
        let sure = max(0, rows - 2) * perRow
        #expect(cut.bitmap.samples.prefix(sure) == full.samples.prefix(sure))
    }

    @Test("A WebP that only libwebp's non-incremental decoder accepts gives the same image, strict or lenient")
    func lenientTakesWhatStrictTakes() throws {
        // Found by fuzzing: a key frame of 1x1 whose first partition contains the start of another file.
        let file = try #require(
            Data(
                base64Encoded: "UklGRigAAABXRUJQVlA4IBwAAABwAQCdASoBAAEAAgBSSUZGOAAAAFdFQlBWUDggLAAAADXQAQCdASoBAFN0"
                    + "cmluZ4gCdLoB+AADsAD+7c7f/qiV+QYlnAJ0AUAAAP7zSuvyF/+ZomNRtAAgmP16AAA="))
        let strict = try ImageDecoder.decode(file)
        let lenient = try ImageDecoder.decode(file, options: ImageDecoder.Options(level: .lenient))
        #expect(lenient.bitmap == strict.bitmap)
        #expect(lenient.firstInvalidRow == nil)
    }

    @Test("For a file truncated at any byte, lenient decoding reports every wrong row", arguments: seeds)
    func lenientEverywhere(name: String) throws {
        let whole = try Fixture.data(name)
        let full = try ImageDecoder.decode(whole).bitmap
        let (samples, perRow) = (full.samples, full.width * full.format.channels)
        var (returned, wrong) = (0, [Int]())
        for count in 0..<whole.count {
            let cut: ImageDecoder.Output
            do throws(GessoError) {
                cut = try ImageDecoder.decode(whole.prefix(count), options: ImageDecoder.Options(level: .lenient))
            } catch {
                let codes: [GessoError.Code] = [.truncated, .corrupt, .emptyInput, .unsupportedFormat]
                if !codes.contains(error.code) { wrong.append(count) }
                continue
            }
            returned += 1
            // If no row is reported, all pixels are right and only the end of the file is missing.
            let rows = cut.firstInvalidRow ?? full.height
            let same = cut.bitmap.samples.prefix(rows * perRow) == samples.prefix(rows * perRow)
            if !same || rows < 0 || cut.warnings.isEmpty || cut.bitmap.size != full.size { wrong.append(count) }
        }
        #expect(wrong.isEmpty)
        #expect(returned > 0)
    }

    @Test("Pixel data in two places is refused, as by libpng")
    func splitPixelData() throws {
        let rows: [UInt8] = [0, 1, 2, 3, 0, 4, 5, 6]
        let stream = PNGBuilder.zlib(rows)
        let header = PNGBuilder.chunk("IHDR", PNGBuilder.number(1) + PNGBuilder.number(2) + [8, 2, 0, 0, 0])
        func file(_ between: [UInt8]) -> Data {
            Data(
                PNGBuilder.signature + header + PNGBuilder.chunk("IDAT", Array(stream[..<9])) + between
                    + PNGBuilder.chunk("IDAT", Array(stream[9...])) + PNGBuilder.chunk("IEND", []))
        }
        #expect(try ImageDecoder.decode(file([])).bitmap.samples == [1, 2, 3, 4, 5, 6])
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file(PNGBuilder.chunk("teXt", []))) }
        #expect(error?.code == .corrupt)
    }

    @Test("A wrong checksum is an error in every chunk", arguments: ["IHDR", "PLTE", "tRNS", "IDAT", "IEND"])
    func checksums(type: String) throws {
        var file = [UInt8](try Fixture.data("palette8_key.png"))
        let name = Array(type.utf8)
        let at = try #require((8..<file.count - 4).first { Array(file[$0..<$0 + 4]) == name })
        let length = file[at - 4..<at].reduce(0) { $0 << 8 | Int($1) }
        file[at + 4 + length] ^= 1
        let strict = ImageDecoder.Options(level: .strict)
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(Data(file), options: strict) }
        #expect(error?.code == .corrupt)
    }

    @Test("A chunk whose name is not four letters is refused, as by libpng", arguments: ["t~xt", "tEX\u{1}", "t xt"])
    func names(type: String) throws {
        func file(_ type: String) -> Data {
            PNGBuilder.file(width: 1, height: 1, color: 0, before: PNGBuilder.chunk(type, [65, 0, 66]), rows: [0, 7])
        }
        #expect(try ImageDecoder.decode(file("tExt")).bitmap.samples == [7])
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file(type)) }
        #expect(error?.code == .corrupt)
    }

    @Test("An index outside the palette is opaque black")
    func paletteOverrun() throws {
        let palette = PNGBuilder.chunk("PLTE", [10, 20, 30])
        let file = PNGBuilder.file(width: 2, height: 1, color: 3, before: palette, rows: [0, 0, 9])
        #expect(try ImageDecoder.decode(file).bitmap.samples == [10, 20, 30, 0, 0, 0])
    }

    @Test("A header that states more pixels than its data can have is refused without allocation")
    func emptyPromise() throws {
        let file = PNGBuilder.file(width: 7000, height: 7000, color: 6, rows: [0, 1, 2])
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(file) }
        #expect(error?.code == .truncated)
    }

    @Test(
        "A JPEG without a scan for a component is damaged, not gray",
        arguments: ["scans-baseline", "scans-progressive", "444-progressive"])
    func missingScan(name: String) throws {
        let file = [UInt8](try PatchFixture.file(name))
        #expect(throws: Never.self) { try ImageDecoder.decode(Data(file)) }
        let scans = (0..<file.count - 1).filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }
        #expect(scans.count > 1)
        // The first scan is that of luma or, in a progressive file, all DC values; some scans have tables before them.
        let first = scans[0]
        let rest = first + 2..<file.count - 1
        let end = try #require(rest.first { file[$0] == 0xFF && [0xC4, 0xDA].contains(file[$0 + 1]) })
        let lacking = Data(file[..<first] + file[end...])
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(lacking) }
        #expect(error?.code == .corrupt)
    }

    @Test("12-bit, lossless and two-component JPEG are refused with the reason")
    func rareJPEG() throws {
        let file = [UInt8](try Fixture.data("j444.jpg"))
        let frame = try #require((0..<file.count).first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
        var deep = file
        deep[frame + 4] = 12
        var lossless = file
        lossless[frame + 1] = 0xC3
        for bytes in [deep, lossless] {
            let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(Data(bytes)) }
            #expect(error?.code == .unsupportedFeature)
        }
    }
}
