import Foundation
import Gesso
import GessoCodecs
import GessoMockServer
import Testing

/// Files of the kinds on which image libraries were found wrong in the field, and their right values.
@Suite("Cases from the field")
struct FieldCaseTests {
    static func file(_ name: String) throws -> Data {
        try Data(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Fixtures/cases/\(name)"))
    }

    private static func levels(_ bitmap: Bitmap) -> [UInt8] {
        (0..<bitmap.height).flatMap { y in
            (0..<bitmap.width).flatMap { TestBitmaps.pixel(bitmap, $0, y) }
        }
    }

    @Test("A disc with alpha has no dark rim when a lossy WebP is scaled down, as when a PNG is")
    func disc() async throws {
        let box = Size(width: 100, height: 100)
        for name in ["disc_black_lossy.webp", "disc_black.png"] {
            let small = try await Image(Self.file(name)).resized(box).flattened(onto: .white).frame().bitmap
            // The disc is white, and black only under alpha 0.
            let darkest = (0..<small.height).flatMap { y in
                (0..<small.width).map { TestBitmaps.pixel(small, $0, y)[0] }
            }.min()
            #expect((darkest ?? 0) >= 250, "\(name): \(darkest ?? 0)")
        }
    }

    @Test("Stripes become half the light of white in linear light, in JPEG as in PNG")
    func linear() async throws {
        for name in ["stripes.jpg", "stripes.png"] {
            let small = try await Image(Self.file(name)).resized(Size(width: 64, height: 64), inLinearLight: true)
                .frame()
            let center = Int(TestBitmaps.pixel(small.bitmap, 32, 32)[0])
            #expect(abs(center - 188) <= 2, "\(name): \(center)")
        }
    }

    @Test("The nearest filter gives only levels that are in the file")
    func nearest() async throws {
        let file = try Self.file("stripes.jpg")
        let all = try Set(Self.levels(ImageDecoder.decode(file).bitmap))
        let small = try await Image(file).resized(Size(width: 64, height: 64), filter: .nearest).frame().bitmap
        #expect(Set(Self.levels(small)).isSubset(of: all))
    }

    @Test("The size of a scaled image comes from the size of the original, not from that of a smaller decode")
    func rounding() async throws {
        let small = try await Image(Self.file("round_1284x2778.jpg")).resized(Size(width: 40, height: 40)).frame()
        #expect(small.bitmap.size == Size(width: 18, height: 40))
    }

    @Test(
        "A turned JPEG gives what the same image stored upright gives",
        arguments: [Placement.Fit.cover, .outside, .inside])
    func turned(fit: Placement.Fit) async throws {
        let upright = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 2_000)
        let stored = try ImageEncoder.encode(
            upright.oriented(.left), as: .jpeg(quality: 98, subsampling: .none)
        ).data
        let size = upright.size
        let plain = try ImageEncoder.encode(upright, as: .jpeg(quality: 98, subsampling: .none)).data
        // Orientation 6: the stored image is turned clockwise to stand upright.
        let exif: [UInt8] = [
            0xFF, 0xE1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0,
            0,
            1, 0, 6, 0, 0, 0, 0, 0, 0,
        ]
        let turned = stored.prefix(2) + Data(exif) + stored.dropFirst(2)
        #expect(try ImageHeader(probing: turned).uprightSize == size)
        let box = Size(width: 150, height: 90)
        let one = try await Image(turned).resized(box, fit: fit).frame().bitmap
        let other = try await Image(plain).resized(box, fit: fit).frame().bitmap
        #expect(one.size == other.size)
        let (a, b) = (Self.levels(one), Self.levels(other))
        let worst = zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 4, "\(worst) levels")
    }

    @Test(
        "A blemished file is converted with a warning",
        arguments: [
            "sos_params_zero.jpg", "junk16_before_eoi.jpg", "pal_trns_too_long.png",
        ])
    func blemished(name: String) async throws {
        let image = try await Image(Self.file(name)).png()
        #expect(!image.warnings.isEmpty)
        await #expect(throws: GessoError.self) { try await Image(Self.file(name)).decoding(.strict).png() }
    }

    @Test("The padding after an end of image is no damage")
    func padded() async throws {
        #expect(try await Image(Self.file("eoi_then_ff_pad.jpg")).png().warnings.isEmpty)
    }

    @Test(
        "An image is upright whichever kind of metadata states its orientation",
        arguments: ["exif_ztxt_orient6.png", "exif_two_blocks.jpg", "xmp_orient6.jpg", "xmp_gps_only.jpg"])
    func orientation(name: String) async throws {
        let header = try ImageHeader(probing: Self.file(name))
        #expect(header.orientation.rawValue == 6)
        #expect(try await Image(Self.file(name)).frame().bitmap.size == header.size.transposed)
    }

    @Test("A location in XMP is reported")
    func location() throws {
        #expect(try ImageHeader(probing: Self.file("xmp_gps_only.jpg")).metadata.contains(.gps))
    }

    @Test("The video of a motion photo is reported, and the base image converted")
    func motion() async throws {
        #expect(try ImageHeader(probing: Self.file("motion_photo.jpg")).warnings == [.videoLeftOut])
        #expect(try await Image(Self.file("motion_photo.jpg")).png().warnings == [.videoLeftOut])
    }

    @Test("Gray with alpha and a gray profile is managed to sRGB", arguments: [false, true])
    func grayAlpha(padded: Bool) async throws {
        let file = try Self.file("la_icc_gamma1.8.png")
        let decoded = try ImageDecoder.decode(file)
        #expect(decoded.bitmap.format == .rgba8 && decoded.profile != nil)
        let image = Image(file)
        let box = Size(width: 400, height: 400)
        let frame = try await (padded ? image.resized(box, fit: .contain, filter: .nearest) : image).frame()
        #expect(frame.profile == nil)
        guard !padded else { return }
        for (x, y) in [(0, 0), (100, 50), (319, 239), (17, 200)] {
            let (before, after) = (TestBitmaps.pixel(decoded.bitmap, x, y), TestBitmaps.pixel(frame.bitmap, x, y))
            // Gamma 1.8 to the curve of sRGB (IEC 61966-2-1).
            let light = pow(Double(before[0]) / 255, 1.8)
            let encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
            #expect(abs(Double(after[0]) - encoded * 255) <= 2)
            #expect(after[0] == after[1] && after[1] == after[2] && after[3] == before[3])
        }
    }

    @Test("Gray with alpha and a gray profile is prepared in sRGB, and edited without a change outside the mask")
    func editedGrayAlpha() async throws {
        let file = try Self.file("la_icc_gamma1.8.png")
        let mask = MaskSource.ellipse(in: Rect(x: 100, y: 80, width: 90, height: 70))
        try await MockServer.run { mock in
            let editor = Editor(client: mock.client())
            let prepared = try await editor.prepare(file, prompt: "x", mask: mask)
            let upload = try ImageHeader(probing: prepared.uploads[0].parts[0].data)
            #expect(upload.profileKind == .none || upload.profileKind == .sRGB)
            let edit = try await editor.edit(file, prompt: "x", mask: mask)
            #expect(edit.images[0].audit?.isUntouchedOutside == true)
        }
    }

    @Test("A kept gray profile is written with gray pixels only", arguments: ["png", "jpeg", "webp"])
    func keptGrayProfile(format: String) async throws {
        let file = try Self.file("la_icc_gamma1.8.png")
        let encoding = try #require(ImageEncoding(format: format, quality: 90))
        let image = try await Image(file).keepingProfile().encoded(as: encoding)
        let header = try ImageHeader(probing: image.data)
        if format == "webp" {
            #expect(!header.metadata.contains(.icc))
            #expect(image.warnings.contains { if case .profileLeftOut = $0 { true } else { false } })
        } else {
            #expect(header.colorModel == .gray && header.metadata.contains(.icc) && image.warnings.isEmpty)
            #expect(try ImageDecoder.decode(image.data).profile == ImageDecoder.decode(file).profile)
        }
    }

    @Test("A gray JPEG with a gray profile can be padded with alpha")
    func paddedGray() async throws {
        let gray = try #require(try ImageDecoder.decode(Self.file("la_icc_gamma1.8.png")).profile)
        let source = try TestBitmaps.make(60, 40, .gray8) { x, y, _ in UInt8(x * 3 + y) }
        let file = try ImageEncoder.encode(source, as: .jpeg(quality: 95), profile: gray).data
        let square = Size(width: 60, height: 60)
        let managed = try await Image(file).resized(square, fit: .contain).png()
        #expect(try ImageDecoder.decode(managed.data).profile == nil)
        let kept = try await Image(file).resized(square, fit: .contain).keepingProfile().png()
        #expect(try ImageHeader(probing: kept.data).colorModel == .gray)
        #expect(try ImageDecoder.decode(kept.data).profile == gray)
    }

    @Test("A profile that does not fit is left out with a warning")
    func unfitting() async throws {
        let image = try await Image(Self.file("gray_with_adobergb.jpg")).keepingProfile().jpeg()
        #expect(image.warnings.contains { if case .profileLeftOut = $0 { true } else { false } })
        #expect(try !ImageHeader(probing: image.data).metadata.contains(.icc))
    }

    @Test("Kept metadata that leaves no space for pixels is an error that says so")
    func metadataOverLimit() async throws {
        let chain = try Image(Self.file("private_all.jpg")).metadata(.keep)
        let error = await #expect(throws: GessoError.self) { try await chain.jpeg(maxBytes: 1000) }
        #expect(error?.code == .tooManyBytes && error?.facts["what"] == "metadata")
    }

    @Test("16 bits made 8 and further frames are reported")
    func reduced() async throws {
        let deep = try Bitmap(size: Size(width: 4, height: 4), format: .rgb16)
        let file = try ImageEncoder.encode(deep, as: .png).data
        #expect(try await Image(file).webp().warnings == [.depthReduced(from: 16)])
        let animated = try Data(
            contentsOf: URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Fixtures/codecs/wanimated.webp"))
        let count = try ImageHeader(probing: animated).frameCount
        #expect(try await Image(animated).png().warnings == [.framesLeftOut(count - 1)])
    }
}
