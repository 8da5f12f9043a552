import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Compares content credentials with those that the reference library reads.
@Suite struct ProvenanceTests {
    static let folder = Fixture.folder.deletingLastPathComponent().appendingPathComponent("credentials")
    static let names = ["signed.png", "signed.jpg", "signed.webp", "signed-v1.png", "signed-long.jpg"]

    static func data(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    struct Expected: Decodable {
        struct Generator: Decodable {
            let name: String
            let version: String
        }
        struct Signature: Decodable {
            let issuer: String
            let commonName: String

            enum CodingKeys: String, CodingKey {
                case issuer
                case commonName = "common_name"
            }
        }
        let generator: [Generator]
        let signature: Signature
    }

    @Test("Program and signer are read from every format", arguments: names)
    func read(name: String) throws {
        let expected = try JSONDecoder().decode(Expected.self, from: try Self.data("\(name).json"))
        let header = try ImageHeader(probing: try Self.data(name))
        #expect(header.metadata.contains(.c2pa))
        let provenance = try #require(header.provenance)
        let generator = try #require(expected.generator.first)
        #expect(provenance.claimGenerator == "\(generator.name) \(generator.version)")
        // The reference library's "issuer" is the subject of the certificate.
        #expect(provenance.signer?.organization == expected.signature.issuer)
        #expect(provenance.signer?.commonName == expected.signature.commonName)
        #expect(
            provenance.issuer
                == ImageHeader.Provenance.Name(organization: "Trust Nobody Ltd", commonName: "Test Authority"))
        #expect("\(provenance)" == "Test Painter 1.5, signed in the name of Grün & Söhne")
    }

    @Test("New files never have a manifest, with any policy", arguments: names)
    func neverCarried(name: String) throws {
        let source = try Self.data(name)
        let image = try ImageDecoder.decode(source)
        let metadata = try ImageMetadata(of: source, policy: .keep)
        for encoding in [ImageEncoding.png, .jpeg, .webp] {
            let file = try ImageEncoder.encode(image.bitmap, as: encoding, metadata: metadata).data
            let header = try ImageHeader(probing: file)
            #expect(!header.metadata.contains(.c2pa) && header.provenance == nil)
            #expect(file.firstRange(of: Data("jumb".utf8)) == nil)
        }
    }

    /// The manifest store of signed.png.
    static func store() throws -> [UInt8] {
        let file = try data("signed.png")
        let chunk = try #require(file.firstRange(of: Data("caBX".utf8)))
        let length = file[chunk.lowerBound - 4..<chunk.lowerBound].reduce(0) { $0 << 8 | Int($1) }
        return [UInt8](file[chunk.upperBound..<chunk.upperBound + length])
    }

    static func png(_ store: [UInt8]) -> Data {
        PNGBuilder.file(width: 1, height: 1, color: 2, before: PNGBuilder.chunk("caBX", store), rows: [0, 1, 2, 3])
    }

    @Test("A manifest truncated at any byte is reported and does not trap")
    func truncated() throws {
        let store = try Self.store()
        let whole = try ImageHeader(probing: Self.png(store)).provenance
        for count in stride(from: 0, to: store.count, by: 37) {
            let header = try ImageHeader(probing: Self.png(Array(store[..<count])))
            #expect(header.metadata.contains(.c2pa))
            #expect(header.provenance != whole)
        }
    }

    @Test("Damaged manifests never trap", arguments: 0..<8)
    func mutated(seed: Int) throws {
        var noise = Noise(seed: UInt64(seed))
        let store = try Self.store()
        for _ in 0..<250 {
            var store = store
            for _ in 0...noise.below(4) { store[noise.below(store.count)] = UInt8(noise.below(256)) }
            let header = try ImageHeader(probing: Self.png(store))
            #expect(header.metadata.contains(.c2pa))
        }
    }

    /// A superbox: a description with type and label, then its content.
    static func superbox(_ type: String, _ label: String, _ content: [UInt8]) -> [UInt8] {
        let tail: [UInt8] = [0, 0x11, 0, 0x10, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
        return box("jumb", box("jumd", Array(type.utf8) + tail + [3] + Array(label.utf8) + [0]) + content)
    }

    static func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        PNGBuilder.number(content.count + 8) + Array(type.utf8) + content
    }

    static func claim(_ cbor: [UInt8]) -> Data {
        let claim = superbox("c2cl", "c2pa.claim", box("cbor", cbor))
        return png(superbox("c2pa", "c2pa", superbox("c2ma", "urn:uuid:1", claim)))
    }

    static func text(_ text: String) -> [UInt8] {
        [0x79, UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + Array(text.utf8)
    }

    @Test("Claims of version 1 may have only a text; texts are made printable")
    func line() throws {
        func generator(_ words: String) throws -> String? {
            try ImageHeader(probing: Self.claim([0xA1] + Self.text("claim_generator") + Self.text(words))).provenance?
                .claimGenerator
        }
        #expect(try generator("make_test_images/0.33.1 c2pa-rs/0.33.1") == "make_test_images/0.33.1 c2pa-rs/0.33.1")
        #expect(try generator("a\u{1B}[31mb\n\u{202E}c  d\0") == "a[31mbc d")
        #expect(try generator(String(repeating: "x", count: 5_000))?.count == 200)
        #expect(try generator("\n\0") == nil)
    }

    @Test(
        "Reading CBOR ends for any nesting and any stated length",
        arguments: [
            [UInt8](repeating: 0x81, count: 100_000), [UInt8](repeating: 0x9F, count: 100_000),
            [UInt8](repeating: 0xC1, count: 100_000), [0xBB] + [UInt8](repeating: 0xFF, count: 8),
            [0x9B, 0, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF] + [UInt8](repeating: 0, count: 100_000),
            [0x7B] + [UInt8](repeating: 0x7F, count: 9), [0xA1, 0x3B] + [UInt8](repeating: 0xFF, count: 9), [0xFF], [],
        ])
    func hostileCBOR(cbor: [UInt8]) throws {
        #expect(try ImageHeader(probing: Self.claim(cbor)).provenance?.claimGenerator == nil)
    }

    /// A store whose manifest has that many claims, each with an array of `items` numbers and a name.
    static func claims(_ count: Int, items: Int) -> [UInt8] {
        let numbers = [0x9A] + PNGBuilder.number(items) + [UInt8](repeating: 0, count: items)
        let cbor = [0xA2] + text("numbers") + numbers + text("claim_generator") + text("painter")
        let claim = superbox("c2cl", "c2pa.claim", box("cbor", cbor))
        return superbox("c2pa", "c2pa", superbox("c2ma", "urn:uuid:1", (0..<count).flatMap { _ in claim }))
    }

    @Test("All boxes and items of a manifest count together; above the limit the manifest is reported but not read")
    func items() throws {
        let signed = try Self.data("signed.png")
        let whole = try #require(try ImageHeader(probing: signed).provenance)
        var limits = ImageDecoder.Limits()
        func provenance(_ count: Int) throws -> ImageHeader.Provenance? {
            limits.metadataItemCount = count
            let header = try ImageHeader(probing: signed, limits: limits)
            #expect(header.metadata.contains(.c2pa))
            return header.provenance
        }
        let needed = try #require(try (0..<2_000).first { try provenance($0) != nil })
        #expect(needed > 50 && needed < 1_000, "a common manifest lies far below the default")
        #expect(try provenance(needed) == whole && provenance(needed - 1) == nil && provenance(needed + 1) == whole)
        // Each claim alone is allowed.
        #expect(
            try ImageHeader(probing: Self.png(Self.claims(1, items: 4_000))).provenance?.claimGenerator == "painter")
        #expect(
            try ImageHeader(probing: Self.png(Self.claims(2, items: 4_000))).provenance?.claimGenerator == "painter")
        #expect(try ImageHeader(probing: Self.png(Self.claims(3, items: 4_000))).provenance == nil)
        #expect(try ImageHeader(probing: Self.png(Self.claims(256, items: 9_900))).provenance == nil)
    }

    @Test("Of several manifest stores in a file only the first is read, even if it is not readable")
    func manyStores() throws {
        let good = PNGBuilder.chunk("caBX", try Self.store())
        let junk = PNGBuilder.chunk("caBX", [1, 2, 3])
        let long = PNGBuilder.chunk("caBX", Self.claims(3, items: 4_000))
        func generator(_ chunks: [UInt8]) throws -> String? {
            try ImageHeader(
                probing: PNGBuilder.file(width: 1, height: 1, color: 2, before: chunks, rows: [0, 1, 2, 3])
            ).provenance?.claimGenerator
        }
        #expect(try generator(good) == "Test Painter 1.5")
        #expect(try generator(junk + good) == "Test Painter 1.5")
        #expect(try generator(long + good) == nil)
    }

    @Test("The last manifest is the active one, and boxes with a 64-bit length are read")
    func active() throws {
        func manifest(_ name: String) -> [UInt8] {
            let cbor = [0xA1] + Self.text("claim_generator") + Self.text(name)
            return Self.superbox("c2ma", name, Self.superbox("c2cl", "c2pa.claim", Self.box("cbor", cbor)))
        }
        let store = Self.superbox("c2pa", "c2pa", manifest("first") + manifest("second"))
        #expect(try ImageHeader(probing: Self.png(store)).provenance?.claimGenerator == "second")
        let long =
            PNGBuilder.number(1) + Array("jumb".utf8) + PNGBuilder.number(0)
            + PNGBuilder.number(store.count + 8) + store.dropFirst(8)
        #expect(try ImageHeader(probing: Self.png(long)).provenance?.claimGenerator == "second")
    }

    /// A JPEG with the store in segments of that many bytes, in the given order.
    static func jpeg(_ store: [UInt8], part: Int, order: (Int) -> [Int]) throws -> Data {
        let bitmap = try Bitmap(size: Size(width: 8, height: 8), format: .rgb8)
        let plain = [UInt8](try ImageEncoder.encode(bitmap, as: .jpeg).data)
        let body = Array(store.dropFirst(8))
        let parts = stride(from: 0, to: body.count, by: part).map { Array(body[$0..<min($0 + part, body.count)]) }
        let segments = order(parts.count).flatMap { index -> [UInt8] in
            let content = [0x4A, 0x50, 0, 7] + PNGBuilder.number(index + 1) + store.prefix(8) + parts[index]
            return [0xFF, 0xEB, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
        }
        return Data(plain.prefix(2) + segments + plain.dropFirst(2))
    }

    @Test("A manifest in many JPEG segments is reassembled; one with a gap is only reported")
    func segments() throws {
        let store = try Self.store()
        let whole = try ImageHeader(probing: Self.png(store)).provenance
        for part in [400, 5_000, 65_000] {
            let header = try ImageHeader(probing: try Self.jpeg(store, part: part) { Array(0..<$0) })
            #expect(header.provenance == whole && whole?.signer != nil)
        }
        let gap = try ImageHeader(probing: try Self.jpeg(store, part: 5_000) { Array(0..<$0).filter { $0 != 1 } })
        #expect(gap.metadata == .c2pa && gap.provenance == nil)
        var limits = ImageDecoder.Limits()
        limits.metadataByteCount = store.count
        let file = try Self.jpeg(store, part: 65_000) { Array(0..<$0) }
        #expect(try ImageHeader(probing: file, limits: limits).provenance == whole)
        limits.metadataByteCount = store.count - 1
        let over = try ImageHeader(probing: file, limits: limits)
        #expect(over.metadata == .c2pa && over.provenance == nil)
    }
}
