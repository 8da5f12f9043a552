import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite("Processing elements of a color profile")
struct ICCProcessingElementsTests {
    private static func problem(_ body: [UInt8], name: String = "D2B1") -> String? {
        do throws(GessoError) {
            _ = try ColorProfile(icc: ICCBuilder.profile([(name, body)]))
            return nil
        } catch {
            return error.code == .invalidProfile ? error.message : "\(error)"
        }
    }

    @Test("A profile of a few elements and curve segments is used")
    func few() throws {
        let profile = try ColorProfile(icc: ICCBuilder.profile([("D2B1", ICCBuilder.elements(3, ICCBuilder.matrix()))]))
        let bitmap = try Bitmap.textured(Size(width: 9, height: 5), .rgb8)
        #expect(try bitmap.converted(from: profile, to: nil).size == bitmap.size)
        #expect(Self.problem(ICCBuilder.elements(2, ICCBuilder.curves(segments: 4))) == nil)
    }

    @Test("Elements are counted for each entry, also if entries share one", arguments: [129, 10_000, 400_000])
    func manyElements(count: Int) {
        #expect(Self.problem(ICCBuilder.elements(128, ICCBuilder.matrix())) == nil)
        for name in ["D2B0", "D2B1", "B2D1", "priv"] {
            #expect(Self.problem(ICCBuilder.elements(count, ICCBuilder.matrix()), name: name)?.contains("128") == true)
        }
    }

    @Test("Segments of all curves count like elements")
    func manySegments() {
        // One element and three curves.
        #expect(Self.problem(ICCBuilder.elements(1, ICCBuilder.curves(segments: 42))) == nil)
        #expect(Self.problem(ICCBuilder.elements(1, ICCBuilder.curves(segments: 43)))?.contains("128") == true)
        #expect(Self.problem(ICCBuilder.elements(2, ICCBuilder.curves(segments: 21))) == nil)
        #expect(Self.problem(ICCBuilder.elements(2, ICCBuilder.curves(segments: 22)))?.contains("128") == true)
        #expect(Self.problem(ICCBuilder.elements(1, ICCBuilder.curves(segments: 60_000)))?.contains("128") == true)
    }

    @Test("Elements of many channels are refused", arguments: [(5, 3), (3, 5), (15, 3), (65_535, 1)])
    func manyChannels(inputs: Int, outputs: Int) {
        var element = ICCBuilder.matrix(3, 3)
        element[8...11] = [UInt8(inputs >> 8), UInt8(inputs & 255), UInt8(outputs >> 8), UInt8(outputs & 255)]
        #expect(Self.problem(ICCBuilder.elements(1, element))?.contains("4 channels") == true)
    }

    @Test("Elements and curves outside their tag are refused, with the tag truncated at any byte")
    func cut() throws {
        let body = ICCBuilder.elements(2, ICCBuilder.curves(segments: 1))
        for count in 4..<16 + 16 + 12 { #expect(Self.problem(Array(body[..<count])) != nil, "\(count)") }
    }

    @Test("A file with such a profile is decoded as sRGB with a warning")
    func file() throws {
        let icc = ICCBuilder.profile([("D2B1", ICCBuilder.elements(10_000, ICCBuilder.matrix()))])
        let chunk = PNGBuilder.chunk("iCCP", [65, 0, 0] + PNGBuilder.zlib([UInt8](icc)))
        let file = PNGBuilder.file(width: 1, height: 1, color: 2, before: chunk, rows: [0, 1, 2, 3])
        let image = try ImageDecoder.decode(file)
        #expect(image.profile == nil && image.warnings.count == 1)
        let error = #expect(throws: GessoError.self) {
            try ImageDecoder.decode(file, options: ImageDecoder.Options(refusesBrokenProfile: true))
        }
        #expect(error?.code == .invalidProfile)
    }
}
