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
