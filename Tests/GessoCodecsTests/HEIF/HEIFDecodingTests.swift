import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// HEIC and AVIF compared with what libheif 1.23 and libavif decode.
@Suite("Decoding HEIC and AVIF", .enabled(if: HEIFFixture.isAvailable))
struct HEIFDecodingTests {
    @Test(
        "Without subsampling, pixels differ by rounding only",
        arguments: [
            "plain444.heic", "plain444.avif", "gray.heic", "gray.avif", "odd.heic", "odd.avif", "grid.heic",
            "grid.avif",
            "alpha.heic", "alpha.avif", "grid-alpha.avif", "extents.heic",
        ])
    func exact(name: String) throws {
        let image = try ImageDecoder.decode(try HEIFFixture.data(name))
        let distance = try SampleDistance(image.bitmap, try HEIFFixture.pixels(name))
        #expect(distance.largest <= 2, "mean \(distance.mean)")
        #expect(distance.mean < 0.6)
        #expect(image.warnings.isEmpty)
    }

    @Test(
        "With subsampled chroma, pixels are those of libheif in libvips",
        arguments: ["plain420.heic", "plain422.heic", "plain420.avif", "plain422.avif", "sequence.avif"])
    func subsampled(name: String) throws {
        let image = try ImageDecoder.decode(try HEIFFixture.data(name))
        let distance = try SampleDistance(image.bitmap, try HEIFFixture.pixels(name))
        #expect(distance.mean < 0.6)
        #expect(distance.largest <= 3)
    }

    @Test(
        "10 and 12 bits become 16 on request, else 8",
        arguments: ["deep10.heic", "deep12.heic", "deep10.avif", "deep12.avif"])
    func deep(name: String) throws {
        let data = try HEIFFixture.data(name)
        let bits = name.hasPrefix("deep10") ? 10 : 12
        #expect(try ImageHeader(probing: data).bitsPerChannel == bits)
        let deep = try ImageDecoder.decode(data, options: ImageDecoder.Options(preserve16Bit: true)).bitmap
        #expect(deep.format == .rgb16)
        let shallow = try ImageDecoder.decode(data).bitmap
        #expect(shallow.format == .rgb8)
        let expected = try HEIFFixture.pixels(name)
        let found = expected.format == .rgb16 ? deep : shallow
        // Fewer than two levels of the file's own depth.
        let step = expected.format == .rgb16 ? 65_535 / ((1 << bits) - 1) : 1
        #expect(try SampleDistance(found, expected).largest <= 2 * step + 1)
        #expect(try SampleDistance(deep.converted(to: .rgb8), shallow).largest <= 1)
        // A ramp over 64 pixels has values between those of 8 bits.
        #expect(deep.samples.contains { $0 % 257 != 0 })
    }

    @Test("Alpha, and colors multiplied by it")
    func alpha() throws {
        for name in ["alpha.heic", "alpha.avif", "grid-alpha.heic", "grid-alpha.avif", "premultiplied.heic"] {
            let data = try HEIFFixture.data(name)
            let image = try ImageDecoder.decode(data)
            #expect(image.bitmap.format == .rgba8)
            #expect(image.header.hasAlpha && image.header.channels == 4)
            let alpha = stride(from: 3, to: image.bitmap.samples.count, by: 4).map { image.bitmap.samples[$0] }
            #expect(alpha.min() ?? 255 < 20 && alpha.max() ?? 0 > 140)
        }
        let image = try ImageDecoder.decode(try HEIFFixture.data("premultiplied.heic")).bitmap
        let expected = try HEIFFixture.pixels("premultiplied.heic")
        #expect(image.size == expected.size)
        // One level of a color under little alpha is many after the division.
        let (found, wanted) = (image.samples, expected.samples)
        let worst = stride(from: 0, to: found.count, by: 4).map { pixel -> Int in
            let alpha = Int(wanted[pixel + 3])
            return (0..<3).map { abs(Int(found[pixel + $0]) - Int(wanted[pixel + $0])) * alpha / 255 }.max() ?? 0
        }.max()
        #expect(worst ?? 255 <= 2)
    }

    @Test(
        "Rotation and mirroring are applied once, in the order of the file, whatever EXIF states",
        arguments: HEIFFixture.names.filter {
            $0.hasPrefix("irot") || $0.hasPrefix("imir") || $0.hasPrefix("exif-irot")
        }
        .filter { $0.hasSuffix("heic") })
    func orientation(name: String) throws {
        let upright = try HEIFFixture.upright(try HEIFFixture.data(name))
        #expect(try SampleDistance(upright, try HEIFFixture.pixels(name)).largest <= 2)
    }

    @Test("The clean aperture is cut out before the rotation", arguments: ["clap.heic", "clap-irot1.heic"])
    func aperture(name: String) throws {
        let data = try HEIFFixture.data(name)
        #expect(try ImageHeader(probing: data).size == Size(width: 31, height: 17))
        #expect(try SampleDistance(HEIFFixture.upright(data), try HEIFFixture.pixels(name)).largest <= 2)
    }

    @Test("The header states size and format of the bitmap without decoding", arguments: HEIFFixture.names)
    func header(name: String) throws {
        let data = try HEIFFixture.data(name)
        let header = try ImageHeader(probing: data)
        #expect(header.format == (name.hasSuffix("heic") ? .heic : .avif))
        #expect(ImageFormat(sniffing: data) == header.format)
        for deep in [false, true] {
            let options = ImageDecoder.Options(preserve16Bit: deep)
            let bitmap = try ImageDecoder.decode(data, options: options).bitmap
            #expect(bitmap.size == header.size)
            #expect(bitmap.format == options.decodedFormat(of: header))
        }
    }

    @Test("What is stored beside the image and not decoded is in the warnings")
    func omissions() throws {
        let image = try ImageDecoder.decode(try HEIFFixture.data("beside.heic"))
        #expect(image.header.frameCount == 2)
        let texts = image.warnings.map(\.description)
        #expect(texts.contains { $0.contains("gain map") } && texts.contains { $0.contains("depth map") })
        let sequence = try HEIFFixture.data("sequence.avif")
        #expect(try ImageHeader(probing: sequence).frameCount == 3)
        #expect(try ImageDecoder.decode(sequence).warnings == [.framesLeftOut(2)])
    }

    @Test("Code points give the profile; a high dynamic range is reported")
    func color() throws {
        func decode(_ name: String) throws -> ImageDecoder.Output {
            try ImageDecoder.decode(try HEIFFixture.data("nclx-\(name).heic"))
        }
        #expect(try decode("p3").profile?.description == "Display P3")
        #expect(try decode("p3").header.profileKind == .displayP3)
        #expect(try decode("bt2020").profile?.description == "BT.2020")
        for name in ["pq", "hlg"] {
            let image = try decode(name)
            #expect(image.profile == nil)
            #expect(
                image.warnings.map(\.description).contains {
                    $0.contains("high dynamic range") && $0.contains(name.uppercased())
                })
        }
        #expect(try ImageDecoder.decode(try HEIFFixture.data("icc-srgb.heic")).profile == nil)
        #expect(try ImageHeader(probing: try HEIFFixture.data("icc-srgb.heic")).profileKind == .sRGB)
        // The container's range and matrix count, not those of the bitstream.
        let (full, limited) = (
            try ImageDecoder.decode(try HEIFFixture.data("irot0.heic")).bitmap, try decode("limited").bitmap
        )
        #expect(try SampleDistance(full, limited).mean > 5)
    }

    @Test("Metadata is read; the orientation of EXIF is not")
    func metadata() throws {
        let header = try ImageHeader(probing: try HEIFFixture.data("exif-irot3.heic"))
        #expect(header.metadata == [.exif, .gps, .xmp])
        #expect(header.orientation == .right)
        let other = try ImageHeader(probing: try HEIFFixture.data("exif-only.avif"))
        #expect(other.orientation == .up)
        let kept = try ImageMetadata(of: try HEIFFixture.data("exif-irot3.heic"), policy: .keep)
        #expect(kept.kinds == [.exif, .gps, .xmp])
        let stripped = try ImageMetadata(of: try HEIFFixture.data("exif-irot3.heic"))
        #expect(stripped.kinds == [.exif])
    }
}
