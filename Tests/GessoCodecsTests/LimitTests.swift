import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Every limit lets its own value pass and refuses one more.
@Suite struct LimitTests {
    func code(_ data: Data, _ limits: DecodeLimits) -> GessoError.Code? {
        do throws(GessoError) {
            _ = try ImageDecoder.decode(data, options: DecodeOptions(limits: limits))
            return nil
        } catch {
            return error.code
        }
    }

    @Test("The defaults are those of the threat model")
    func defaults() {
        let limits = DecodeLimits.default
        #expect(limits.byteCount == 50_000_000)
        #expect(limits.pixelCount == 50_000_000)
        #expect(limits.sideLength == 16_384)
        #expect(limits.chunkCount == 1_000)
        #expect(limits.profileByteCount == 4 << 20)
        #expect(limits.scanCount == 100)
        #expect(limits.cpuSeconds == 10)
        #expect(limits.formats == [.png, .jpeg, .webp])
    }

    @Test("Bytes, pixels and sides of any format", arguments: ["rgb8.png", "j420.jpg", "wlossy.webp"])
    func sizes(name: String) throws {
        let data = try Fixture.data(name)
        let size = try ImageHeader(probing: data).size
        var limits = DecodeLimits()
        limits.byteCount = data.count
        limits.pixelCount = size.width * size.height
        limits.sideLength = size.longEdge
        #expect(code(data, limits) == nil)
        limits.byteCount = data.count - 1
        #expect(code(data, limits) == .tooManyBytes)
        limits.byteCount = data.count
        limits.pixelCount -= 1
        #expect(code(data, limits) == .tooManyPixels)
        limits.pixelCount += 1
        limits.sideLength -= 1
        #expect(code(data, limits) == .sideTooLong)
    }

    @Test(
        "Headers of impossible size are refused before anything is allocated",
        arguments: [
            (16_385, 1), (1, 16_385), (60_000, 60_000), (0x7FFF_FFFF, 0x7FFF_FFFF), (10_000, 5_001), (0, 5), (5, 0),
        ])
    func header(width: Int, height: Int) throws {
        let file = PNGBuilder.file(width: width, height: height, color: 6, rows: [0])
        let longest = max(width, height)
        let expected: GessoError.Code =
            min(width, height) == 0 ? .corrupt : longest > 16_384 ? .sideTooLong : .tooManyPixels
        #expect(code(file, .default) == expected)
    }

    @Test("Chunks of a PNG")
    func chunks() {
        func file(_ count: Int) -> Data {
            let text = (0..<count).flatMap { _ in PNGBuilder.chunk("tEXt", [65, 0, 66]) }
            return PNGBuilder.file(width: 1, height: 1, color: 0, before: text, rows: [0, 7])
        }
        // IHDR counts; the pixel data and the end do not.
        #expect(code(file(999), .default) == nil)
        #expect(code(file(1000), .default) == .limitExceeded)
    }

    @Test("Bytes of a profile, inflated or gathered")
    func profiles() throws {
        let bitmap = try Bitmap.textured(Size(width: 9, height: 9), .rgb8)
        for encoding in [ImageEncoding.png, .jpeg, .webp] {
            let file = try ImageEncoder.encode(bitmap, as: encoding, profile: .displayP3)
            var limits = DecodeLimits()
            limits.profileByteCount = ColorProfile.displayP3.icc.count
            #expect(code(file.data, limits) == nil)
            limits.profileByteCount -= 1
            #expect(code(file.data, limits) == .limitExceeded)
        }
    }

    @Test("Scans of a JPEG, counted before the first is decoded")
    func scans() throws {
        let data = try Fixture.data("jprogressive.jpg")
        let scans = (0..<data.count - 1).count { data[$0] == 0xFF && data[$0 + 1] == 0xDA }
        var limits = DecodeLimits()
        limits.scanCount = scans
        #expect(code(data, limits) == nil)
        limits.scanCount = scans - 1
        #expect(code(data, limits) == .limitExceeded)
        // A flood: the last scan a hundred times more.
        let last = try #require((0..<data.count - 1).last { data[$0] == 0xFF && data[$0 + 1] == 0xDA })
        let scan = data[last..<data.count - 2]
        let flood = data.prefix(data.count - 2) + (0..<100).reduce(into: Data()) { all, _ in all.append(scan) }
        #expect(code(flood + Data([0xFF, 0xD9]), .default) == .limitExceeded)
    }

    @Test("Memory that libjpeg wants for itself")
    func workingMemory() throws {
        var limits = DecodeLimits()
        let bitmap = try Bitmap.textured(Size(width: 300, height: 300), .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: .jpeg(progressive: true))
        limits.workingByteCount = 1_000_000
        #expect(code(file.data, limits) == nil)
        limits.workingByteCount = 100_000
        #expect(code(file.data, limits) == .limitExceeded)
    }

    @Test("Time")
    func time() throws {
        let bitmap = try Bitmap.textured(Size(width: 700, height: 700), .rgb8)
        let file = try ImageEncoder.encode(bitmap, as: .jpeg)
        var limits = DecodeLimits()
        limits.cpuSeconds = 1e-9
        #expect(code(file.data, limits) == .limitExceeded)
    }

    @Test("Formats")
    func formats() throws {
        var limits = DecodeLimits()
        limits.formats = [.png]
        #expect(code(try Fixture.data("j420.jpg"), limits) == .unsupportedFormat)
    }
}
