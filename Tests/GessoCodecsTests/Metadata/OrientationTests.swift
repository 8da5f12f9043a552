import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Where the orientation of an image may be stated.
@Suite struct OrientationTests {
    /// EXIF with an orientation (EXIF 2.32, 4.6.4 A); no entry if it is nil.
    static func exif(_ orientation: UInt8?) -> [UInt8] {
        let head = Array("MM\0*".utf8) + [0, 0, 0, 8]
        guard let orientation else { return head + [0, 0, 0, 0, 0, 0] }
        return head + [0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    }

    static func xmp(_ body: String) -> [UInt8] {
        Array(
            """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\(body)\
            </rdf:RDF></x:xmpmeta>
            """.utf8)
    }

    static let attribute = xmp(
        #"<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>"#)
    static let packets = [
        attribute,
        xmp(#"<rdf:Description xmlns:t="http://ns.adobe.com/tiff/1.0/" t:Orientation = '6'/>"#),
        xmp(
            #"<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/'><tiff:Orientation>6</tiff:Orientation></rdf:Description>"#
        ),
        xmp(
            """
            <rdf:Description xmlns:a="http://ns.adobe.com/tiff/1.0/"
             x:note="a > b"><a:Orientation >
              6 </a:Orientation></rdf:Description>
            """),
        xmp(#"<rdf:Description tiff:Make="x" tiff:Orientation="6"/>"#),
    ]

    static func segment(_ label: String, _ body: [UInt8]) -> [UInt8] {
        let count = label.utf8.count + body.count + 2
        return [0xFF, 0xE1, UInt8(count >> 8), UInt8(count & 255)] + Array(label.utf8) + body
    }

    static func jpeg(_ segments: [[UInt8]]) throws -> Data {
        let file = [UInt8](try Fixture.data("j420.jpg"))
        return Data(file[..<2] + segments.flatMap { $0 } + file[2...])
    }

    static func png(before: [UInt8] = [], after: [UInt8] = []) -> Data {
        let pixels = PNGBuilder.file(width: 2, height: 1, color: 0, before: before, rows: [0, 1, 2])
        return pixels.dropLast(12) + Data(after) + pixels.suffix(12)
    }

    static func orientation(_ file: Data) throws -> Int { try ImageHeader(probing: file).orientation.rawValue }

    static let exifLabel = "Exif\0\0"
    static let xmpLabel = "http://ns.adobe.com/xap/1.0/\0"

    @Test("XMP states the orientation as attribute or element, with any prefix, in every format", arguments: packets)
    func xmpOnly(packet: [UInt8]) throws {
        #expect(try Self.orientation(Self.jpeg([Self.segment(Self.xmpLabel, packet)])) == 6)
        let text = PNGBuilder.chunk("iTXt", Array("XML:com.adobe.xmp\0\0\0\0\0".utf8) + packet)
        let deflated = PNGBuilder.chunk(
            "iTXt", Array("XML:com.adobe.xmp\0\u{1}\0\0\0".utf8) + PNGBuilder.zlib(packet))
        for chunk in [text, deflated] {
            #expect(try Self.orientation(Self.png(before: chunk)) == 6)
            #expect(try Self.orientation(Self.png(after: chunk)) == 6)
        }
        #expect(try Self.orientation(WebPBuilder.extended([("XMP ", packet)])) == 6)
    }

    @Test("EXIF counts before XMP, and XMP where EXIF states no orientation")
    func precedence() throws {
        let packet = Self.segment(Self.xmpLabel, Self.attribute)
        for (exif, expected) in [(Self.exif(3), 3), (Self.exif(1), 1), (Self.exif(nil), 6), (Self.exif(9), 6)] {
            let block = Self.segment(Self.exifLabel, exif)
            #expect(try Self.orientation(Self.jpeg([block, packet])) == expected)
            #expect(try Self.orientation(Self.jpeg([packet, block])) == expected)
            #expect(try Self.orientation(WebPBuilder.extended([("EXIF", exif), ("XMP ", Self.attribute)])) == expected)
        }
    }

    @Test(
        "An EXIF block that is empty or damaged does not hide the next one",
        arguments: [[], [0x4D, 0x4D], Array("XX\0*\0\0\0\u{8}".utf8), Array("MM\0*\0\0\u{1}\0".utf8), exif(nil)])
    func secondBlock(first: [UInt8]) throws {
        let segments = [first, Self.exif(8), Self.exif(3)].map { Self.segment(Self.exifLabel, $0) }
        #expect(try Self.orientation(Self.jpeg(segments)) == 8)
        #expect(try Self.orientation(WebPBuilder.extended([("EXIF", first), ("EXIF", Self.exif(8))])) == 8)
        let chunks = [first, Self.exif(8)].flatMap { PNGBuilder.chunk("eXIf", $0) }
        #expect(try Self.orientation(Self.png(before: chunks)) == 8)
    }

    @Test("An eXIf chunk counts before the pixels only, as in browsers")
    func lateChunk() throws {
        let chunk = PNGBuilder.chunk("eXIf", Self.exif(6))
        #expect(try Self.orientation(Self.png(before: chunk)) == 6)
        let late = try ImageHeader(probing: Self.png(after: chunk))
        #expect(late.orientation == .up && late.metadata.contains(.exif))
    }

    @Test(
        "ImageMagick's raw profiles state the orientation in every kind of text chunk",
        arguments: ["exif", "APP1"], ["tEXt", "zTXt", "iTXt"])
    func rawProfile(name: String, type: String) throws {
        let block = Array(Self.exifLabel.utf8) + Self.exif(6)
        let digits = block.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let text = Array("\n\(name)\n      \(block.count)\n\(digits.prefix(40))\n\(digits.dropFirst(40))\n".utf8)
        let keyword = Array("Raw profile type \(name)\0".utf8)
        let body: [UInt8]
        switch type {
        case "tEXt": body = keyword + text
        case "zTXt": body = keyword + [0] + PNGBuilder.zlib(text)
        default: body = keyword + [0, 0, 0, 0] + text
        }
        let header = try ImageHeader(probing: Self.png(before: PNGBuilder.chunk(type, body)))
        #expect(header.orientation.rawValue == 6 && header.metadata.contains(.exif))
        // The chunk of PNG's own counts first.
        let both = PNGBuilder.chunk(type, body) + PNGBuilder.chunk("eXIf", Self.exif(3))
        #expect(try Self.orientation(Self.png(before: both)) == 3)
    }

    @Test(
        "A damaged raw profile is no error",
        arguments: ["", "\nexif\n", "\nexif\n 99\n4578", "\nexif\n 2\nzz", "\n\n\n\n"])
    func damagedProfile(text: String) throws {
        let chunk = PNGBuilder.chunk("tEXt", Array("Raw profile type exif\0\(text)".utf8))
        #expect(try Self.orientation(Self.png(before: chunk)) == 1)
    }

    @Test("A GIF's XMP states the orientation, too")
    func gif() throws {
        let file = [UInt8](try Data(contentsOf: Fixture.folder.appendingPathComponent("../gif/plain.gif")))
        let trailer: [UInt8] = [1] + (0...255).reversed().map { UInt8($0) } + [0]
        let extensionBlock = [0x21, 0xFF, 11] + Array("XMP DataXMP".utf8) + Self.attribute + trailer
        let palette = file[10] & 0x80 == 0 ? 0 : 3 << (Int(file[10] & 7) + 1)
        let start = 13 + palette
        #expect(try Self.orientation(Data(file[..<start] + extensionBlock + file[start...])) == 6)
    }
}
