import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Checks that nested images have the size that the header states, or the file is refused before decoding.
@Suite struct NestedSizeTests {
    static func code(_ file: Data, strict: Bool = true, gif: Bool = false) -> GessoError.Code? {
        var options = ImageDecoder.Options(level: strict ? .strict : .lenient)
        if gif { options.limits.formats.insert(.gif) }
        do throws(GessoError) {
            _ = try ImageDecoder.decode(file, options: options)
            return nil
        } catch {
            return error.code
        }
    }

    static func probe(_ file: Data) -> GessoError.Code? {
        do throws(GessoError) {
            _ = try ImageHeader(probing: file)
            return nil
        } catch {
            return error.code
        }
    }

    static func animated(_ canvas: Size, _ frame: Size, _ content: [UInt8]) -> Data {
        WebPBuilder.file(
            WebPBuilder.canvas(canvas.width, canvas.height, flags: 0x12) + WebPBuilder.animation
                + WebPBuilder.frame(frame.width, frame.height, content))
    }

    @Test("An animation whose frame holds an image of the frame's size is decoded", arguments: [1, 16, 64])
    func sound(side: Int) throws {
        let file = Self.animated(
            Size(width: 64, height: 64), Size(width: side, height: side), WebPBuilder.lossless(side, side))
        let image = try ImageDecoder.decode(file)
        #expect(image.bitmap.size == Size(width: 64, height: 64))
    }

    static let otherSizes: [(Int, Int)] = [
        (16_383, 16_383), (16, 15), (15, 16), (17, 16), (8, 8), (64, 64), (256, 1), (1, 256), (16_383, 1),
    ]

    @Test("A frame with an image of another size is refused from its header", arguments: otherSizes)
    func frames(width: Int, height: Int) {
        let (canvas, frame) = (Size(width: 64, height: 64), Size(width: 16, height: 16))
        let contents = [
            WebPBuilder.lossless(width, height), WebPBuilder.lossyHeader(width, height),
            WebPBuilder.alpha(16, 16) + WebPBuilder.lossyHeader(width, height),
            WebPBuilder.alpha(16, 16) + WebPBuilder.chunk("JUNK", [1, 2, 3]) + WebPBuilder.lossless(width, height),
        ]
        for content in contents {
            let file = Self.animated(canvas, frame, content)
            #expect(Self.probe(file) == .corrupt)
            #expect(Self.code(file) == .corrupt && Self.code(file, strict: false) == .corrupt)
        }
    }

    @Test("A frame with a whole file, or with a bitstream without a chunk, is refused")
    func nestedFile() {
        let size = Size(width: 16, height: 16)
        let inner = [UInt8](WebPBuilder.file(WebPBuilder.lossless(16, 16)))
        #expect(Self.code(Self.animated(size, size, inner)) == .corrupt)
        let bare = Array(WebPBuilder.lossless(16, 16).dropFirst(8))
        #expect(Self.code(Self.animated(size, size, bare)) == .corrupt)
        #expect(Self.code(Self.animated(size, size, WebPBuilder.alpha(16, 16))) == .corrupt)
        #expect(
            Self.code(Self.animated(size, size, WebPBuilder.chunk("JUNK", []) + WebPBuilder.lossless(16, 16)))
                == .corrupt)
    }

    @Test("A frame whose bitstream extends past its end counts as truncated")
    func innerLength() {
        let size = Size(width: 16, height: 16)
        var content = WebPBuilder.lossless(16, 16)
        content[4] += 40
        #expect(Self.code(Self.animated(size, size, content)) == .truncated)
    }

    @Test("A still image of another size than its canvas is refused", arguments: otherSizes)
    func stills(width: Int, height: Int) {
        for content in [
            WebPBuilder.lossless(width, height), WebPBuilder.alpha(16, 16) + WebPBuilder.lossyHeader(width, height),
        ] {
            let file = WebPBuilder.file(WebPBuilder.canvas(16, 16, flags: 0x10) + content)
            #expect(Self.probe(file) == .corrupt)
        }
    }

    @Test("A frame in a file that is not an animation is ignored")
    func strayFrame() throws {
        let stray = WebPBuilder.frame(16, 16, WebPBuilder.lossless(16, 16))
        let file = WebPBuilder.file(WebPBuilder.canvas(64, 64, flags: 0x10) + stray + WebPBuilder.lossless(64, 64))
        let image = try ImageDecoder.decode(file)
        #expect(image.bitmap == (try ImageDecoder.decode(WebPBuilder.file(WebPBuilder.lossless(64, 64)))).bitmap)
        #expect(Self.probe(WebPBuilder.file(WebPBuilder.canvas(64, 64, flags: 0) + stray)) != nil)
    }

    @Test("The drivers refuse files whose library finds another header than the parsed one")
    func drivers() throws {
        let files = try ["wlossy.webp", "wlossless.webp", "j420.jpg", "jprogressive.jpg"].map { try Fixture.data($0) }
        for file in files {
            let header = try ImageHeader(probing: file)
            let sizes = [(0, 0), (1, 0), (0, 1), (-1, 0), (0, -1), (header.size.width, header.size.height)]
            for (index, (dx, dy)) in sizes.enumerated() {
                for isStrict in [Int32(1), 0] {
                    let report = try Self.drive(
                        file, header, width: header.size.width + dx, height: header.size.height + dy, isStrict)
                    #expect(report.status == (index == 0 ? GESSO_CODEC_OK : GESSO_CODEC_CORRUPT))
                    #expect(report.first_invalid_row == (index == 0 ? -1 : 0))
                }
            }
        }
    }

    /// Decodes to the file's own size although the header states another one.
    static func drive(
        _ file: Data, _ header: ImageHeader, width: Int, height: Int, _ isStrict: Int32
    ) throws -> gesso_codec_report {
        let rowBytes = header.size.width * 3
        var pixels = [UInt8](repeating: 0, count: rowBytes * header.size.height)
        var report = gesso_codec_report()
        let (stored, count) = ([UInt8](file), pixels.count)
        pixels.withUnsafeMutableBufferPointer { buffer in
            var image = gesso_codec_image(
                pixels: buffer.baseAddress, bytes_per_row: rowBytes, width: UInt32(header.size.width),
                height: UInt32(header.size.height), channels: 3, bits: 8, capacity: count)
            var stated = gesso_codec_header(width: UInt32(width), height: UInt32(height), channels: 3)
            if header.format == .webp {
                gesso_webp_decode(
                    stored, stored.count, &stated, isStrict == 1 ? GESSO_LEVEL_STRICT : GESSO_LEVEL_LENIENT, &image,
                    nil, &report)
            } else {
                var options = gesso_jpeg_options(
                    header: stated, level: isStrict == 1 ? GESSO_LEVEL_STRICT : GESSO_LEVEL_LENIENT, denominator: 1,
                    maximum_scans: 100, maximum_memory: 0, cmyk: nil)
                gesso_jpeg_decode(stored, stored.count, &options, &image, nil, &report)
            }
        }
        return report
    }

    @Test("Blocks and layout of a JPEG are read only if size and components match the parsed header")
    func jpegBlocks() throws {
        let file = [UInt8](try Fixture.data("j420.jpg"))
        let size = try ImageHeader(probing: Data(file)).size
        for (dx, channels) in [(0, Int32(3)), (1, 3), (0, 1)] {
            var stated = gesso_codec_header(
                width: UInt32(size.width + dx), height: UInt32(size.height), channels: channels)
            let expected = dx == 0 && channels == 3 ? GESSO_CODEC_OK : GESSO_CODEC_CORRUPT
            var (layout, report) = (gesso_jpeg_layout(), gesso_codec_report())
            gesso_jpeg_read_layout(file, file.count, &stated, &layout, &report)
            #expect(report.status == expected)
            var reading = gesso_jpeg_reading(
                header: stated, level: GESSO_LEVEL_STRICT, maximum_scans: 100, maximum_memory: 0)
            var output = gesso_codec_output()
            gesso_jpeg_read_coefficients(file, file.count, &reading, nil, &layout, &output, &report)
            #expect(report.status == expected)
            gesso_codec_free(output.bytes)
        }
    }

    /// A JPEG with `segment` inserted before its first scan, after it, or after the image.
    static func jpeg(_ segment: [UInt8], at place: Int) throws -> Data {
        let file = [UInt8](try Fixture.data("jprogressive.jpg"))
        let scans = (0..<file.count - 1).filter { file[$0] == 0xFF && file[$0 + 1] == 0xDA }
        let offset = [2, scans[0], scans[1], file.count][place]
        return Data(file[..<offset] + segment + file[offset...])
    }

    static func frameHeader(_ width: Int, _ height: Int, marker: UInt8 = 0xC2) -> [UInt8] {
        [0xFF, marker, 0, 17, 8] + [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)]
            + [3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]
    }

    @Test("A second frame header of a JPEG is refused anywhere inside the image", arguments: [0, 1, 2])
    func secondFrameHeader(place: Int) throws {
        for marker in [UInt8(0xC0), 0xC2] {
            let file = try Self.jpeg(Self.frameHeader(65_500, 65_500, marker: marker), at: place)
            let strict = Self.code(file)
            #expect([.corrupt, .sideTooLong].contains(strict))
            #expect(Self.code(file, strict: false) != nil)
        }
    }

    @Test("Images inside a JPEG's metadata and after its end are not parsed")
    func embeddedImages() throws {
        let huge = [0xFF, 0xD8] + Self.frameHeader(65_500, 65_500) + [0xFF, 0xDA, 0, 2, 0xFF, 0xD9]
        let plain = try ImageDecoder.decode(try Fixture.data("jprogressive.jpg")).bitmap
        // A thumbnail in EXIF or in a Photoshop block, a preview in APP2, and the second image of an MPO file.
        for (marker, label) in [(UInt8(0xE1), "Exif\0\0"), (0xED, "Photoshop 3.0\0"), (0xE2, "MPF\0")] {
            let body = Array(label.utf8) + huge
            let file = try Self.jpeg([0xFF, marker, 0, UInt8(body.count + 2)] + body, at: 0)
            #expect(try ImageDecoder.decode(file).bitmap == plain)
        }
        #expect(try ImageDecoder.decode(try Self.jpeg(huge, at: 3)).bitmap == plain)
    }

    @Test("A JPEG without a height is refused, also if DNL states one")
    func noHeight() throws {
        var file = [UInt8](try Fixture.data("j420.jpg"))
        let frame = try #require((0..<file.count).first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
        let height = Array(file[frame + 5..<frame + 7])
        file.replaceSubrange(frame + 5..<frame + 7, with: [0, 0])
        #expect(Self.probe(Data(file)) == .corrupt)
        let lines = [0xFF, 0xDC, 0, 4] + height
        #expect(Self.probe(Data(file.dropLast(2) + lines + [0xFF, 0xD9])) == .corrupt)
    }

    static func png(before: [UInt8] = [], behind: [UInt8] = []) -> Data {
        let header = PNGBuilder.chunk("IHDR", PNGBuilder.number(2) + PNGBuilder.number(2) + [8, 0, 0, 0, 0])
        let pixels = PNGBuilder.chunk("IDAT", PNGBuilder.zlib([0, 7, 8, 0, 9, 1]))
        return Data(PNGBuilder.signature + header + before + pixels + behind + PNGBuilder.chunk("IEND", []))
    }

    static func control(_ width: Int, _ height: Int, x: Int = 0, y: Int = 0) -> [UInt8] {
        let place = [0, width, height, x, y].flatMap(PNGBuilder.number)
        return PNGBuilder.chunk("fcTL", place + [0, 1, 0, 10, 0, 0])
    }

    @Test("A second header of a PNG is refused anywhere")
    func secondHeader() {
        let second = PNGBuilder.chunk("IHDR", PNGBuilder.number(9_000) + PNGBuilder.number(9_000) + [8, 6, 0, 0, 0])
        #expect(Self.code(Self.png()) == nil)
        #expect(Self.code(Self.png(before: second)) == .corrupt)
        #expect(Self.code(Self.png(behind: second)) == .corrupt)
    }

    @Test("The first frame of an animated PNG has the image's size; other frames are not decoded")
    func frameControl() throws {
        let animation = PNGBuilder.chunk("acTL", PNGBuilder.number(2) + PNGBuilder.number(0))
        #expect(Self.code(Self.png(before: animation + Self.control(2, 2))) == nil)
        let wrong = [Self.control(9_000, 9_000), Self.control(1, 2), Self.control(2, 1), Self.control(2, 2, x: 1)]
        for control in wrong { #expect(Self.probe(Self.png(before: animation + control)) == .corrupt) }
        let data = PNGBuilder.chunk("fdAT", PNGBuilder.number(1) + PNGBuilder.zlib([0]))
        let file = Self.png(before: animation + Self.control(2, 2), behind: Self.control(9_000, 9_000) + data)
        #expect(try ImageDecoder.decode(file).bitmap.samples == [7, 8, 9, 1])
    }

    /// A GIF of one frame on a canvas of one pixel.
    static func gif(x: Int = 0, y: Int = 0, _ width: Int, _ height: Int, codes: [UInt8]) -> Data {
        let screen = Array("GIF89a".utf8) + WebPBuilder.number(1, 2) + WebPBuilder.number(1, 2) + [0x80, 0, 0]
        let place = [x, y, width, height].flatMap { WebPBuilder.number($0, 2) }
        return Data(
            screen + [0, 0, 0, 255, 255, 255, 0x2C] + place + [0, 2, UInt8(codes.count)] + codes + [0, 0x3B])
    }

    @Test("The size of a GIF includes a frame that extends outside its canvas")
    func gifFrame() {
        #expect(Self.code(Self.gif(2, 1, codes: [0b01_000_100, 0b101_0]), gif: true) == nil)
        #expect(Self.probe(Self.gif(20_000, 20_000, codes: [4])) == .tooManyPixels)
        #expect(Self.probe(Self.gif(x: 65_535, 1, 1, codes: [4])) == .sideTooLong)
    }

    @Test("GIF codes after the frame's last pixel are ignored; many consecutive clear codes are refused")
    func gifCodes() throws {
        // Clear, 1, 1 fill the frame; the codes after them are ignored.
        let more = Self.gif(2, 1, codes: [0b01_001_100, 0xFE] + [UInt8](repeating: 0xFF, count: 200))
        #expect(Self.code(more, gif: true) == nil)
        // Clear codes of three bits, eight in three bytes.
        func clears(_ count: Int) -> Data {
            var bits = (0..<count).flatMap { _ in [0, 0, 1] } + [1, 0, 0, 1, 0, 0, 1, 0, 1]
            while bits.count % 8 != 0 { bits.append(0) }
            let codes = stride(from: 0, to: bits.count, by: 8).map { at in
                (0..<8).reduce(UInt8(0)) { $0 | UInt8(bits[at + $1]) << UInt8($1) }
            }
            let blocks = stride(from: 0, to: codes.count, by: 255).flatMap { at -> [UInt8] in
                let block = codes[at..<min(at + 255, codes.count)]
                return [UInt8(block.count)] + block
            }
            let head = [UInt8](Self.gif(2, 1, codes: [])).dropLast(3)
            return Data(head + blocks + [0, 0x3B])
        }
        #expect(Self.code(clears(1), gif: true) == nil)
        #expect(Self.code(clears(1024), gif: true) == nil)
        #expect(Self.code(clears(1025), gif: true) == .corrupt)
    }
}
