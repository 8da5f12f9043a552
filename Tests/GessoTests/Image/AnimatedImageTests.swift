import Foundation
import Gesso
import Testing

@Suite("Animated images")
struct AnimatedImageTests {
    private static func data(_ name: String) throws -> Data {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Fixtures/animation")
        return try Data(contentsOf: folder.appendingPathComponent(name))
    }

    @Test("All frames are kept on request, scaled, as WebP", arguments: ["mixed.gif", "dispose.webp", "mixed.png"])
    func frames(name: String) async throws {
        let image = Image(try Self.data(name), limits: .default.andGIF)
        let thumbnail = try await image.animated().thumbnail(30).webp()
        let header = try ImageHeader(probing: thumbnail.data)
        #expect(header.format == .webp && header.frameCount == 5)
        #expect(header.size == Size(width: 30, height: 20) && thumbnail.size == header.size)
    }

    @Test("Without it the first frame is taken")
    func first() async throws {
        let still = try await Image(try Self.data("mixed.gif"), limits: .default.andGIF).webp()
        #expect(try ImageHeader(probing: still.data).frameCount == 1)
    }

    @Test("Renditions choose for themselves; still ones show the first frame")
    func renditions() async throws {
        let image = Image(try Self.data("keep.gif"), limits: .default.andGIF)
        let files = try await image.renditions([
            .thumbnail(30, animated: true, as: .webp), .thumbnail(20, as: .png), .thumbnail(16, as: .webp),
        ])
        #expect(try files.map { try ImageHeader(probing: $0.data).frameCount } == [5, 1, 1])
        #expect(files[1].format == .png && files[1].size == Size(width: 20, height: 13))
    }

    @Test("Another format, a limit of bytes, and frames that cannot be decoded are refused")
    func refusals() async throws {
        let image = Image(try Self.data("keep.gif"), limits: .default.andGIF).animated()
        await #expect(throws: GessoError.self) { try await image.png() }
        await #expect(throws: GessoError.self) { try await image.webp(maxBytes: 1_000) }
    }

    @Test("What would decide the geometry anew for each frame is refused", arguments: [true, false])
    func unsteady(trims: Bool) async throws {
        let image = Image(try Self.data("keep.gif"), limits: .default.andGIF).animated()
        let unsteady =
            trims
            ? image.applying { Pipeline { Trim() } }
            : image.resized(Size(width: 20, height: 20), fit: .cover, gravity: .attention)
        let error = await #expect(throws: GessoError.self) { try await unsteady.webp() }
        #expect(error?.code == .invalidParameter)
    }

    @Test("Placeholders are of the first frame, and the outputs beside them keep theirs")
    func placeholder() async throws {
        let image = Image(try Self.data("keep.gif"), limits: .default.andGIF)
        let (files, placeholder) = try await image.renditionsAndPlaceholder([
            .thumbnail(30, animated: true, as: .webp), .thumbnail(20, as: .png),
        ])
        #expect(try files.map { try ImageHeader(probing: $0.data).frameCount } == [5, 1])
        let alone = try await image.placeholder()
        #expect(placeholder.thumbHash.count == alone.thumbHash.count)
    }

    @Test("Each output has the profile of its own pixels", arguments: [false, true])
    func profiles(isReversed: Bool) async throws {
        // A WebP of two frames in Display P3.
        let encoder = try AnimationEncoder(size: Size(width: 40, height: 30), plays: 0, as: .webpLossless)
        for level in [UInt8(40), 200] {
            try encoder.add(TestBitmaps.make(40, 30) { x, _, c in level + UInt8(x) &+ UInt8(c) }, milliseconds: 40)
        }
        let source = try encoder.finish(profile: .displayP3, metadata: .none)
        let renditions: [Rendition] = [
            .thumbnail(20, animated: true, as: .webp), .fullSize(as: .webp),
        ]
        let files = try await Image(source.data).animated().keepingProfile()
            .renditions(isReversed ? renditions.reversed() : renditions)
        let isSRGB = try files.map { try ImageHeader(probing: $0.data).isSRGB }
        #expect(isSRGB == (isReversed ? [false, true] : [true, false]))
    }

    @Test("A still image stays one")
    func still() async throws {
        let png = try await Image(try Self.data("keep.gif"), limits: .default.andGIF).png()
        let again = try await Image(png.data).animated().png()
        #expect(try ImageHeader(probing: again.data).frameCount == 1)
    }

    @Test("The specification of a thumbnail may end in :animated")
    func specification() throws {
        #expect(try Rendition(specification: "64x64:webp:q70:cover:animated").isAnimated)
        #expect(throws: GessoError.self) { try Rendition(specification: "64x64:png:animated") }
        let old = #"{"name":"a","covers":false}"#
        #expect(try JSONDecoder().decode(Rendition.self, from: Data(old.utf8)).isAnimated == false)
    }
}
