import Foundation
import Gesso
import Testing

/// A JPEG or WebP decoded at a fraction of its size must give what the whole image gives.
@Suite("Decoding at a fraction of the size")
struct ShrinkOnLoadTests {
    private static let sizes = [
        Size(width: 1284, height: 2778), Size(width: 1500, height: 1000), Size(width: 1999, height: 1333),
        Size(width: 801, height: 603), Size(width: 640, height: 641),
    ]

    @Test(
        "gives the size and the pixels that decoding in full gives, for any turn, fit and format",
        arguments: 0..<60)
    func equalsFull(_ seed: Int) async throws {
        var generator = SplitMix(state: UInt64(seed))
        let size = Self.sizes.randomElement(using: &generator) ?? Size(width: 800, height: 600)
        let source = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 4_000).resized(to: size)
        let isJPEG = Bool.random(using: &generator)
        let orientation = isJPEG ? Int.random(in: 1...8, using: &generator) : 1
        let file = try Self.file(source, isJPEG: isJPEG, orientation)
        let box = Size(
            width: .random(in: 20...300, using: &generator), height: .random(in: 20...300, using: &generator))
        let fit = Placement.Fit.allCases.randomElement(using: &generator) ?? .inside
        let filter: ResampleFilter = Bool.random(using: &generator) ? .lanczos3 : .catmullRom
        let words = "\(size) orientation \(orientation) \(isJPEG ? "JPEG" : "WebP") \(fit) \(box) \(filter)"

        let small = try await Image(file).resized(box, fit: fit, filter: filter).frame()
        let full = try Pipeline {
            Orient()
            Resize(box, fit: fit, filter: filter)
        }.run(Frame(decoding: file))
        #expect(small.bitmap.size == full.bitmap.size, "\(words)")
        #expect(small.placement == full.placement, "\(words)")
        let (mean, worst) = Self.difference(small.bitmap, full.bitmap)
        #expect(mean < 1.2 && worst <= 40, "\(words): mean \(mean), worst \(worst)")
    }

    @Test("is not done for a filter that must not average, nor in linear light", arguments: [true, false])
    func narrow(_ isNearest: Bool) async throws {
        let stripes = try TestBitmaps.make(2000, 2000) { x, _, _ in x % 2 == 0 ? 0 : 255 }
        let file = try ImageEncoder.encode(stripes, as: .jpeg(quality: 100, subsampling: .none)).data
        let box = Size(width: 64, height: 64)
        let image = Image(file).resized(
            box, filter: isNearest ? .nearest : .lanczos3, inLinearLight: !isNearest)
        let small = try await image.frame().bitmap
        let level = Int(TestBitmaps.pixel(small, 32, 32)[0])
        // Half the light of full white is 188 in sRGB (IEC 61966-2-1); nearest takes one of the file's own levels.
        #expect(isNearest ? (level < 4 || level > 251) : abs(level - 188) <= 2, "level \(level)")
    }

    @Test("leaves no dark rim around what is transparent")
    func alpha() async throws {
        let disc = try TestBitmaps.make(1200, 1200, .rgba8) { x, y, channel in
            let inside = (x - 600) * (x - 600) + (y - 600) * (y - 600) < 160_000
            return channel == 3 ? (inside ? 255 : 0) : (inside ? 250 : 0)
        }
        let file = try ImageEncoder.encode(disc, as: .webp(quality: 95)).data
        let small = try await Image(file).resized(Size(width: 100, height: 100)).flattened(onto: .white).frame().bitmap
        var darkest = 255
        for y in 0..<100 { for x in 0..<100 { darkest = min(darkest, Int(TestBitmaps.pixel(small, x, y)[0])) } }
        #expect(darkest >= 240)
    }

    private static func file(_ bitmap: Bitmap, isJPEG: Bool, _ orientation: Int) throws -> Data {
        guard isJPEG else { return try ImageEncoder.encode(bitmap, as: .webp(quality: 95)).data }
        var file = try ImageEncoder.encode(bitmap, as: .jpeg(quality: 95)).data
        // APP1 with one IFD entry, tag 0x0112 of type SHORT (EXIF 2.32 section 4.6.4).
        file.insert(
            contentsOf: [
                0xFF, 0xE1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0,
                0, 0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0,
            ], at: 2)
        return file
    }

    private static func difference(_ one: Bitmap, _ other: Bitmap) -> (mean: Double, worst: Int) {
        guard one.size == other.size, one.format == other.format else { return (.infinity, .max) }
        var (sum, worst) = (0, 0)
        for y in 0..<one.height {
            for x in 0..<one.width {
                for (a, b) in zip(TestBitmaps.pixel(one, x, y), TestBitmaps.pixel(other, x, y)) {
                    sum += abs(Int(a) - Int(b))
                    worst = max(worst, abs(Int(a) - Int(b)))
                }
            }
        }
        return (Double(sum) / Double(one.width * one.height * one.format.channels), worst)
    }
}
