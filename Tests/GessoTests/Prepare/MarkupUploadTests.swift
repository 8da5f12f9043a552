import Foundation
import Testing

@testable import Gesso

@Suite("A markup in an edit")
struct MarkupUploadTests {
    static let size = Size(width: 3000, height: 1400)

    /// A red bar at 2000…2100, 600…640 on nothing.
    private static func drawing(_ size: Size = Self.size) throws -> Data {
        var image = try Bitmap(size: size, format: .rgba8)
        let bar = try TestBitmaps.make(100, 40, .rgba8) { _, _, channel in [220, 10, 10, 255][channel] }
        try image.paste(bar, x: min(2000, size.width - 100), y: min(600, size.height - 40))
        return try ImageEncoder.encode(image, as: .png(effort: .fast)).data
    }

    private static func photo(_ size: Size = Self.size) throws -> Data {
        try ImageEncoder.encode(Bitmap(size: size, format: .rgb8), as: .png(effort: .fast)).data
    }

    @Test("goes in place of a mask, on the same canvas, where it was drawn")
    func sent() throws {
        let prepared = try Editor.PreparedEdit(photo: Self.photo(), markup: Self.drawing())
        #expect(prepared.upload.parts.map(\.field) == ["image", "markup"])
        let part = try #require(prepared.upload.parts.last)
        #expect(part.filename == "markup.png" && part.image.size == prepared.upload.canvas)
        let placed = try ImageDecoder.decode(part.data).bitmap
        let center = prepared.upload.placement.onCanvas(Point(x: 2050, y: 620))
        #expect(TestBitmaps.pixel(placed, Int(center.x), Int(center.y)) == [220, 10, 10, 255])
        #expect(TestBitmaps.pixel(placed, 3, 3)[3] == 0)
        let request = try prepared.requests()[0]
        #expect(request.markup != nil && request.mask == nil && request.images.count == 1)
    }

    @Test("beside a mask is what is sent, in one window that shows both; the mask still decides what comes back")
    func withMask() throws {
        var options = EditOptions()
        options.regions = .apart
        let mask = MaskSource.rectangle(Rect(x: 1500, y: 500, width: 200, height: 150))
            .union(.rectangle(Rect(x: 2400, y: 500, width: 100, height: 100)))
        let prepared = try Editor.PreparedEdit(
            photo: Self.photo(), mask: mask, markup: Self.drawing(), options: options)
        #expect(prepared.uploads.count == 1 && prepared.upload.parts.map(\.field) == ["image", "markup"])
        let window = try #require(prepared.request.window)
        #expect(window.contains(Rect(x: 2000, y: 600, width: 100, height: 40)))
        #expect(try prepared.request.mask() == mask.mask(for: Self.size))
        #expect(prepared.request.warnings.contains(.markupReplacesMask))
        let placed = try ImageDecoder.decode(prepared.upload.parts[1].data).bitmap
        let center = prepared.upload.placement.onCanvas(Point(x: 2050, y: 620))
        #expect(TestBitmaps.pixel(placed, Int(center.x), Int(center.y)) == [220, 10, 10, 255])
    }

    @Test("follows an extended image")
    func outpainted() throws {
        var options = EditOptions()
        options.outpaint = Pad.Insets(left: 100, top: 50, right: 0, bottom: 0)
        let small = Size(width: 900, height: 900)
        let prepared = try Editor.PreparedEdit(photo: Self.photo(small), markup: Self.drawing(small), options: options)
        let placed = try ImageDecoder.decode(prepared.upload.parts[1].data).bitmap
        let center = prepared.upload.placement.onCanvas(Point(x: 850 + 100, y: 620 + 50))
        #expect(TestBitmaps.pixel(placed, Int(center.x), Int(center.y)) == [220, 10, 10, 255])
    }

    @Test("is refused for a model that takes none, and for another size")
    func refusals() throws {
        let error = #expect(throws: GessoError.self) {
            try Editor.PreparedEdit(
                photo: Self.photo(), markup: Self.drawing(), options: EditOptions(model: .gptImage2))
        }
        #expect(error?.code == .unsupportedFeature && error?.stage == "markup")
        let other = #expect(throws: GessoError.self) {
            try Editor.PreparedEdit(photo: Self.photo(), markup: Self.drawing(Size(width: 900, height: 900)))
        }
        #expect(other?.code == .maskSizeMismatch)
    }
}
