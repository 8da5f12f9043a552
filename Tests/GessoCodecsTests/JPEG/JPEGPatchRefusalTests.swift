import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite("Patches that are refused")
struct JPEGPatchRefusalTests {
    let size = Size(width: 83, height: 61)

    private func code(
        _ file: Data, _ format: Bitmap.Format = .rgb8, size: Size? = nil, mask: Size? = nil, window: Rect? = nil,
        limits: ImageDecoder.Limits = .default
    ) throws -> GessoError.Code? {
        let image = try Bitmap(size: size ?? self.size, format: format)
        let touched = try Mask(size: mask ?? image.size, filledWith: 255)
        do {
            _ = try JPEGPatch.replacing(in: file, with: image, touched: touched, window: window, limits: limits)
        } catch {
            return error.code
        }
        return nil
    }

    @Test("CMYK and other formats are refused with the advice to encode the image")
    func formats() throws {
        let cmyk = try PatchFixture.file("cmyk")
        let error = #expect(throws: GessoError.self) {
            try JPEGPatch.replacing(
                in: cmyk, with: Bitmap(size: Size(width: 24, height: 16), format: .rgb8),
                touched: Mask(size: Size(width: 24, height: 16), filledWith: 255))
        }
        #expect(error?.code == .unsupportedFeature)
        #expect(error?.message.contains("encode the finished image instead") == true)
        let png = try ImageEncoder.encode(Bitmap(size: size, format: .rgb8), as: .png).data
        #expect(try code(png) == .unsupportedFormat)
        #expect(try JPEGPatch.refusal(for: ImageHeader(probing: png))?.code == .unsupportedFormat)
        #expect(try JPEGPatch.refusal(for: ImageHeader(probing: cmyk))?.code == .unsupportedFeature)
        #expect(try JPEGPatch.refusal(for: ImageHeader(probing: PatchFixture.file("gray-baseline"))) == nil)
    }

    @Test("Pixels, masks and windows that do not fit are refused")
    func geometry() throws {
        let file = try PatchFixture.file("420-baseline")
        #expect(try code(file, .rgba8) == .pixelFormatMismatch)
        #expect(try code(file, .rgb16) == .pixelFormatMismatch)
        #expect(try code(PatchFixture.file("gray-baseline"), .rgb8) == .pixelFormatMismatch)
        #expect(try code(file, .gray8) == nil)
        #expect(try code(file, mask: size.transposed) == .maskSizeMismatch)
        #expect(try code(file, size: size.transposed) == .invalidGeometry)
        #expect(try code(file, size: Size(width: 9, height: 9)) == .invalidGeometry)
        for (x, y) in [(75, 0), (-1, 3), (0, 53), (Int.max, 0), (0, Int.min)] {
            let window = Rect(x: x, y: y, width: 9, height: 9)
            #expect(try code(file, size: window.size, window: window) == .invalidGeometry)
        }
        #expect(try code(file, size: Size(width: 9, height: 9), window: Rect(x: 74, y: 52, width: 9, height: 9)) == nil)
    }

    @Test(
        "Damaged and truncated files are not patched", arguments: ["420-baseline", "420-progressive", "rgb-baseline"])
    func damage(name: String) throws {
        let file = try PatchFixture.file(name)
        for count in stride(from: 0, to: file.count, by: 97) {
            let reason = try #require(try code(file.prefix(count)), "cut at \(count)")
            #expect([.truncated, .emptyInput, .corrupt, .unsupportedFormat].contains(reason), "cut at \(count)")
        }
        // Single flipped bits may stay undetected in a JPEG, but must have no other effect.
        for offset in stride(from: 2, to: file.count, by: 61) {
            var damaged = file
            damaged[offset] ^= 0x55
            _ = try code(damaged)
        }
    }

    @Test("Limits are checked")
    func limits() throws {
        var limits = ImageDecoder.Limits.default
        limits.workingByteCount = 4096
        #expect(try code(PatchFixture.file("444-progressive"), limits: limits) == .limitExceeded)
        limits = .default
        limits.scanCount = 3
        #expect(try code(PatchFixture.file("420-progressive"), limits: limits) == .limitExceeded)
        limits.scanCount = 10
        #expect(try code(PatchFixture.file("420-progressive"), limits: limits) == nil)
        limits.pixelCount = 83 * 61 - 1
        #expect(try code(PatchFixture.file("420-baseline"), limits: limits) == .tooManyPixels)
    }

    @Test("A cancelled task stops")
    func cancellation() async throws {
        let file = try PatchFixture.file("420-progressive")
        let size = size
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try JPEGPatch.replacing(
                in: file, with: Bitmap(size: size, format: .rgb8), touched: Mask(size: size, filledWith: 255))
        }
        task.cancel()
        let result = await task.result
        #expect(throws: GessoError.self) { try result.get() }
        if case .failure(let error as GessoError) = result { #expect(error.code == .cancelled) }
    }

    @Test("A window gives the same file as the whole image", arguments: Orientation.allCases)
    func window(orientation: Orientation) throws {
        let file = try PatchFixture(name: "422-baseline", orientation: orientation).data()
        let whole = try PatchedFile(file)
        let box = try #require(whole.touched.boundingBox)
        let part = try JPEGPatch.replacing(
            in: file, with: whole.wanted.cropped(to: box), touched: whole.touched.cropped(to: box), window: box)
        #expect(part == whole.result)
    }

    @Test("A mask that touches nothing gives the same coefficients without the metadata")
    func nothing() throws {
        let file = try PatchFixture(name: "restarts-progressive", orientation: .left).data()
        let upright = size.transposed
        let result = try JPEGPatch.replacing(
            in: file, with: Bitmap(size: upright, format: .rgb8), touched: Mask(size: upright, filledWith: 0))
        let (before, after) = try (ImageDecoder.decode(file), ImageDecoder.decode(result.data))
        #expect(after.bitmap == before.bitmap)
        #expect(after.header.metadata == [.exif])
    }
}
