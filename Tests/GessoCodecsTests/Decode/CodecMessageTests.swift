import CGessoCodecs
import Foundation
import GessoPixels
import Testing

/// What the messages of libjpeg and libpng mean for the pixels.
@Suite struct CodecMessageTests {
    /// The warnings of libjpeg that affect no pixel.
    static let blemishes: Set<String> = [
        "Unknown Adobe color transform code %d",
        "Corrupt JPEG data: %u extraneous bytes before marker 0x%02x",
        "Warning: unknown JFIF revision number %d.%02d",
        "Premature end of JPEG file",
        "Invalid SOS parameters for sequential JPEG",
        "Corrupt JPEG data: bad ICC marker",
    ]

    @Test("Every message of the installed libjpeg is damage, except those that affect no pixel")
    func jpeg() {
        var found: Set<String> = []
        for code in 1..<Int32(400) {
            guard let text = gesso_jpeg_message_text(code).map({ String(cString: $0) }) else { continue }
            let isBlemish = Self.blemishes.contains(text)
            if isBlemish { found.insert(text) }
            #expect(
                gesso_jpeg_message_class(code, 0xD9) == (isBlemish ? GESSO_MESSAGE_BLEMISH : GESSO_MESSAGE_DAMAGE),
                "\(text)")
        }
        #expect(found == Self.blemishes)
        #expect(gesso_jpeg_message_class(1000, 0xD9) == GESSO_MESSAGE_DAMAGE)
    }

    @Test("Bytes before a restart marker are damage, and before any other marker they are not", arguments: 0...255)
    func extraneous(marker: Int32) throws {
        let code = try #require(
            (1..<Int32(400)).first {
                gesso_jpeg_message_text($0).map { String(cString: $0).contains("extraneous") } ?? false
            })
        #expect((gesso_jpeg_message_class(code, marker) == GESSO_MESSAGE_DAMAGE) == (0xD0...0xD7 ~= marker))
    }

    @Test(
        "A warning of libpng about data that are no pixels is harmless",
        arguments: [
            "IDAT: Too much image data", "IDAT: Extra compressed data", "Too much image data", "Extra compressed data",
            "Extra compressed data in IDAT", "Extra compression data in IDAT",
        ])
    func harmless(message: String) { #expect(gesso_png_message_class(message) == GESSO_MESSAGE_HARMLESS) }

    @Test(
        "A warning of libpng that affects no pixel is a blemish",
        arguments: [
            "tRNS chunk has out-of-range samples for bit_depth", "tRNS: duplicate", "tRNS: out of place",
            "tRNS: invalid with alpha channel", "PLTE: invalid", "PLTE: ignored in grayscale PNG",
            "Read palette index exceeding num_palette", "IEND: invalid", "Too many IDATs found",
            ".Too many IDATs found", "iCCP: CRC error", "tEXt: CRC error", "gAMA: invalid", "sBIT: out of place",
            "cHRM: invalid values", "eXIf: duplicate", "zTXt: insufficient memory", "bKGD: invalid gray level",
        ])
    func blemish(message: String) { #expect(gesso_png_message_class(message) == GESSO_MESSAGE_BLEMISH) }

    @Test(
        "All other messages of libpng are damage",
        arguments: [
            "tRNS: CRC error", "tRNS: invalid", "tRNS: insufficient memory", "IDAT: CRC error", "IHDR: CRC error",
            "PLTE: CRC error", "IDAT: incorrect data check", "IDAT: ADLER32 checksum mismatch",
            "IDAT: damaged LZ stream", "IDAT: unexpected end of LZ stream", "IDAT: missing LZ dictionary",
            "IDAT: invalid distance too far back", "IDAT: invalid code lengths set", "IDAT: invalid block type",
            "IDAT: invalid stored block lengths", "IDAT: invalid literal/length code", "IDAT: invalid distance code",
            "IDAT: invalid window size (libpng)", "IDAT: incorrect header check", "IDAT: unknown compression method",
            "Not enough image data", "Not enough compressed data", "Truncated compressed data in IDAT",
            "Decompression error in IDAT", "PLTE: duplicate", "PLTE: out of place", "IHDR: out of place",
            "Missing IHDR before IDAT", "Missing PLTE before IDAT", "Invalid IHDR data", "Image width is zero in IHDR",
            "Image height is zero in IHDR", "Invalid bit depth in IHDR", "Invalid color type in IHDR",
            "Invalid color type/bit depth combination in IHDR", "Unknown interlace method in IHDR",
            "Unknown compression method in IHDR", "Unknown filter method in IHDR", "bad adaptive filter value",
            "invalid chunk type", "PNG unsigned integer out of range", "chunk data is too large",
            "unhandled critical chunk", "sequential row overflow", "internal row size calculation error",
            "read beyond end of data", "Read Error", "a message of a later version", "", "a",
        ])
    func damage(message: String) { #expect(gesso_png_message_class(message) == GESSO_MESSAGE_DAMAGE) }
}
