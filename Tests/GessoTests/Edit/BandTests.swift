import Foundation
import GessoPixels
import Testing

@testable import Gesso

@Suite("An edit of a large image, composited in bands", .timeLimit(.minutes(5)))
struct BandTests {
    static let size = Size(width: 1900, height: 2500)

    private static func original(_ format: Bitmap.Format) throws -> Bitmap {
        try TestBitmaps.gradient(190, 250).converted(to: format).resized(to: size)
    }

    @Test("has several bands, all but the last of a multiple of 16 rows")
    func bands() {
        let bands = Array(RowBands(of: Self.size, margin: 12))
        #expect(bands.count > 2)
        #expect(bands.first?.lowerBound == 0 && bands.last?.upperBound == Self.size.height)
        #expect(zip(bands, bands.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
        #expect(bands.allSatisfy { $0.lowerBound % 16 == 0 })
    }

    @Test("softens its mask as the whole would be", arguments: [1, 2, 12, 37])
    func feathered(_ radius: Int) throws {
        let source = MaskSource.ellipse(in: Rect(x: 30, y: 40, width: 1700, height: 2300))
            .union(.rectangle(Rect(x: 1800, y: 0, width: 100, height: 2500))).inverted()
        let mask = try source.mask(for: Self.size)
        let wide = try mask.padded(left: radius, top: radius, right: radius, bottom: radius, coverage: 0)
        let expected = try wide.feathered(radius: radius).cropped(
            to: Rect(x: radius, y: radius, width: Self.size.width, height: Self.size.height))
        #expect(try BoundedMask(mask).feathered(radius).whole() == expected)
    }

    @Test("has the pixels and the audit that the whole would have", arguments: [Bitmap.Format.rgb8, .rgba8, .rgb16])
    func composite(_ format: Bitmap.Format) throws {
        let before = try Self.original(format)
        let photo = try ImageEncoder.encode(before, as: .png(effort: .fast)).data
        let mask = MaskSource.ellipse(in: Rect(x: 500, y: 700, width: 900, height: 1100)).inverted()
        var options = EditOptions()
        options.feather = 9
        let prepared = try Editor.PreparedEdit(photo: photo, mask: mask, options: options)
        var random = SplitMix(state: 3)
        let sent = try ImageDecoder.decode(prepared.upload.parts[0].data).bitmap
        let motion = Motion(shiftX: 2.25, shiftY: -1.5, scale: 1.004, gain: 1.05, noise: 2)
        let returned = try motion.applied(to: sent, &random)
        let area = try #require(prepared.request.area)
        let patch = try ResultPatch(
            returned, sent: sent, area: area, placement: prepared.upload.placement, options: options)
        let banded = try PatchComposite(patch, over: Frame(bitmap: before), area: area, options: options)

        let touched = try area.whole().feathered(radius: options.feather)
        let rect = try #require(touched.boundingBox)
        #expect(rect == Rect(Self.size))
        let whole = try patch.pixels(for: rect, rows: 0..<rect.height)
        let after = try Composite(over: before, mask: touched).run(Frame(bitmap: whole)).bitmap
        #expect(banded.frame.bitmap == after)
        #expect(after != before)
        let audit = try EditAudit.measuring(before: before, after: after, mask: touched)
        #expect(banded.audit.changedPixelsOutside == 0 && audit.changedPixelsOutside == 0)
        #expect(banded.audit.seamDelta == audit.seamDelta && banded.audit.seamDeltaBefore == audit.seamDeltaBefore)
        #expect(banded.audit.maskCoverage == audit.maskCoverage && banded.audit.p99Drift == audit.p99Drift)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let size: Size
        let orientation: UInt8
        let mask: MaskSource?
        var aspect: Pad.AspectRatio?
        var testDescription: String { name }
    }

    static let inverted = MaskSource.ellipse(in: Rect(x: 2000, y: 2000, width: 1500, height: 1000)).inverted()
    static let cases = [1, 6].flatMap { (orientation: UInt8) -> [Case] in
        let turned = orientation == 1 ? "" : ", turned"
        let size = Size(width: 8000, height: 6000)
        return [
            Case(
                name: "24 megapixels extended to a square\(turned)", size: Size(width: 6000, height: 4000),
                orientation: orientation, mask: nil, aspect: Pad.AspectRatio("1:1")),
            Case(name: "48 megapixels without a mask\(turned)", size: size, orientation: orientation, mask: nil),
            Case(
                name: "48 megapixels with an inverted mask\(turned)", size: size, orientation: orientation,
                mask: inverted),
        ]
    }

    @Test("fits the default budget of a machine with 2 GiB", arguments: cases, [Rendition.fullSize(), .original])
    func affordable(_ example: Case, _ rendition: Rendition) throws {
        var options = EditOptions()
        options.outpaintAspect = example.aspect
        let job = Editor.Job(
            prompt: "x", mask: example.mask, options: options, renditions: [rendition, .thumbnail(512, as: .webp)])
        let plan = try EditPlan(job, photo: Self.headerOfJPEG(example.size, example.orientation))
        let most = 512 << 20
        #expect(plan.preparingBytes <= most, "\(plan.preparingBytes >> 20) MiB to prepare")
        #expect(plan.finishingBytes <= most, "\(plan.finishingBytes >> 20) MiB to finish")
        #expect(throws: Never.self) { try plan.requireFinish(within: PixelBudget(bytes: most)) }
    }

    /// A JPEG whose header states that size and orientation; it has hardly any pixels.
    private static func headerOfJPEG(_ size: Size, _ orientation: UInt8) throws -> Data {
        var file = [UInt8](
            try ImageEncoder.encode(Bitmap(size: Size(width: 16, height: 16), format: .rgb8), as: .jpeg).data)
        let start = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xC0 })
        func bytes(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 255)] }
        file.replaceSubrange(start + 5..<start + 9, with: bytes(size.height) + bytes(size.width))
        let tiff: [UInt8] = [
            0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0,
        ]
        let exif = [UInt8]("Exif\0\0".utf8) + tiff
        file.insert(contentsOf: [0xFF, 0xE1] + bytes(exif.count + 2) + exif, at: 2)
        return Data(file)
    }
}
