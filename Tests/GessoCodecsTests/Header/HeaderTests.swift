import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite struct HeaderTests {
    @Test(
        "The format is detected from the content",
        arguments: [
            ("rgb8.png", ImageFormat.png), ("j420.jpg", .jpeg), ("wlossy.webp", .webp), ("anim.gif", .gif),
            ("drawing.svg", .svg),
        ])
    func sniffing(name: String, format: ImageFormat) throws {
        let data = try Fixture.data(name)
        #expect(ImageFormat(sniffing: data) == format)
        #expect(try ImageHeader(probing: data).format == format)
        #expect(ImageFormat(sniffing: data.prefix(3)) == (format == .jpeg ? .jpeg : nil))
    }

    @Test(
        "A file that is not an image is refused with its first bytes",
        arguments: [
            "", "x", "<html><svg></svg></html>", "{\"error\": 1}", "RIFF1234WAVE", "\u{89}PNX",
        ])
    func noImage(text: String) throws {
        let error = #expect(throws: GessoError.self) { try ImageHeader(probing: Data(text.utf8)) }
        #expect(error?.code == (text.isEmpty ? .emptyInput : .unsupportedFormat))
    }

    @Test("Orientation 1 to 8 is read from JPEG EXIF of both byte orders", arguments: Orientation.allCases)
    func orientation(orientation: Orientation) throws {
        let header = try ImageHeader(probing: try Fixture.data("orient\(orientation.rawValue).jpg"))
        #expect(header.orientation == orientation)
        #expect(header.size == Size(width: 24, height: 16))
        #expect(header.uprightSize == (orientation.swapsSides ? Size(width: 16, height: 24) : header.size))
        #expect(header.metadata.contains(.gps) == (orientation == .right))
    }

    @Test("All kinds of metadata are named")
    func metadata() throws {
        let jpeg = try ImageHeader(probing: try Fixture.data("meta.jpg"))
        #expect(jpeg.metadata == [.exif, .gps, .icc, .comment, .xmp])
        #expect(jpeg.profileKind == .sRGB)
        #expect(jpeg.orientation == .right)
        let png = try ImageHeader(probing: try Fixture.data("meta.png"))
        #expect(png.metadata == [.exif, .gps, .icc, .text, .xmp, .c2pa])
        // Its eXIf chunk comes after the pixels.
        #expect(png.orientation == .up)
        let webp = try ImageHeader(probing: try Fixture.data("wexif.webp"))
        #expect(webp.metadata == [.exif, .gps, .xmp])
        #expect(webp.orientation == .left)
        #expect(jpeg.metadata.names == ["comment", "exif", "gps", "icc", "xmp"])
    }

    @Test("Layout, depth and frames are those stored")
    func layout() throws {
        let palette = try ImageHeader(probing: try Fixture.data("palette4_key.png"))
        #expect(palette.colorModel == .palette && palette.bitsPerChannel == 4 && palette.hasAlpha)
        let deep = try ImageHeader(probing: try Fixture.data("grayalpha16_adam7.png"))
        #expect(deep.colorModel == .gray && deep.channels == 2 && deep.bitsPerChannel == 16 && deep.isProgressive)
        let cmyk = try ImageHeader(probing: try Fixture.data("jcmyk.jpg"))
        #expect(cmyk.colorModel == .cmyk && cmyk.channels == 4 && !cmyk.hasAlpha)
        #expect(try ImageHeader(probing: try Fixture.data("jprogressive.jpg")).isProgressive)
        #expect(try ImageHeader(probing: try Fixture.data("apng.png")).frameCount == 3)
        #expect(try ImageHeader(probing: try Fixture.data("wanimated.webp")).frameCount == 3)
        #expect(try ImageHeader(probing: try Fixture.data("drawing.svg")).size == Size(width: 120, height: 80))
    }

    @Test("A header can be stored as JSON, with its metadata as a sorted list of names")
    func coding() throws {
        let header = try ImageHeader(probing: try Fixture.data("meta.jpg"))
        let json = try JSONEncoder().encode(header)
        #expect(try JSONDecoder().decode(ImageHeader.self, from: json) == header)
        #expect(String(decoding: json, as: UTF8.self).contains(#"["comment","exif","gps","icc","xmp"]"#))
    }

    @Test(
        "The size of an SVG is what its root element states, in whatever form",
        arguments: [
            ("\u{feff}<svg width=\"12\" height=\"8px\"/>", Size(width: 12, height: 8)),
            ("<?xml version='1.0'?>\n<!-- <b> -->\n<svg\n width='12.4'\theight = '8'>", Size(width: 12, height: 8)),
            ("<svg viewBox='0,0 30,20'>", Size(width: 30, height: 20)),
            ("<svg width='50%' height='50%' viewBox='0 0 30 20'>", Size(width: 30, height: 20)),
            ("<svg title='\u{1F1E9}\u{301}' width='7' width='9' height='5'>", Size(width: 7, height: 5)),
            ("<svg data-width='1' width=7>", Size(width: 300, height: 150)),
            ("<svg >", Size(width: 300, height: 150)),
        ])
    func svg(_ text: String, size: Size) throws {
        #expect(try ImageHeader(probing: Data(text.utf8)).size == size)
    }

    @Test("Decoding GIF and SVG is refused with the format's name", arguments: ["anim.gif", "drawing.svg"])
    func undecoded(name: String) throws {
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(try Fixture.data(name)) }
        #expect(error?.code == .unsupportedFormat)
        #expect(error?.facts["found"] == (name.hasSuffix("gif") ? "gif" : "svg"))
    }
}
