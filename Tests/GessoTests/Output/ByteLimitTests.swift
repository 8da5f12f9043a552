import Foundation
import Testing

@testable import Gesso

@Suite("A limit of bytes")
struct ByteLimitTests {
    @Test(
        "is kept by the best quality that fits, found in few encodes",
        arguments: [
            ImageEncoding.jpeg(quality: 95), .webp(quality: 95, method: 0),
        ], [6_000, 12_000, 25_000])
    func best(_ encoding: ImageEncoding, _ bytes: Int) throws {
        let bitmap = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 320)
        let outcome = try ByteLimit(bytes: bytes, lowestQuality: 10).encode(bitmap, as: encoding)
        #expect(outcome.image.data.count <= bytes)
        #expect(outcome.image.size == bitmap.size)
        #expect(outcome.encodes <= 6)
        let quality = try #require(outcome.quality)
        guard quality < 95 else { return }
        let better: ImageEncoding =
            encoding.format == .jpeg ? .jpeg(quality: quality + 1) : .webp(quality: quality + 1, method: 0)
        #expect(try ImageEncoder.encode(bitmap, as: better).data.count > bytes)
    }

    @Test(
        "makes the image smaller when quality alone is not enough, and never exceeds",
        arguments: [
            ImageEncoding.png, .webpLossless, .jpeg(quality: 90),
        ])
    func smaller(_ encoding: ImageEncoding) throws {
        let bitmap = try DemoPhotographs.bitmap("brushes-display-p3.jpg", longEdge: 400)
        let outcome = try ByteLimit(bytes: 5_000).encode(bitmap, as: encoding)
        #expect(outcome.image.data.count <= 5_000)
        #expect(outcome.image.data.count > 2_500)
        #expect(outcome.image.size.longEdge < 400)
    }

    @Test("is found in four encodes, typically", arguments: [ImageEncoding.jpeg(quality: 90), .webp(quality: 90)])
    func encodes(_ encoding: ImageEncoding) throws {
        var counts: [Int] = []
        for name in ["brushes-display-p3.jpg", "dogs-phone.jpg"] {
            let bitmap = try DemoPhotographs.bitmap(name, longEdge: 240)
            let whole = try ImageEncoder.encode(bitmap, as: encoding).data.count
            for share in [0.9, 0.75, 0.6, 0.5, 0.4] {
                let outcome = try ByteLimit(bytes: Int(Double(whole) * share)).encode(bitmap, as: encoding)
                if outcome.image.size == bitmap.size { counts.append(outcome.encodes) }
            }
        }
        #expect(counts.count >= 6)
        #expect(counts.sorted()[counts.count / 2] <= 4)
    }

    @Test("counts metadata, which stay")
    func metadata() throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let source = try Data(contentsOf: tests.appending(path: "Fixtures/metadata/carried.jpg"))
        let metadata = try ImageMetadata(of: source, policy: .keep)
        let bitmap = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 240)
        for encoding in [ImageEncoding.png, .jpeg, .webp] {
            let outcome = try ByteLimit(bytes: 6_000).encode(bitmap, as: encoding, metadata: metadata)
            #expect(outcome.image.data.count <= 6_000)
            let kept = try ImageHeader(probing: outcome.image.data).metadata
            // WebP has no place for IPTC and comments.
            let carried: ImageMetadata.Kinds = encoding.format == .webp ? [] : [.iptc, .comment]
            #expect(kept == carried.union([.exif, .gps, .xmp]))
        }
    }

    @Test("that nothing can keep is an error")
    func impossible() throws {
        let error = #expect(throws: GessoError.self) {
            try ByteLimit(bytes: 10).encode(TestBitmaps.gradient(20, 20), as: .png)
        }
        #expect(error?.code == .tooManyBytes)
    }
}
