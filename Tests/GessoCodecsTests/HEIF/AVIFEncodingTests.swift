import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite("Encoding AVIF", .enabled(if: HEIFFixture.isAvailable))
struct AVIFEncodingTests {
    /// Smooth, so that 4:2:0 loses little.
    private static func ramps(_ size: Size, _ format: Bitmap.Format) throws -> Bitmap {
        let channels = format.channels
        return try Bitmap.of(size, format) { index in
            let (pixel, channel) = (index / channels, index % channels)
            let (x, y) = (pixel % size.width, pixel / size.width)
            return UInt16([x * 3, y * 4, 200 - x * 2, 60 + x + y][channel] & 255)
        }
    }

    @Test(
        "Decoding gives about the same pixels, in the same format", arguments: [Bitmap.Format.gray8, .rgb8, .rgba8],
        [ImageEncoding.ChromaSubsampling.half, .none])
    func roundTrip(format: Bitmap.Format, subsampling: ImageEncoding.ChromaSubsampling) throws {
        for size in [Size(width: 64, height: 48), Size(width: 61, height: 43), Size(width: 1, height: 1)] {
            let bitmap = try Self.ramps(size, format)
            let file = try ImageEncoder.encode(bitmap, as: .avif(quality: 95, subsampling: subsampling))
            #expect(file.format == .avif && file.size == size)
            let back = try ImageDecoder.decode(file.data)
            #expect(back.header.format == .avif && back.header.frameCount == 1)
            #expect(back.bitmap.format == format)
            #expect(back.profile == nil)
            #expect(try SampleDistance(back.bitmap, bitmap).mean < 3)
        }
    }

    @Test("Lower quality gives smaller files")
    func quality() throws {
        let bitmap = try Bitmap.textured(Size(width: 96, height: 64), .rgb8)
        let sizes = try [10, 40, 70, 95].map { try ImageEncoder.encode(bitmap, as: .avif(quality: $0)).data.count }
        #expect(sizes == sizes.sorted() && Set(sizes).count == 4)
    }

    @Test("Profile and metadata are written; pixels are upright, whatever orientation they had")
    func metadata() throws {
        let source = try HEIFFixture.data("exif-irot3.heic")
        var kept = try ImageMetadata(of: source, policy: .keep)
        let bitmap = try Self.ramps(Size(width: 40, height: 24), .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: .avif, profile: .displayP3, metadata: kept)
        let header = try ImageHeader(probing: file.data)
        #expect(header.metadata == [.exif, .gps, .xmp, .icc])
        #expect(header.profileKind == .displayP3)
        #expect(header.orientation == .up)
        kept.orientation = .right
        let turned = try ImageEncoder.encode(bitmap, as: .avif(quality: 95), metadata: kept)
        #expect(turned.size == Size(width: 24, height: 40))
        let image = try ImageDecoder.decode(turned.data)
        #expect(image.header.orientation == .up && image.bitmap.size == turned.size)
        #expect(try SampleDistance(image.bitmap, bitmap.oriented(.right)).mean < 4)
    }

    @Test("Settings out of range and pixels that do not fit are refused")
    func refusals() throws {
        let bitmap = try Self.ramps(Size(width: 8, height: 8), .rgb8)
        for encoding in [
            ImageEncoding.avif(quality: 101), .avif(quality: -1), .avif(speed: 11), .avif(subsampling: .horizontal),
        ] {
            let error = #expect(throws: GessoError.self) { try ImageEncoder.encode(bitmap, as: encoding) }
            #expect(error?.code == .invalidParameter)
        }
        let deep = try Bitmap(size: Size(width: 8, height: 8), format: .rgb16)
        let error = #expect(throws: GessoError.self) { try ImageEncoder.encode(deep, as: .avif) }
        #expect(error?.code == .pixelFormatMismatch)
    }
}
