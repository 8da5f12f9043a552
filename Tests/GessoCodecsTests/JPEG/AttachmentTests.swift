import Foundation
import GessoCodecs
import Testing

/// What a JPEG has besides its image is reported, because decoding leaves it out.
@Suite struct AttachmentTests {
    private static func base() throws -> [UInt8] { [UInt8](try Fixture.data("j420.jpg")) }

    /// The index of a multi-picture file (CIPA DC-007, 5.2.3) with images of these kinds and ranges in the whole file; the
    /// index is inserted at offset 2.
    private static func index(_ images: [(kind: Int, range: Range<Int>)]) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
        let list = 8 + 2 + 2 * 12 + 4
        let count = 16 * images.count
        var block: [UInt8] = Array("MM\0*".utf8) + number(8) + [0, 2]
        block += [0xB0, 0x01, 0, 4] + number(1) + number(images.count)
        block += [0xB0, 0x02, 0, 7] + number(count) + number(list) + number(0)
        for (index, image) in images.enumerated() {
            // Offsets count from the TIFF header, after the marker, its length and the label.
            block += number(image.kind) + number(image.range.count)
            block += number(index == 0 ? 0 : image.range.lowerBound - 10) + [0, 0, 0, 0]
        }
        let length = 2 + 4 + block.count
        return [0xFF, 0xE2, UInt8(length >> 8), UInt8(length & 255)] + Array("MPF\0".utf8) + block
    }

    private static func multiPicture(_ kinds: [Int], packet: [UInt8] = [], second: [UInt8] = []) throws -> Data {
        let base = try base()
        let further = base[..<2] + second + base[2...]
        let header = packet.isEmpty ? [] : OrientationTests.segment(OrientationTests.xmpLabel, packet)
        let size = index(kinds.map { ($0, 0..<0) }).count
        let first = base.count + header.count + size
        let images = kinds.enumerated().map { number, kind in
            (kind, number == 0 ? 0..<first : first + (number - 1) * further.count..<first + number * further.count)
        }
        let rest = (1..<kinds.count).flatMap { _ in further }
        return Data(base[..<2] + index(images) + header + base[2...] + rest)
    }

    @Test("Further images of a multi-picture file are counted, previews of the first are not")
    func furtherImages() throws {
        func warnings(_ kinds: [Int]) throws -> [ImageDecoder.Warning] {
            let file = try Self.multiPicture(kinds)
            #expect(try ImageDecoder.decode(file).warnings == ImageHeader(probing: file).warnings)
            return try ImageHeader(probing: file).warnings
        }
        #expect(try warnings([0x030000, 0x020002]) == [.imagesLeftOut(1)])
        #expect(try warnings([0x030000, 0, 0x020003]) == [.imagesLeftOut(2)])
        #expect(try warnings([0x030000, 0x010001]) == [])
        #expect(try warnings([0x030000, 0x010002, 0x020002]) == [.imagesLeftOut(1)])
    }

    @Test("An index of images that the file has lost reports nothing")
    func lostImages() throws {
        let file = try Self.multiPicture([0x030000, 0x020002])
        let base = try Self.base()
        #expect(try ImageHeader(probing: file.dropLast(base.count)).warnings == [])
    }

    @Test(
        "A gain map is reported as such, by the first image's XMP, by its own, or by an ISO segment",
        arguments: ["hdrgm", "semantic", "second", "apple", "iso"])
    func gainMap(form: String) throws {
        let version = OrientationTests.xmp(
            #"<rdf:Description xmlns:h="http://ns.adobe.com/hdr-gain-map/1.0/" h:Version="1.0"/>"#)
        let semantic = OrientationTests.xmp(
            """
            <rdf:Description xmlns:C="http://ns.google.com/photos/1.0/container/"
             xmlns:I="http://ns.google.com/photos/1.0/container/item/"><C:Directory><rdf:Seq>
            <rdf:li><C:Item I:Semantic="Primary" I:Mime="image/jpeg"/></rdf:li>
            <rdf:li><C:Item I:Semantic="GainMap" I:Length="9"/></rdf:li></rdf:Seq></C:Directory></rdf:Description>
            """)
        let apple = OrientationTests.xmp(
            #"<rdf:Description xmlns:H="http://ns.apple.com/HDRGainMap/1.0/" H:HDRGainMapVersion="65536"/>"#)
        let label = Array("urn:iso:std:iso:ts:21496:-1\0".utf8)
        let iso = [0xFF, 0xE2, 0, UInt8(label.count + 6)] + label + [0, 0, 0, 0]
        let file: Data
        switch form {
        case "hdrgm": file = try Self.multiPicture([0x030000, 0], packet: version)
        case "semantic": file = try Self.multiPicture([0x030000, 0], packet: semantic)
        case "second":
            file = try Self.multiPicture(
                [0x030000, 0], second: OrientationTests.segment(OrientationTests.xmpLabel, version))
        case "apple":
            file = try Self.multiPicture(
                [0x030000, 0], second: OrientationTests.segment(OrientationTests.xmpLabel, apple))
        default: file = try Self.multiPicture([0x030000, 0], second: iso)
        }
        #expect(try ImageHeader(probing: file).warnings == [.gainMapLeftOut])
        #expect(try ImageDecoder.decode(file).warnings == [.gainMapLeftOut])
    }

    @Test("A video is reported by Google's XMP, with any prefix, and by Samsung's list, if it is in the file")
    func video() throws {
        let base = try Self.base()
        let video: [UInt8] = [0, 0, 0, 24] + Array("ftypmp42".utf8) + [UInt8](repeating: 7, count: 60)
        let packets = [
            #"xmlns:G="http://ns.google.com/photos/1.0/camera/" G:MicroVideo="1" G:MicroVideoOffset="72"/>"#,
            #"xmlns:q="http://ns.google.com/photos/1.0/camera/"><q:MotionPhoto>1</q:MotionPhoto></rdf:Description>"#,
            #"xmlns:Item="http://ns.google.com/photos/1.0/container/item/" Item:Semantic="MotionPhoto"/>"#,
        ].map { OrientationTests.xmp("<rdf:Description \($0)") }
        for packet in packets {
            let segment = OrientationTests.segment(OrientationTests.xmpLabel, packet)
            let file = Data(base[..<2] + segment + base[2...])
            #expect(try ImageHeader(probing: file + Data(video)).warnings == [.videoLeftOut])
            #expect(try ImageHeader(probing: file).warnings == [])
        }
        let samsung = video + Array("MotionPhoto_Data".utf8) + [1, 2, 3, 4] + Array("SEFT".utf8)
        #expect(try ImageHeader(probing: Data(base + samsung)).warnings == [.videoLeftOut])
        #expect(try ImageHeader(probing: Data(base + Array("SEFH....SEFT".utf8))).warnings == [])
    }
}
