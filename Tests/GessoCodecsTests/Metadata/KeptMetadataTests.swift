import Foundation
import GessoPixels
import Testing

@testable import GessoCodecs

/// What `keep` carries into another file, and what it leaves out.
@Suite struct KeptMetadataTests {
    private static func rewritten(_ file: Data, _ encoding: ImageEncoding) throws -> Data {
        let pixels = try Bitmap(size: Size(width: 4, height: 4), format: .rgb8)
        return try ImageEncoder.encode(pixels, as: encoding, metadata: ImageMetadata(of: file, policy: .keep)).data
    }

    @Test(
        "No thumbnail of any form survives, and IPTC and comments do",
        arguments: ["private_all.jpg", "thumb_strip.jpg"], [ImageEncoding.jpeg, .png])
    func cases(name: String, encoding: ImageEncoding) throws {
        let source = try Fixture.caseFile(name)
        let kept = try Self.rewritten(source, encoding)
        let before = try ImageHeader(probing: source).metadata
        let after = try ImageHeader(probing: kept).metadata
        for kind in [ImageMetadata.Kinds.exif, .gps, .xmp, .iptc, .comment] {
            #expect(after.contains(kind) == before.contains(kind))
        }
        // The bytes of a JPEG or base64 of one; a JPEG begins with such bytes, and the maker note of both sources holds a
        // preview, which is kept and reported.
        let start = Data([0xFF, 0xD8, 0xFF])
        let preview = try #require(kept.dropFirst(3).firstRange(of: start))
        #expect(kept[preview.upperBound...].firstRange(of: start) == nil)
        #expect(try ImageMetadata(of: source, policy: .keep).warnings == [.previewKept])
        #expect(kept.firstRange(of: Data("/9j/".utf8)) == nil)
        if name == "thumb_strip.jpg" { #expect(kept.count < 4_000) }
    }

    @Test("IPTC and comments are the same bytes, also after a way through PNG")
    func carried() throws {
        let source = try Fixture.caseFile("private_all.jpg")
        let original = try ImageMetadata(of: source, policy: .keep)
        #expect(original.iptc != nil && original.comments.count == 1)
        let through = try Self.rewritten(Self.rewritten(source, .png), .jpeg)
        let back = try ImageMetadata(of: through, policy: .keep)
        #expect(back.iptc == original.iptc && back.comments == original.comments)
    }

    private static func jpeg(comment: [UInt8]) throws -> Data {
        let count = comment.count + 2
        let file = [UInt8](try Fixture.data("j420.jpg"))
        return Data(file[..<2] + [0xFF, 0xFE, UInt8(count >> 8), UInt8(count & 255)] + comment + file[2...])
    }

    @Test(
        "Comments are the same text in PNG, without the NUL that PNG does not allow",
        arguments: [("Grüße, 你好", "Grüße, 你好"), ("plain", "plain"), ("ended\0", "ended"), ("ü\0\0", "ü")])
    func comments(text: String, expected: String) throws {
        let png = try Self.rewritten(Self.jpeg(comment: Array(text.utf8)), .png)
        #expect(try ImageMetadata(of: png, policy: .keep).comments == [Data(expected.utf8)])
        #expect(try ImageMetadata(of: Self.rewritten(png, .jpeg), policy: .keep).comments == [Data(expected.utf8)])
    }

    @Test(
        "A comment of a PNG that is longer than a segment of JPEG is not carried", arguments: [65_533, 65_534, 65_537])
    func longComment(count: Int) throws {
        let chunk = PNGBuilder.chunk("tEXt", Array("Comment\0".utf8) + [UInt8](repeating: 0x78, count: count))
        let png = PNGBuilder.file(width: 1, height: 1, color: 2, before: chunk, rows: [0, 1, 2, 3])
        let jpeg = try Self.rewritten(png, .jpeg)
        #expect(try ImageMetadata(of: jpeg, policy: .keep).comments.map(\.count) == (count == 65_533 ? [count] : []))
    }

    @Test(
        "Text of a PNG that is damaged or too long is not carried, and still reported",
        arguments: [
            ("tEXt", "Comment\0" + String(repeating: "x", count: 21)),
            ("iTXt", "Comment\0\0\0\0\0" + String(repeating: "x", count: 21)), ("zTXt", "Comment\0\0broken"),
            ("tEXt", "Raw profile type exif\0broken"),
        ])
    func unreadText(type: String, body: String) throws {
        var limits = ImageDecoder.Limits()
        limits.metadataByteCount = 20
        func file(_ body: String) -> Data {
            let chunk = PNGBuilder.chunk(type, Array(body.utf8))
            return PNGBuilder.file(width: 1, height: 1, color: 2, before: chunk, rows: [0, 1, 2, 3])
        }
        #expect(try ImageHeader(probing: file(body), limits: limits).metadata == .text)
        #expect(try ImageMetadata(of: file(body), policy: .keep, limits: limits).isEmpty)
        guard body.hasSuffix("x") else { return }
        let longest = try ImageMetadata(of: file(String(body.dropLast())), policy: .keep, limits: limits)
        #expect(longest.comments.map(\.count) == [20])
    }

    @Test(
        "XMP properties that hold images are removed, whatever their prefix",
        arguments: [
            #"xmlns:x="http://ns.adobe.com/xap/1.0/"><x:Thumbnails><y>/9j/4AAQ</y></x:Thumbnails>"#,
            #"xmlns:g='http://ns.adobe.com/xap/1.0/g/img/'><xmp:Other><g:image>/9j/4AAQ</g:image></xmp:Other>"#,
            #"xmlns:g='http://ns.adobe.com/xap/1.0/g/img/' g:image = '/9j/4AAQ'>"#,
            #"xmlns:i="http://ns.google.com/photos/1.0/image/" i:Data="/9j/4AAQ">"#,
            #"><xmpGImg:image a=">">/9j/4AAQ</xmpGImg:image >"#,
        ])
    func prefixes(body: String) throws {
        let packet = OrientationTests.xmp("<rdf:Description \(body)<dc:title>kept</dc:title></rdf:Description>")
        let file = try OrientationTests.jpeg([OrientationTests.segment(OrientationTests.xmpLabel, packet)])
        let xmp = try #require(try ImageMetadata(of: file, policy: .keep).xmp)
        let text = String(decoding: xmp, as: UTF8.self)
        #expect(!text.contains("/9j/") && text.contains("kept"))
    }

    @Test("Strips, tiles and JPEG thumbnails are removed from every directory of EXIF", arguments: 0..<6)
    func directories(form: Int) throws {
        let marker: [UInt8] = Array("SECRETPIXELS".utf8)
        let (offsets, lengths) = [(0x0111, 0x0117), (0x0144, 0x0145), (0x0201, 0x0202)][form % 3]
        let isFirst = form >= 3
        func entry(_ tag: Int, _ value: Int) -> [UInt8] {
            [UInt8(tag >> 8), UInt8(tag & 255), 0, 4, 0, 0, 0, 1, 0, 0, UInt8(value >> 8), UInt8(value & 255)]
        }
        // IFD0 with an artist and, in the first three forms, IFD1 with the image.
        let artist: [UInt8] = [1, 0x3B, 0, 2, 0, 0, 0, 4] + Array("Ann\0".utf8)
        var block = Array("MM\0*".utf8) + [0, 0, 0, 8]
        if isFirst {
            let start = 8 + 2 + 36 + 4
            block += [0, 3] + entry(offsets, start) + artist + entry(lengths, marker.count) + [0, 0, 0, 0]
        } else {
            let next = 8 + 2 + 12 + 4
            let start = next + 2 + 24 + 4
            block += [0, 1] + artist + [0, 0, 0, UInt8(next)]
            block += [0, 2] + entry(offsets, start) + entry(lengths, marker.count) + [0, 0, 0, 0]
        }
        block += marker
        let file = try OrientationTests.jpeg([OrientationTests.segment(OrientationTests.exifLabel, block)])
        let exif = try #require(try ImageMetadata(of: file, policy: .keep).exif)
        #expect(exif.firstRange(of: Data(marker)) == nil && exif.firstRange(of: Data("Ann".utf8)) != nil)
        #expect(exif.count < block.count)
    }

    @Test("A preview inside a maker note is kept and reported")
    func makerNote() throws {
        let preview: [UInt8] = [0xFF, 0xD8, 0xFF, 0xDB, 1, 2, 3, 4]
        // IFD0 with the EXIF directory, which has a maker note.
        let directory = 8 + 2 + 12 + 4
        let start = directory + 2 + 12 + 4
        let block: [UInt8] =
            Array("MM\0*".utf8) + [
                0, 0, 0, 8, 0, 1, 0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, UInt8(directory), 0, 0, 0, 0,
            ]
            + [0, 1, 0x92, 0x7C, 0, 7, 0, 0, 0, 8, 0, 0, 0, UInt8(start), 0, 0, 0, 0] + preview
        let file = try OrientationTests.jpeg([OrientationTests.segment(OrientationTests.exifLabel, block)])
        let metadata = try ImageMetadata(of: file, policy: .keep)
        #expect(metadata.exif == Data(block) && metadata.warnings == [.previewKept])
        #expect(try ImageMetadata(of: file).warnings.isEmpty)
    }

    @Test("Resources of Photoshop other than IPTC, such as thumbnails, are not carried")
    func resources() throws {
        let iptc: [UInt8] = [0x1C, 2, 90, 0, 4] + Array("Town".utf8)
        func resource(_ kind: UInt8, _ data: [UInt8]) -> [UInt8] {
            Array("8BIM".utf8) + [4, kind, 0, 0, 0, 0, 0, UInt8(data.count)] + data + (data.count % 2 == 1 ? [0] : [])
        }
        let block = resource(0x0C, [0xFF, 0xD8, 0xFF, 0xE0, 9]) + resource(4, iptc) + resource(0x25, [1, 2])
        let count = 14 + block.count + 2
        let segment = [0xFF, 0xED, UInt8(count >> 8), UInt8(count & 255)] + Array("Photoshop 3.0\0".utf8) + block
        let file = [UInt8](try Fixture.data("j420.jpg"))
        let metadata = try ImageMetadata(of: Data(file[..<2] + segment + file[2...]), policy: .keep)
        #expect(metadata.iptc == Data(iptc))
    }
}
