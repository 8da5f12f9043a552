import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Tests which metadata is carried to a new file under each policy. The source files were written by exiftool.
@Suite struct MetadataTests {
    static let sources = ["carried.jpg", "carried.png", "carried.webp"]
    static let encodings: [ImageEncoding] = [.png, .jpeg, .webp, .webpLossless]
    static let folder = Fixture.folder.deletingLastPathComponent().appendingPathComponent("metadata")

    static func source(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    static func converted(
        _ source: Data, _ policy: ImageMetadata.Policy, _ encoding: ImageEncoding, orientation: Orientation = .up
    ) throws -> Data {
        var metadata = try ImageMetadata(of: source, policy: policy)
        metadata.orientation = orientation
        let bitmap = try Bitmap.textured(Size(width: 30, height: 20), .rgb8)
        return try ImageEncoder.encode(bitmap, as: encoding, metadata: metadata).data
    }

    static func contains(_ data: Data, _ text: String) -> Bool { data.firstRange(of: Data(text.utf8)) != nil }

    @Test("By default copyright, artist and source type are kept, and nothing private", arguments: sources, encodings)
    func stripPrivate(name: String, encoding: ImageEncoding) throws {
        let file = try Self.converted(try Self.source(name), .stripPrivate, encoding)
        #expect(Self.contains(file, "Grün & Söhne") && Self.contains(file, "(c) 2026 Somebody"))
        #expect(Self.contains(file, "digitalsourcetype/trainedAlgorithmicMedia"))
        #expect(!Self.contains(file, "CANARY"))
        let header = try ImageHeader(probing: file)
        #expect(header.metadata == [.exif, .xmp])
        #expect(header.orientation == .up)
        #expect(try ImageDecoder.decode(file).warnings.isEmpty)
    }

    @Test("With stripAll nothing is kept", arguments: sources, encodings)
    func stripAll(name: String, encoding: ImageEncoding) throws {
        let file = try Self.converted(try Self.source(name), .stripAll, encoding)
        #expect(try ImageHeader(probing: file).metadata.isEmpty)
        for word in ["CANARY", "Somebody", "Exif", "xmpmeta"] { #expect(!Self.contains(file, word)) }
    }

    @Test("Kept EXIF describes the new image, upright, without a thumbnail", arguments: sources, encodings)
    func keep(name: String, encoding: ImageEncoding) throws {
        let file = try Self.converted(try Self.source(name), .keep, encoding)
        let header = try ImageHeader(probing: file)
        // WebP has no place for IPTC and comments.
        let carried: ImageMetadata.Kinds = encoding.format == .webp ? [] : [.iptc, .comment]
        let source = try ImageHeader(probing: Self.source(name)).metadata
        #expect(header.metadata == source.intersection(carried).union([.exif, .gps, .xmp]))
        #expect(header.orientation == .up)
        for word in ["CANARY maker", "CANARY place", "CANARY tool", "Somebody"] { #expect(Self.contains(file, word)) }
        for word in ["CANARY thumbnail", "CANARY title", "tiff:Orientation"] {
            #expect(!Self.contains(file, word))
        }
        // In PNG it is compressed.
        if encoding.format == .jpeg { #expect(Self.contains(file, "CANARY caption") == source.contains(.iptc)) }
        #expect(try ImageDecoder.decode(file).warnings.isEmpty)
    }

    @Test(
        "The orientation of pixels that are not upright is always written", arguments: ImageMetadata.Policy.allCases,
        encodings)
    func orientation(policy: ImageMetadata.Policy, encoding: ImageEncoding) throws {
        let file = try Self.converted(try Self.source("carried.jpg"), policy, encoding, orientation: .left)
        #expect(try ImageHeader(probing: file).orientation == .left)
    }

    @Test("A profile and metadata can be written together", arguments: encodings)
    func profile(encoding: ImageEncoding) throws {
        let metadata = try ImageMetadata(of: try Self.source("carried.jpg"), policy: .keep)
        let bitmap = try Bitmap.textured(Size(width: 30, height: 20), .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: encoding, profile: .displayP3, metadata: metadata).data
        let header = try ImageHeader(probing: file)
        #expect(header.profileKind == .displayP3)
        // WebP has no place for IPTC and comments.
        let carried: ImageMetadata.Kinds = encoding.format == .webp ? [] : [.iptc, .comment]
        #expect(header.metadata == carried.union([.exif, .gps, .xmp, .icc]))
    }

    static func png(packet: String) -> Data {
        let body = Array("XML:com.adobe.xmp\0\0\0\0\0".utf8) + Array(packet.utf8)
        return PNGBuilder.file(
            width: 1, height: 1, color: 2, before: PNGBuilder.chunk("iTXt", body), rows: [0, 200, 100, 50])
    }

    @Test("Stale XMP properties are removed, as attributes and as elements")
    func stale() throws {
        let packet = """
            <rdf:RDF><rdf:Description tiff:Orientation="6" dcterms:provenance='self#jumbf=x' xmp:Rating="3"
              exif:PixelXDimension="48"><tiff:ImageWidth>48</tiff:ImageWidth><tiff:ImageWidthOther>1</tiff:ImageWidthOther>\
            <xmp:Thumbnails><rdf:Alt><rdf:li>AAAA</rdf:li></rdf:Alt></xmp:Thumbnails><tiff:Orientation/>\
            <dc:title>tiff:Orientation</dc:title></rdf:Description></rdf:RDF>
            """
        let expected = """
            <rdf:RDF><rdf:Description xmp:Rating="3"\
            ><tiff:ImageWidthOther>1</tiff:ImageWidthOther><dc:title>tiff:Orientation</dc:title></rdf:Description></rdf:RDF>
            """
        let file = try Self.converted(Self.png(packet: packet), .keep, .webpLossless)
        let kept = try #require(file.firstRange(of: Data("<rdf:RDF>".utf8)))
        let text = String(decoding: file[kept.lowerBound...], as: UTF8.self)
        #expect(text.filter { !$0.isWhitespace && $0 != "\0" } == expected.filter { !$0.isWhitespace })
    }

    @Test(
        "A packet that cannot be read is left out",
        arguments: ["", "no RDF", "<rdf:RDF><xmp:Thumbnails>", "<rdf:RDF tiff:Orientation=6", "<rdf:RDF>\0"])
    func brokenPacket(packet: String) throws {
        #expect(try ImageMetadata(of: Self.png(packet: packet), policy: .keep).isEmpty)
    }

    @Test("A packet longer than the limit is left out")
    func longPacket() throws {
        let packet = "<rdf:RDF a=\"1\"/>"
        var limits = ImageDecoder.Limits()
        limits.metadataByteCount = packet.utf8.count
        #expect(try !ImageMetadata(of: Self.png(packet: packet), policy: .keep, limits: limits).isEmpty)
        limits.metadataByteCount -= 1
        #expect(try ImageMetadata(of: Self.png(packet: packet), policy: .keep, limits: limits).isEmpty)
    }

    @Test("Of many pointers to an EXIF directory only the first is followed")
    func manyDirectories() throws {
        func little(_ value: Int, _ count: Int) -> [UInt8] { WebPBuilder.number(value, count) }
        func entry(_ tag: Int, _ type: Int, _ value: Int) -> [UInt8] {
            little(tag, 2) + little(type, 2) + little(1, 4) + little(value, 4)
        }
        let behind = 8 + 2 + 3 * 12 + 4
        let pointers = entry(0x0112, 3, 1) + entry(0x8769, 4, behind) + entry(0x8769, 4, behind + 18)
        let directories = [7, 9].flatMap { little(1, 2) + entry(0xA001, 3, $0) + little(0, 4) }
        let block = Array("II*\0".utf8) + little(8, 4) + little(3, 2) + pointers + little(0, 4) + directories
        let source = PNGBuilder.file(
            width: 1, height: 1, color: 2, before: PNGBuilder.chunk("eXIf", block), rows: [0, 200, 100, 50])
        let file = [UInt8](try Self.converted(source, .keep, .png))
        let written = try #require(PNGBuilder.pieces(file).map { Array(file[$0]) }.first { $0[4] == UInt8(ascii: "e") })
        let values = [0, 1].map { written[8 + behind + 18 * $0 + 10] }
        #expect(values == [1, 9])
    }

    @Test("Only letters are accepted as the source type")
    func sourceType() throws {
        let uri = "http://cv.iptc.org/newscodes/digitalsourcetype/"
        let file = try Self.converted(Self.png(packet: "<rdf:RDF x=\"\(uri)digitalArt\"/>"), .stripPrivate, .png)
        #expect(Self.contains(file, "\(uri)digitalArt\""))
        for word in ["", "\"><script>", String(repeating: "x", count: 65)] {
            #expect(try ImageMetadata(of: Self.png(packet: "<rdf:RDF x=\"\(uri)\(word)\"/>")).isEmpty)
        }
    }

    @Test("EXIF of random bytes neither traps nor becomes longer", arguments: 0..<40)
    func randomEXIF(seed: Int) throws {
        var noise = Noise(seed: UInt64(seed))
        let source = try Self.source("carried.webp")
        let start = try #require(source.firstRange(of: Data("EXIF".utf8)))
        var file = [UInt8](source)
        for _ in 0..<8 {
            file[start.upperBound + 4 + noise.below(260)] = UInt8(noise.below(256))
        }
        for policy in ImageMetadata.Policy.allCases {
            for orientation in [Orientation.up, .right] {
                guard let metadata = try? ImageMetadata(of: Data(file), policy: policy), !metadata.isEmpty else {
                    continue
                }
                let new = try Self.converted(Data(file), policy, .webpLossless, orientation: orientation)
                #expect(try ImageHeader(probing: new).orientation == orientation)
                #expect(new.count < 6_000)
            }
        }
    }

    @Test("EXIF too long for a JPEG is refused")
    func tooLong() throws {
        // One directory whose Make has 66,000 characters.
        let entry: [UInt8] = [0x0F, 0x01, 2, 0, 0xD0, 0x01, 1, 0, 26, 0, 0, 0, 0, 0, 0, 0]
        let block = Array("II*\0".utf8) + [8, 0, 0, 0, 1, 0] + entry + [UInt8](repeating: 65, count: 65_999) + [0]
        let file = PNGBuilder.file(
            width: 1, height: 1, color: 2, before: PNGBuilder.chunk("eXIf", block), rows: [0, 200, 100, 50])
        #expect(try ImageHeader(probing: try Self.converted(file, .keep, .png)).metadata == .exif)
        let error = #expect(throws: GessoError.self) { try Self.converted(file, .keep, .jpeg) }
        #expect(error?.code == .tooManyBytes && error?.facts["allowed"] == "65533")
    }

    @Test("Gray is encoded to WebP in sRGB, because a gray profile does not fit three channels")
    func grayWebP() throws {
        let gamma = PNGBuilder.chunk("gAMA", PNGBuilder.number(100_000))
        let file = PNGBuilder.file(width: 2, height: 1, color: 0, before: gamma, rows: [0, 50, 200])
        let image = try ImageDecoder.decode(file, options: ImageDecoder.Options(honorsGamma: true))
        let expected = try image.bitmap.converted(from: image.profile, to: nil).samples
        #expect(expected != image.bitmap.samples)
        let webp = try ImageEncoder.encode(image.bitmap, as: .webpLossless, profile: image.profile).data
        let back = try ImageDecoder.decode(webp)
        #expect(back.profile == nil && back.warnings.isEmpty)
        #expect(back.bitmap.samples == expected.flatMap { [$0, $0, $0] })
    }
}
