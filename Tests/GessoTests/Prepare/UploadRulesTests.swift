import Foundation
import Testing

@testable import Gesso

@Suite("What is uploaded")
struct UploadRulesTests {
    private func rules(
        _ model: Model = .gptImage26Sunburst, jpeg: Bool = false, _ change: (inout ModelProfile) -> Void = { _ in }
    ) throws -> UploadRules {
        var profile = try ModelProfile.known(or: model)
        change(&profile)
        var options = EditOptions(model: model)
        options.sendsJPEG = jpeg
        return UploadRules(profile, .openAI, options)
    }

    private static func noise(_ width: Int, _ height: Int, _ format: Bitmap.Format = .rgb8) throws -> Bitmap {
        var random = SplitMix(state: 4)
        return try TestBitmaps.make(width, height, format) { _, _, _ in UInt8.random(in: 0...255, using: &random) }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let model: Model
        let formats: [ImageUpload.ContentType]
        let format: ImageFormat
        var testDescription: String { name }
    }

    static let cases = [
        Case(
            name: "lossless WebP where the model takes it", model: .gptImage2, formats: [.png, .jpeg, .webp],
            format: .webp),
        Case(name: "PNG elsewhere", model: .gptImage2, formats: [.png, .jpeg], format: .png),
        Case(
            name: "PNG to a server that nobody described", model: "somebody-s-own", formats: [.png, .jpeg, .webp],
            format: .png),
    ]

    @Test("is lossless, in the form the model takes", arguments: cases, [Bitmap.Format.rgb8, .rgba8, .gray8])
    func form(_ example: Case, _ format: Bitmap.Format) throws {
        // RGBA with color under alpha 0, which models look at.
        let bitmap = try TestBitmaps.make(61, 43, format) { x, y, channel in
            channel == 3 ? (x > 30 ? 0 : 255) : UInt8(truncatingIfNeeded: x * 3 + y * 5 + channel * 40)
        }
        let part = try rules(example.model) { $0.inputFormats = example.formats }
            .part(bitmap, .image, images: 1, stem: "image-0")
        #expect(part.image.format == example.format && part.encoding.isLossless)
        #expect(part.filename == "image-0.\(example.format.fileExtension)")
        #expect(part.mimeType == example.format.mimeType)
        let back = try ImageDecoder.decode(part.data).bitmap
        #expect(try back == bitmap.converted(to: back.format))
        #expect(part.change.description.contains("lossless \(example.format.rawValue)"))
    }

    @Test("becomes a JPEG only if that is allowed and nothing lossless fits, and says so")
    func jpeg() throws {
        let bitmap = try Self.noise(100, 100)
        let tight = 29_000
        let error = #expect(throws: GessoError.self) {
            try rules { $0.maxImageBytes = tight }.part(bitmap, .image, images: 1, stem: "i")
        }
        #expect(error?.code == .tooManyBytes && error?.message.contains("allow JPEG") == true)
        #expect(Int(error?.facts["found"] ?? "0") ?? 0 >= 30_000)
        let part = try rules(jpeg: true) { $0.maxImageBytes = tight }.part(bitmap, .image, images: 1, stem: "i")
        #expect(part.image.format == .jpeg && part.data.count < tight)
        #expect(part.change.description.contains("since no lossless form fits"))
        // Transparency is not given up, and a model that takes no JPEG gets none.
        #expect(throws: GessoError.self) {
            try rules(jpeg: true) { $0.maxImageBytes = tight }
                .part(Self.noise(100, 100, .rgba8), .image, images: 1, stem: "i")
        }
        #expect(throws: GessoError.self) {
            try rules("dall-e-2", jpeg: true) { $0.maxImageBytes = tight }.part(
                bitmap, .image, images: 1, stem: "i")
        }
        #expect(try rules(jpeg: true).part(bitmap, .image, images: 1, stem: "i").image.format == .webp)
    }

    @Test("A mask is PNG, alpha 0 where it is full, and has the canvas's pixels")
    func mask() throws {
        let size = Size(width: 64, height: 48)
        let mask = try Mask.ellipse(in: Rect(x: 10, y: 8, width: 30, height: 20), size: size)
        let (part, change) = try rules().mask(mask)
        #expect(change == nil && part.image.format == .png && part.role == .mask)
        let back = try ImageDecoder.decode(part.data).bitmap
        #expect(back.format == .rgba8 && back.size == size)
        for y in 0..<48 {
            for x in 0..<64 { #expect(TestBitmaps.pixel(back, x, y)[3] == 255 - mask[x, y]) }
        }
    }

    @Test("A mask without one full pixel is raised, one of too many bytes loses its shades; both are said")
    func maskChanges() throws {
        let faint = try Mask(coverage: TestBitmaps.make(40, 30, .gray8) { x, _, _ in x == 7 ? 90 : 0 })
        let (raised, change) = try rules().mask(faint)
        #expect(change == .maskRaised)
        let alpha = try Mask(alphaOf: ImageDecoder.decode(raised.data).bitmap)
        #expect(try alpha == .rectangle(Rect(x: 7, y: 0, width: 1, height: 30), size: Size(width: 40, height: 30)))

        var noise = try Self.noise(200, 200, .gray8)
        try noise.paste(Bitmap(size: Size(width: 100, height: 200), format: .gray8), x: 0, y: 0)
        let shades = try Mask(coverage: noise)
        let (reduced, reduction) = try rules { $0.maxMaskBytes = 8_000 }.mask(shades)
        #expect(
            reduction == .maskBinarized(limit: 8_000, model: "gpt-image-2.6-sunburst") && reduced.data.count < 8_000)
        #expect(try Mask(alphaOf: ImageDecoder.decode(reduced.data).bitmap) == shades.binarized())
        let error = #expect(throws: GessoError.self) { try rules { $0.maxMaskBytes = 60 }.mask(shades) }
        #expect(error?.code == .tooManyBytes)
    }

    @Test("Everything that was done to a photograph is in the report")
    func report() throws {
        var options = EditOptions()
        options.window = nil
        let prepared = try Editor.PreparedEdit(
            photo: DemoPhotographs.data("dogs-phone.jpg"), references: [DemoPhotographs.data("bowl-cutout.png")],
            mask: .rectangle(Rect(x: 300, y: 300, width: 900, height: 900)), options: options)
        let text = prepared.upload.changes.map(\.description).joined(separator: "\n")
        for word in [
            "oriented upright", "metadata left out", "scaled by", "image-0.webp encoded as lossless webp",
            "image-1.webp encoded",
        ] { #expect(text.contains(word), "\(word) in:\n\(text)") }
    }
}
