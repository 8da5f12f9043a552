import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite struct EncoderTests {
    @Test("Encoded files have no metadata by default", arguments: [ImageEncoding.png, .jpeg, .webp, .webpLossless])
    func noMetadata(encoding: ImageEncoding) throws {
        let image = try ImageDecoder.decode(try Fixture.data("meta.jpg"))
        let file = try ImageEncoder.encode(image.bitmap, as: encoding)
        let header = try ImageHeader(probing: file.data)
        #expect(header.metadata.isEmpty)
        #expect(header.format == encoding.format && file.format == encoding.format)
        #expect(header.size == image.bitmap.size && file.size == header.size)
        for word in ["Exif", "hello", "xmpmeta", "ICC", "JFIF\0\0"] {
            #expect(file.data.firstRange(of: Data(word.utf8)) == nil)
        }
    }

    @Test("A PNG of every small size decodes to its pixels", arguments: [Bitmap.Format.gray8, .rgb8, .rgba8])
    func smallSizes(format: Bitmap.Format) throws {
        for width in 1...40 {
            for height in [1, 2, 7, 8, 9, 17] {
                let bitmap = try Bitmap.textured(
                    Size(width: width, height: height), format, seed: UInt64(width * height))
                let file = try ImageEncoder.encode(bitmap, as: .png)
                #expect(try ImageDecoder.decode(file.data).bitmap == bitmap, "\(width)x\(height)")
            }
        }
    }

    @Test(
        "Settings out of range are refused with their name",
        arguments: [
            ImageEncoding.jpeg(quality: 0), .jpeg(quality: 101), .webp(quality: -1), .webp(method: 7),
            .webp(alphaQuality: 101), .webpLossless(effort: 10), .webpLossless(nearLossless: 101),
            .webpLossless(nearLossless: -1),
        ])
    func settings(encoding: ImageEncoding) throws {
        let bitmap = try Bitmap(size: Size(width: 2, height: 2), format: .rgb8)
        let error = #expect(throws: GessoError.self) { try ImageEncoder.encode(bitmap, as: encoding) }
        #expect(error?.code == .invalidParameter)
        #expect(error?.facts["allowed"] != nil)
    }

    @Test("Only PNG accepts 16 bits", arguments: [ImageEncoding.jpeg, .webp, .webpLossless])
    func deep(encoding: ImageEncoding) throws {
        let bitmap = try Bitmap(size: Size(width: 2, height: 2), format: .rgb16)
        let error = #expect(throws: GessoError.self) { try ImageEncoder.encode(bitmap, as: encoding) }
        #expect(error?.code == .pixelFormatMismatch)
    }

    @Test("A side of 16384 pixels is too long for WebP but not for PNG")
    func longSides() throws {
        let bitmap = try Bitmap(size: Size(width: 16_384, height: 1), format: .rgb8)
        let error = #expect(throws: GessoError.self) { try ImageEncoder.encode(bitmap, as: .webp) }
        #expect(error?.code == .sideTooLong)
        let file = try ImageEncoder.encode(bitmap, as: .png)
        #expect(try ImageDecoder.decode(file.data).bitmap == bitmap)
    }

    @Test(
        "Lossy encoders reach 30 dB at high quality",
        arguments: [
            ImageEncoding.jpeg(quality: 95, subsampling: .none),
            .jpeg(quality: 95, subsampling: .none, progressive: true),
            .webp(quality: 95),
        ])
    func closeness(encoding: ImageEncoding) throws {
        let bitmap = try Fixture.pixels("j444.pam")
        let file = try ImageEncoder.encode(bitmap, as: encoding)
        let back = try ImageDecoder.decode(file.data)
        let squares = zip(bitmap.samples, back.bitmap.samples).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
        // 30 dB.
        #expect(squares / Double(bitmap.samples.count) < 65)
    }

    @Test("Near-lossless WebP is smaller, differs by a few levels, and is not reported as lossless")
    func nearLossless() throws {
        let bitmap = try Fixture.pixels("j444.pam")
        let exact = try ImageEncoder.encode(bitmap, as: .webpLossless).data
        for (level, off) in [(80, 1), (60, 2), (40, 4), (20, 8), (0, 16)] {
            let encoding = ImageEncoding.webpLossless(nearLossless: level)
            let file = try ImageEncoder.encode(bitmap, as: encoding).data
            let back = try ImageDecoder.decode(file).bitmap
            let differences = zip(bitmap.samples, back.samples).map { abs(Int($0) - Int($1)) }
            #expect(file.count < exact.count)
            #expect((1...off).contains(differences.max() ?? 0))
            #expect(!encoding.isLossless)
        }
    }

    @Test("Subsampling and scans are those requested")
    func jpegKinds() throws {
        let bitmap = try Fixture.pixels("j444.pam")
        for (subsampling, factors) in [
            (ImageEncoding.ChromaSubsampling.none, 0x11), (.horizontal, 0x21), (.half, 0x22),
        ] {
            let file = try ImageEncoder.encode(bitmap, as: .jpeg(subsampling: subsampling)).data
            let frame = try #require(file.firstRange(of: Data([0xFF, 0xC0])))
            #expect(Int(file[frame.lowerBound + 11]) == factors)
        }
        let progressive = try ImageEncoder.encode(bitmap, as: .jpeg(progressive: true))
        #expect(try ImageHeader(probing: progressive.data).isProgressive)
    }

    @Test("Gray is encoded to WebP as three equal channels")
    func grayWebP() throws {
        let bitmap = try Bitmap.textured(Size(width: 30, height: 20), .gray8)
        let back = try ImageDecoder.decode(try ImageEncoder.encode(bitmap, as: .webpLossless).data)
        #expect(back.bitmap.samples == bitmap.samples.flatMap { [$0, $0, $0] })
    }

    @Test("A file is equal to one that was made elsewhere of the same bytes")
    func equality() throws {
        var file = try ImageEncoder.encode(try Bitmap.textured(Size(width: 4, height: 4), .rgb8), as: .png)
        file.source = try ImageHeader(probing: file.data)
        let other = EncodedImage(data: file.data, format: .png, size: file.size)
        #expect(file == other && Set([file, other]).count == 1)
        file.warnings = [.framesLeftOut(1)]
        #expect(file != other)
    }

    @Test("Encodings can be stored as JSON")
    func coding() throws {
        let encodings: [ImageEncoding] = [
            .png(effort: .small, reduces: true), .jpeg(quality: 70), .webp(quality: 60, method: 2), .webpLossless,
            .webpLossless(effort: 3, nearLossless: 60),
        ]
        let json = try JSONEncoder().encode(encodings)
        #expect(try JSONDecoder().decode([ImageEncoding].self, from: json) == encodings)
    }
}
