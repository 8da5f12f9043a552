import Foundation
import GessoCodecs
import GessoPixels
import Testing

@testable import Gesso

@Suite("Markups")
struct MarkupTests {
    static let size = Size(width: 40, height: 30)

    private func file(
        _ format: Bitmap.Format = .rgba8, as encoding: ImageEncoding = .png, profile: ColorProfile? = nil,
        alpha: (Int) -> UInt8
    ) throws -> Data {
        let image = try TestBitmaps.make(40, 30, format) { x, y, channel in channel == 3 ? alpha(x) : UInt8(50 + x + y)
        }
        return try ImageEncoder.encode(image, as: encoding, profile: profile).data
    }

    private func code(_ data: Data, _ size: Size = Self.size) -> GessoError.Code? {
        do { _ = try Markup(data, for: size) } catch {
            #expect(error.stage == "markup")
            return error.code
        }
        return nil
    }

    @Test("A drawing on a transparent background is taken as it is")
    func drawing() throws {
        let markup = try Markup(file { $0 < 9 ? 255 : 0 }, for: Self.size)
        #expect(markup.bitmap.format == .rgba8 && markup.bitmap.size == Self.size)
        #expect(TestBitmaps.pixel(markup.bitmap, 3, 4) == [57, 57, 57, 255])
        #expect(TestBitmaps.pixel(markup.bitmap, 30, 4)[3] == 0)
        let wide = try Markup(file(profile: .displayP3) { $0 < 9 ? 255 : 0 }, for: Self.size)
        #expect(wide.bitmap.size == Self.size)
    }

    @Test("What cannot be a markup says why")
    func refusals() throws {
        #expect(try code(file { _ in 255 }) == .markupOpaque)
        #expect(try code(file { _ in 128 }) == .markupOpaque)
        #expect(try code(file { _ in 0 }) == .maskEmpty)
        #expect(try code(file(.rgb8) { _ in 0 }) == .maskWithoutAlpha)
        #expect(try code(file(as: .webpLossless) { $0 < 9 ? 255 : 0 }) == .unsupportedFormat)
        #expect(try code(file { $0 < 9 ? 255 : 0 }, Self.size.transposed) == .maskSizeMismatch)
        #expect(code(Data()) == .emptyInput)
        #expect(code(Data("drawing".utf8)) == .unsupportedFormat)
        #expect(try code(file { $0 < 9 ? 255 : 0 }.prefix(90)) == .truncated)
    }
}
