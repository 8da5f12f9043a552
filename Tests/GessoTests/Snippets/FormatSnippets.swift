// The code stands here as the documents have it.
// swift-format-ignore-file
import Foundation
import Gesso
import Testing

private func avif(_ photo: Data) async throws -> EncodedImage {
    // avif-begin
    let avif = try await Image(photo).fitted(1600).avif(quality: 60)
    // avif-end
    return avif
}

private func accepted(_ upload: Data, _ accept: String?) async throws -> EncodedImage {
    // accept-begin
    let hasAlpha = try await Image(upload).header().hasAlpha
    let encoding = ImageEncoding.accepted(by: accept, hasAlpha: hasAlpha) ?? .jpeg
    let response = try await Image(upload).thumbnail(256).encoded(as: encoding)     // send it with "Vary: Accept"
    // accept-end
    return response
}

private func clip(_ upload: Data) async throws -> EncodedImage {
    // animated-begin
    let clip = try await Image(upload).animated().thumbnail(256).webp()
    // animated-end
    return clip
}

private func rescued(_ upload: Data, _ print: (ImageDecoder.Warning) -> Void) async throws -> EncodedImage {
    // lenient-begin
    let rescued = try await Image(upload).decoding(.lenient).png()
    for warning in rescued.warnings { print(warning) }
    // lenient-end
    return rescued
}

private func limited(_ upload: Data) async throws -> EncodedImage {
    // decoder-limits-begin
    var limits = ImageDecoder.Limits.default
    limits.pixelCount = 50_000_000
    limits.formats = [.png, .jpeg, .webp]
    let small = try await Image(upload, limits: limits).thumbnail(256).webp()
    // decoder-limits-end
    return small
}

private func kept(_ photo: Data) async throws -> EncodedImage {
    // keep-metadata-begin
    let kept = try await Image(photo).fitted(1600).metadata(.keep).jpeg()
    // keep-metadata-end
    return kept
}

private func sizes(_ upload: Data) async throws -> [EncodedImage] {
    // sizes-begin
    let wide = try await Image(upload).resized(width: 800, enlarges: false).jpeg()
    let half = try await Image(upload).resized(by: 0.5).jpeg()
    let framed = try await Image(upload).resized(Size(width: 800, height: 600), fit: .contain, background: .white).jpeg()
    // sizes-end
    return [wide, half, framed]
}

private func portrait(_ upload: Data) async throws -> EncodedImage {
    // attention-begin
    let portrait = try await Image(upload).thumbnail(256, covers: true, gravity: .attention).webp()
    // attention-end
    return portrait
}

private func cleaned(_ scan: Data) async throws -> EncodedImage {
    // cleaned-begin
    let cleaned = try await Image(scan).rotated(90).mirrored().trimmed().fitted(400).sharpened().webp()
    // cleaned-end
    return cleaned
}

private func placeholder(_ upload: Data) async throws -> ([EncodedImage], Image.Placeholder) {
    // placeholder-begin
    let (files, placeholder) = try await Image(upload).renditionsAndPlaceholder([.thumbnail(512, as: .webp)])
    // placeholder-end
    return (files, placeholder)
}

@Suite("The articles on formats and on resizing")
struct FormatSnippets {
    private func upload() throws -> Data {
        try ImageEncoder.encode(TestBitmaps.smooth(600, 400), as: .jpeg(quality: 90)).data
    }

    @Test("choose the encoding", .enabled(if: CodecVersions.all["libheif"] != nil))
    func encodings() async throws {
        let upload = try upload()
        #expect(try await avif(upload).format == .avif)
        #expect(try await accepted(upload, "image/avif,image/webp,*/*").format == .avif)
        #expect(try await accepted(upload, "*/*").format == .jpeg)
    }

    @Test("keep frames, rescue what is damaged, and limit what is read")
    func reading() async throws {
        let upload = try upload()
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/animation")
        let clip = try await clip(try Data(contentsOf: folder.appending(path: "blend.webp")))
        #expect(try ImageHeader(probing: clip.data).frameCount == 5)
        var warnings: [ImageDecoder.Warning] = []
        let rescued = try await rescued(upload.prefix(upload.count / 2)) { warnings.append($0) }
        #expect(rescued.size == Size(width: 600, height: 400))
        #expect(warnings.contains { if case .invalidRows = $0 { true } else { false } })
        #expect(try await limited(upload).size.width == 256)
        let gif = try Data(contentsOf: folder.appending(path: "keep.gif"))
        let error = await #expect(throws: GessoError.self) { try await limited(gif) }
        #expect(error?.code == .unsupportedFormat)
    }

    @Test("keep metadata")
    func metadata() async throws {
        let photo = try FieldCaseTests.file("private_all.jpg")
        let kept = try await kept(photo)
        #expect(try ImageMetadata(of: kept.data, policy: .keep).kinds.isSuperset(of: [.exif, .iptc, .comment]))
    }

    @Test("resize, crop, rotate and describe")
    func resizing() async throws {
        let upload = try upload()
        #expect(try await sizes(upload).map(\.size) == [(600, 400), (300, 200), (800, 600)].map { Size(width: $0, height: $1) })
        #expect(try await portrait(upload).size == Size(width: 256, height: 256))
        #expect(try await cleaned(upload).size.longEdge <= 400)
        let (files, placeholder) = try await placeholder(upload)
        #expect(files[0].size.width == 512 && placeholder.blurHash.count == 28)
    }
}
