import Testing

@testable import Gesso

@Suite("A thumbnail's specification")
struct RenditionTests {
    @Test(
        "is read as written",
        arguments: [
            ("256x256", "256", Size(width: 256, height: 256), false, ImageFormat.webp),
            ("256x128:png", "256x128", Size(width: 256, height: 128), false, .png),
            ("64x64:jpeg:q55", "64", Size(width: 64, height: 64), false, .jpeg),
            ("64x64:webp:q80:cover", "64-cover", Size(width: 64, height: 64), true, .webp),
            ("64x32:cover", "64x32-cover", Size(width: 64, height: 32), true, .webp),
        ])
    func reads(_ text: String, _ name: String, _ bounds: Size, _ covers: Bool, _ format: ImageFormat) throws {
        let rendition = try Rendition(specification: text)
        #expect(rendition.name == name)
        #expect(rendition.bounds == bounds)
        #expect(rendition.covers == covers)
        #expect(rendition.encoding?.format == format)
    }

    @Test(
        "is refused when it is not one",
        arguments: [
            "", "256", "0x10", "256x256:bmp", "256x256:webp:80", "256x256:webp:q0", "256x256:webp:q101",
            "256x256:webp:q80:x",
            "99999999999999999999x1", "-5x5", "5x5:", "20000x20000",
        ])
    func refuses(_ text: String) {
        let error = #expect(throws: GessoError.self) { try Rendition(specification: text) }
        #expect(error?.code == .invalidParameter)
    }

    @Test("never enlarges")
    func small() throws {
        let image = try Rendition.thumbnail(256, as: .png).render(Frame(bitmap: TestBitmaps.gradient(20, 10)))
        #expect(image.size == Size(width: 20, height: 10))
    }
}
