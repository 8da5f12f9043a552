import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Files that ask for much or contradict themselves are refused from their tables, before anything is decoded.
@Suite("Refusing hostile HEIC and AVIF")
struct HEIFRefusalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let codes: [GessoError.Code]
        let build: @Sendable (inout HEIFBuilder) -> Void

        init(
            _ name: String, _ codes: [GessoError.Code] = [.corrupt],
            build: @escaping @Sendable (inout HEIFBuilder) -> Void
        ) {
            testDescription = name
            self.codes = codes
            self.build = build
        }
    }

    static let cases: [Case] = [
        Case("a size of 65535 x 65535 over a small bitstream") { $0.properties[0] = HEIFBuilder.size(65_535, 65_535) },
        Case("a size below the bitstream's") { $0.properties[0] = HEIFBuilder.size(71, 64) },
        Case("a size of 0") { $0.properties[0] = HEIFBuilder.size(0, 64) },
        Case("a size of 2³² - 1") { $0.properties[0] = HEIFBuilder.size(0xFFFF_FFFF, 0xFFFF_FFFF) },
        Case("no size") { $0.items[0].properties = [2] },
        Case("no decoder configuration") { $0.items[0].properties = [1] },
        Case("a property that does not exist") { $0.items[0].properties = [1, 2, 9] },
        Case("no primary image") { $0.primary = 7 },
        Case("a grid of 256 x 256 tiles that are not there") { builder in
            builder.properties.append(HEIFBuilder.size(16_384, 16_384))
            builder.items.append(
                .init(
                    id: 2, type: "grid", data: HEIFBuilder.grid(columns: 256, rows: 256, 16_384, 16_384),
                    properties: [3]))
            builder.references = [("dimg", 2, [1])]
            builder.primary = 2
        },
        Case("a grid larger than its tiles") { builder in
            builder.properties.append(HEIFBuilder.size(60_000, 60_000))
            builder.items.append(
                .init(
                    id: 2, type: "grid", data: HEIFBuilder.grid(columns: 2, rows: 1, 60_000, 60_000), properties: [3]))
            builder.references = [("dimg", 2, [1, 1])]
            builder.primary = 2
        },
        Case("a grid whose size is not the image's") { builder in
            builder.properties.append(HEIFBuilder.size(140, 64))
            builder.items.append(
                .init(id: 2, type: "grid", data: HEIFBuilder.grid(columns: 2, rows: 1, 144, 64), properties: [3]))
            builder.references = [("dimg", 2, [1, 1])]
            builder.primary = 2
        },
        Case("a grid that is a tile of itself", [.unsupportedFeature]) { builder in
            builder.items.append(
                .init(id: 2, type: "grid", data: HEIFBuilder.grid(columns: 1, rows: 1, 72, 64), properties: [1]))
            builder.references = [("dimg", 2, [2]), ("dimg", 2, [2])]
            builder.primary = 2
        },
        Case("two grids that are tiles of each other", [.unsupportedFeature]) { builder in
            let grid = HEIFBuilder.grid(columns: 1, rows: 1, 72, 64)
            builder.items.append(.init(id: 2, type: "grid", data: grid, properties: [1]))
            builder.items.append(.init(id: 3, type: "grid", data: grid, properties: [1]))
            builder.references = [("dimg", 2, [3]), ("dimg", 3, [2])]
            builder.primary = 2
        },
        Case("an overlay of images", [.unsupportedFeature]) { builder in
            builder.items.append(.init(id: 2, type: "iovl", data: [0, 0], properties: [1]))
            builder.references = [("dimg", 2, [1])]
            builder.primary = 2
        },
        Case("data beyond the end of the file", [.truncated]) { $0.items[0].extents = [(1 << 30, 5_000)] },
        Case("data of 4 GB", [.truncated]) { $0.items[0].extents = [(100, 0xFFFF_FFFF)] },
        Case("data beyond the end of its box") { builder in
            builder.items[0].isInBox = true
            builder.items[0].extents = [(0, 5_000)]
        },
        Case("data that begins in the table of items") { $0.items[0].extents = [(30, 600)] },
        Case("ten thousand extents of the whole file", [.limitExceeded]) { builder in
            builder.items[0].extents = Array(repeating: (0, 1_000), count: 10_000)
        },
        Case("extents that together have more data than an image") { builder in
            builder.items[0].data += [UInt8](repeating: 1, count: 200_000)
            builder.items[0].extents = Array(repeating: (200, 200_000), count: 100)
        },
        Case("ten thousand items", [.limitExceeded]) { builder in
            builder.items += (2...10_000).map { .init(id: $0, extents: []) }
        },
        Case("two thousand properties", [.limitExceeded]) { builder in
            builder.properties += Array(repeating: HEIFBuilder.box("free", []), count: 2_000)
        },
        Case("ten thousand references", [.limitExceeded]) { builder in
            builder.references = Array(repeating: ("thmb", 1, [1]), count: 10_000)
        },
        Case("ten thousand associations", [.limitExceeded]) { builder in
            builder.items[0].properties = Array(repeating: 1, count: 255)
            builder.items += (2...60).map { .init(id: $0, properties: Array(repeating: 1, count: 255)) }
        },
        Case("two thousand boxes", [.limitExceeded]) { builder in
            builder.more = Array(repeating: HEIFBuilder.box("free", []), count: 2_000).flatMap(\.self)
        },
        Case("a clean aperture outside the image") { builder in
            builder.properties.append(
                HEIFBuilder.box("clap", [31, 1, 17, 1, 200, 1, 0, 1].flatMap { HEIFBuilder.number($0, 4) }))
            builder.items[0].properties.append(3)
        },
        Case("a clean aperture with a denominator of 0") { builder in
            builder.properties.append(
                HEIFBuilder.box("clap", [31, 0, 17, 1, 0, 1, 0, 1].flatMap { HEIFBuilder.number($0, 4) }))
            builder.items[0].properties.append(3)
        },
        Case("an essential property that is not known", [.unsupportedFeature]) { builder in
            builder.properties.append(HEIFBuilder.box("zzzz", []))
            builder.items[0].properties.append(0x80 | 3)
        },
        Case("alpha of another size than the image") { builder in
            builder.properties[0] = HEIFBuilder.size(72, 64)
            builder.properties.append(
                HEIFBuilder.full("auxC", Array("urn:mpeg:hevc:2015:auxid:1\0".utf8)))
            builder.properties.append(HEIFBuilder.size(144, 64))
            builder.items.append(
                .init(id: 2, type: "grid", data: HEIFBuilder.grid(columns: 2, rows: 1, 144, 64), properties: [4, 3]))
            builder.references = [("auxl", 2, [1]), ("dimg", 2, [1, 1])]
        },
    ]

    @Test("is refused", arguments: cases)
    func refused(_ hostile: Case) throws {
        var builder = try HEIFBuilder()
        hostile.build(&builder)
        let file = builder.data
        var limits = ImageDecoder.Limits()
        limits.pixelCount = .max
        limits.sideLength = .max
        let error = #expect(throws: GessoError.self) {
            try ImageDecoder.decode(file, options: ImageDecoder.Options(limits: limits))
        }
        #expect(hostile.codes.contains(error?.code ?? .cancelled), "\(error.map(String.init(describing:)) ?? "")")
    }

    @Test("The builder's own file is decoded", .enabled(if: HEIFFixture.isAvailable))
    func sound() throws {
        let image = try ImageDecoder.decode(try HEIFBuilder().data)
        #expect(image.bitmap == (try HEIFFixture.pixels("irot0.heic")))
    }

    @Test("The limits on sides and pixels are those of the header")
    func limits() throws {
        let file = try HEIFFixture.data("grid.heic")
        for (set, code) in [
            (
                { (limits: inout ImageDecoder.Limits) in limits.pixelCount = 100 * 90 - 1 },
                GessoError.Code.tooManyPixels
            ),
            ({ $0.sideLength = 99 }, .sideTooLong), ({ $0.workingByteCount = 1_000 }, .limitExceeded),
        ] {
            var limits = ImageDecoder.Limits()
            set(&limits)
            let error = #expect(throws: GessoError.self) {
                try ImageDecoder.decode(file, options: ImageDecoder.Options(limits: limits))
            }
            #expect(error?.code == code)
        }
    }

    @Test(
        "A file truncated at any byte is an error, and bytes after its end are ignored",
        arguments: [
            "irot1.heic", "grid-alpha.heic", "alpha.avif", "exif-only.avif", "deep10.avif", "sequence.avif",
        ])
    func truncated(name: String) throws {
        let whole = try HEIFFixture.data(name)
        let codes: [GessoError.Code] = [.truncated, .corrupt, .emptyInput, .unsupportedFormat]
        let accepted = (0..<whole.count).filter { count in
            do throws(GessoError) {
                _ = try ImageDecoder.decode(whole.prefix(count), options: ImageDecoder.Options(level: .strict))
                return true
            } catch {
                return !codes.contains(error.code)
            }
        }
        #expect(accepted == [])
        guard HEIFFixture.isAvailable else { return }
        var noise = Noise(seed: 3)
        let longer = whole + Data((0..<500).map { _ in UInt8(noise.below(256)) })
        #expect(try ImageDecoder.decode(longer).bitmap == ImageDecoder.decode(whole).bitmap)
    }

    @Test(
        "Damage anywhere gives an error or an image of the stated size", .timeLimit(.minutes(10)),
        arguments: [
            "irot1-imir1.heic", "grid-alpha.heic", "premultiplied.heic", "alpha.avif", "grid.avif", "exif-only.avif",
        ])
    func damaged(name: String) throws {
        let whole = [UInt8](try HEIFFixture.data(name))
        var noise = Noise(seed: 12)
        var decoded = 0
        for _ in 0..<400 {
            var bytes = whole
            for _ in 0...noise.below(3) {
                let at = noise.below(bytes.count)
                switch noise.below(4) {
                case 0: bytes[at] ^= 1 << noise.below(8)
                case 1: bytes[at] = [0, 1, 127, 128, 254, 255][noise.below(6)]
                case 2: bytes.insert(UInt8(noise.below(256)), at: at)
                default: bytes.remove(at: at)
                }
            }
            guard let header = try? ImageHeader(probing: Data(bytes)) else { continue }
            guard let image = try? ImageDecoder.decode(Data(bytes)) else { continue }
            decoded += 1
            #expect(image.bitmap.size == header.size)
        }
        #expect(decoded > 0 || !HEIFFixture.isAvailable)
    }

    @Test(
        "Blocks that damaged data does not code show nothing of what was in memory",
        .enabled(if: HEIFFixture.isAvailable))
    func missingBlocks() throws {
        let file = try HEIFFixture.data("missing-blocks.heic")
        var images: [Bitmap] = []
        for level: UInt8 in [0x00, 0x5A, 0xC3, 0xFF] {
            // Freed blocks of the sizes of its planes, 64 x 48 samples of two bytes, are what the decoder gets next.
            let blocks = (0..<200).map { index in
                let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 5_800 + index % 20 * 64, alignment: 64)
                _ = block.initializeMemory(as: UInt8.self, repeating: level)
                return block
            }
            for block in blocks { block.deallocate() }
            images.append(try ImageDecoder.decode(file, options: ImageDecoder.Options(preserve16Bit: true)).bitmap)
        }
        #expect(images.allSatisfy { $0 == images[0] })
    }

    @Test("Without libheif, the error says how to get it", .enabled(if: !HEIFFixture.isAvailable))
    func withoutLibrary() throws {
        let error = #expect(throws: GessoError.self) { try ImageDecoder.decode(try HEIFFixture.data("irot0.heic")) }
        #expect(error?.code == .unsupportedFormat)
        #expect(error?.facts["trait"] == "HEIF")
        #expect(try ImageHeader(probing: try HEIFFixture.data("irot0.heic")).size == Size(width: 72, height: 64))
    }
}
