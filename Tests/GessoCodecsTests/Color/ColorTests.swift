import Foundation
import GessoCodecs
import GessoPixels
import Testing

@Suite struct ColorTests {
    /// IEC 61966-2-1.
    static func light(_ value: Double) -> Double {
        value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }

    static func encoded(_ light: Double) -> Double {
        let value = min(max(light, 0), 1)
        return value <= 0.0031308 ? value * 12.92 : 1.055 * pow(value, 1 / 2.4) - 0.055
    }

    /// Display P3 to sRGB by the matrix of their primaries (CSS Color 4, section 17), in 0…1.
    static func fromP3(_ p3: [Double]) -> [Double] {
        let linear = p3.map(light)
        let matrix = [1.2249401, -0.2249402, 0, -0.0420570, 1.0420571, 0, -0.0196376, -0.0786361, 1.0982736]
        return (0..<3).map { row in encoded((0..<3).reduce(0.0) { $0 + matrix[row * 3 + $1] * linear[$1] }) }
    }

    @Test(
        "Display P3 converts to sRGB within one level, with alpha unchanged",
        arguments: [Bitmap.Format.rgb8, .rgba8, .rgb16, .rgba16])
    func displayP3(format: Bitmap.Format) throws {
        let top = format.bitsPerChannel == 8 ? 255.0 : 65_535
        var noise = Noise(seed: 4)
        let bitmap = try Bitmap.of(Size(width: 64, height: 16), format) { _ in UInt16(noise.below(Int(top) + 1)) }
        let converted = try bitmap.converted(from: .displayP3, to: nil)
        let (before, after) = (bitmap.samples, converted.samples)
        let tolerance = format.bitsPerChannel == 8 ? 1.0 : 40
        for pixel in 0..<64 * 16 {
            let at = pixel * format.channels
            let expected = Self.fromP3((0..<3).map { Double(before[at + $0]) / top })
            for channel in 0..<3 {
                #expect(abs(Double(after[at + channel]) - expected[channel] * top) <= tolerance)
            }
            if format.hasAlpha { #expect(after[at + 3] == before[at + 3]) }
        }
    }

    @Test("Converting between equal profiles, or between sRGB profiles of any name, returns the same storage")
    func identity() throws {
        let bitmap = try Bitmap.textured(Size(width: 20, height: 10), .rgb8)
        let pairs: [(ColorProfile?, ColorProfile?)] = [
            (nil, nil), (.sRGB, nil), (nil, .sRGB), (.displayP3, .displayP3),
        ]
        for (from, to) in pairs {
            #expect(try bitmap.converted(from: from, to: to) == bitmap)
        }
    }

    @Test("Converting there and back is within one level for colors inside sRGB")
    func thereAndBack() throws {
        let bitmap = try Bitmap.textured(Size(width: 50, height: 40), .rgb8)
        let back = try bitmap.converted(from: nil, to: .displayP3).converted(from: .displayP3, to: nil)
        for (a, b) in zip(bitmap.samples, back.samples) { #expect(abs(Int(a) - Int(b)) <= 1) }
    }

    @Test("Gray bitmaps stay gray and convert by a gray profile")
    func gray() throws {
        let bitmap = try Bitmap.of(Size(width: 16, height: 16), .gray8) { UInt16($0) }
        #expect(try bitmap.converted(from: .sRGB, to: nil) == bitmap)
        let error = #expect(throws: GessoError.self) { try bitmap.converted(from: .displayP3, to: nil) }
        #expect(error?.code == .invalidProfile)
    }

    @Test("Gray with alpha keeps a gray profile only in PNG, since an AVIF has color then")
    func grayWithAlpha() throws {
        let gray = try #require(try ImageDecoder.decode(Fixture.caseFile("la_icc_gamma1.8.png")).profile)
        let bitmap = try Bitmap.of(Size(width: 4, height: 4), .rgba8) { UInt16($0 % 4 == 3 ? 100 + $0 : $0 / 4 * 15) }
        let png = try bitmap.fitting(gray, in: .png)
        #expect(png.bitmap == bitmap && png.profile == gray && png.warning == nil)
        let avif = try bitmap.fitting(gray, in: .avif)
        let converted = try bitmap.converted(from: gray, to: nil)
        #expect(avif.bitmap == converted && avif.bitmap != bitmap)
        #expect(avif.profile == nil && avif.warning != nil)
        let opaque = try Bitmap.of(Size(width: 4, height: 4), .rgb8) { UInt16($0 / 3 * 15) }
        for format in [ImageFormat.png, .jpeg, .avif] {
            let fitted = try opaque.fitting(gray, in: format)
            #expect(fitted.bitmap.format == .gray8 && fitted.profile == gray && fitted.warning == nil)
        }
    }

    @Test("Generated profiles are recognized")
    func ownProfiles() throws {
        let sRGB = try ColorProfile(icc: ColorProfile.sRGB.icc)
        #expect(sRGB.isSRGB && sRGB.description == "sRGB")
        let p3 = try ColorProfile(icc: ColorProfile.displayP3.icc)
        #expect(!p3.isSRGB && p3.description == "Display P3" && p3 == .displayP3)
    }

    @Test("A profile truncated at any byte is refused")
    func broken() {
        let icc = ColorProfile.sRGB.icc
        for count in 0..<icc.count {
            let error = #expect(throws: GessoError.self) { try ColorProfile(icc: icc.prefix(count)) }
            #expect(error?.code == .invalidProfile)
        }
    }

    @Test("A damaged profile in a file is an error or a warning, by option")
    func brokenInFile() throws {
        var noise = Noise(seed: 1)
        let rubbish = (0..<300).map { _ in UInt8(noise.below(256)) }
        let chunk = PNGBuilder.chunk("iCCP", [65, 0, 0] + PNGBuilder.zlib(rubbish))
        let file = PNGBuilder.file(width: 1, height: 1, color: 2, before: chunk, rows: [0, 10, 20, 30])
        let image = try ImageDecoder.decode(file)
        #expect(image.profile == nil && image.warnings.count == 1)
        let error = #expect(throws: GessoError.self) {
            try ImageDecoder.decode(file, options: ImageDecoder.Options(refusesBrokenProfile: true))
        }
        #expect(error?.code == .invalidProfile)
    }

    @Test("A profile for another number of channels is not used")
    func mismatched() throws {
        let profile = PNGBuilder.chunk("iCCP", [65, 0, 0] + PNGBuilder.zlib([UInt8](ColorProfile.displayP3.icc)))
        let gray = PNGBuilder.file(width: 1, height: 1, color: 0, before: profile, rows: [0, 10])
        let image = try ImageDecoder.decode(gray)
        #expect(image.profile == nil && image.warnings.count == 1)
    }

    static func png(_ chunks: [(String, [UInt8])]) -> Data {
        let before = chunks.flatMap { PNGBuilder.chunk($0.0, $0.1) }
        return PNGBuilder.file(width: 1, height: 1, color: 2, before: before, rows: [0, 200, 100, 50])
    }

    static let gamma: (String, [UInt8]) = ("gAMA", PNGBuilder.number(100_000))

    @Test("cICP takes precedence over iCCP, and iCCP over sRGB")
    func precedence() throws {
        let p3: (String, [UInt8]) = ("iCCP", [65, 0, 0] + PNGBuilder.zlib([UInt8](ColorProfile.displayP3.icc)))
        func kind(_ chunks: [(String, [UInt8])]) throws -> ImageHeader.ProfileKind {
            try ImageHeader(probing: Self.png(chunks)).profileKind
        }
        #expect(try kind([p3, ("cICP", [1, 13, 0, 1])]) == .sRGB)
        #expect(try kind([("cICP", [12, 13, 0, 1])]) == .displayP3)
        #expect(try kind([("sRGB", [0]), p3]) == .displayP3)
        #expect(try kind([("sRGB", [0]), Self.gamma]) == .none)
        #expect(try ImageDecoder.decode(Self.png([("cICP", [9, 16, 0, 1])])).warnings.count == 1)
    }

    @Test("gAMA is used only on request, as a power function")
    func gamma() throws {
        let file = Self.png([Self.gamma])
        #expect(try ImageDecoder.decode(file).profile == nil)
        let image = try ImageDecoder.decode(file, options: ImageDecoder.Options(honorsGamma: true))
        let converted = try image.bitmap.converted(from: image.profile, to: nil)
        for (value, raw) in zip(converted.samples, [200.0, 100, 50]) {
            #expect(abs(Double(value) - Self.encoded(raw / 255) * 255) <= 1)
        }
        let sRGBLike = Self.png([("gAMA", PNGBuilder.number(45_455))])
        #expect(try ImageDecoder.decode(sRGBLike, options: ImageDecoder.Options(honorsGamma: true)).profile == nil)
    }

    @Test("CMYK is decoded to sRGB, with inks inverted as in files")
    func cmyk() throws {
        let image = try ImageDecoder.decode(try Fixture.data("jcmyk.jpg"))
        let rgb = try ImageDecoder.decode(try Fixture.data("j444.jpg"))
        #expect(image.profile == nil && image.bitmap.format == .rgb8)
        let difference = zip(image.bitmap.samples, rgb.bitmap.samples).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        #expect(difference / image.bitmap.samples.count < 4)
    }
}
