import Foundation
import Gesso
import Testing

@Suite("Several renditions of one file")
struct RenditionsTests {
    private static let renditions: [Rendition] = [
        .thumbnail(256, as: .webpLossless), .thumbnail(Size(width: 96, height: 160), covers: true, as: .png),
        .thumbnail(64, as: .jpeg(quality: 80)),
    ]

    @Test(
        "are upright, in the order and the sizes that were asked for",
        arguments: ["dogs-phone.jpg", "brushes-display-p3.jpg", "dandelions.webp", "bowl-cutout.png"])
    func sizes(_ name: String) async throws {
        let file = try DemoPhotographs.data(name)
        let upright = try ImageHeader(probing: file).uprightSize
        let images = try await Rendition.images(Self.renditions, of: file)
        #expect(images.map(\.format) == [.webp, .png, .jpeg])
        #expect(
            images.map(\.size) == [
                Fit.inside.target(for: upright, in: Size(width: 256, height: 256)), Size(width: 96, height: 160),
                Fit.inside.target(for: upright, in: Size(width: 64, height: 64)),
            ])
        for image in images { #expect(try ImageHeader(probing: image.data).size == image.size) }
    }

    @Test("look like those of the picture decoded in full, whichever way it was turned", arguments: 1...8)
    func orientations(_ orientation: Int) async throws {
        let picture = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 640)
        let stored = try ImageEncoder.encode(picture, as: .jpeg(quality: 95))
        var file = stored.data
        // APP1 with one IFD entry, tag 0x0112 of type SHORT (EXIF 2.32 section 4.6.4).
        file.insert(
            contentsOf: [
                0xFF, 0xE1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0,
                0,
                0, 1, 0, UInt8(orientation), 0, 0, 0, 0, 0, 0,
            ], at: 2)
        let rendition = Rendition.thumbnail(Size(width: 120, height: 90), as: .png)
        let small = try await Rendition.images([rendition], of: file)[0]
        let full = try rendition.render(Frame(decoding: file))
        #expect(small.size == full.size)
        let difference = try Self.meanDifference(
            ImageDecoder.decode(small.data).bitmap, ImageDecoder.decode(full.data).bitmap)
        #expect(difference < 2)
    }

    @Test("wait for the budget with the memory of the scaled decode, not of the whole picture")
    func memory() async throws {
        let file = try ImageEncoder.encode(
            Bitmap(size: Size(width: 4000, height: 3000), format: .rgb8), as: .jpeg(quality: 50)
        ).data
        let budget = PixelBudget(bytes: 4 << 20)
        let images = try await Rendition.images([.thumbnail(200, as: .png)], of: file, budget: budget)
        #expect(images[0].size == Size(width: 200, height: 150))
        let refusal = await #expect(throws: GessoError.self) {
            try await Rendition.images([.original], of: file, budget: budget)
        }
        #expect(refusal?.code == .limitExceeded)
    }

    @Test("do not begin once the task is cancelled")
    func cancelled() async throws {
        let file = try DemoPhotographs.data("dogs-phone.jpg")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await Rendition.images(Self.renditions, of: file)
        }
        let error = await #expect(throws: GessoError.self) { try await task.value }
        #expect(error?.code == .cancelled)
    }

    private static func meanDifference(_ one: Bitmap, _ other: Bitmap) -> Double {
        var sum = 0
        for y in 0..<one.height {
            for x in 0..<one.width {
                for (a, b) in zip(Pictures.pixel(one, x, y), Pictures.pixel(other, x, y)) {
                    sum += abs(Int(a) - Int(b))
                }
            }
        }
        return Double(sum) / Double(one.width * one.height * one.format.channels)
    }
}
