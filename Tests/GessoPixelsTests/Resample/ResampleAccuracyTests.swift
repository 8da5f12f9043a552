import Foundation
import GessoPixels
import Testing

@Suite("Accuracy of resampling")
struct ResampleAccuracyTests {
    static let filters: [ResampleFilter] = [.box, .triangle, .hamming, .catmullRom, .mitchell, .lanczos3]

    /// The largest difference of premultiplied samples, in levels.
    private func distance(_ result: Bitmap, _ expected: [Double]) -> Double {
        var largest = 0.0
        for (a, b) in zip(ResampleReference.premultiplied(result), expected) { largest = max(largest, abs(a - b)) }
        return largest
    }

    @Test(
        "Within one level of exact arithmetic on premultiplied pixels, noise being the worst case", arguments: filters)
    func exact(filter: ResampleFilter) throws {
        let sizes = [(41, 37, 13, 9), (23, 19, 40, 33), (64, 3, 7, 3), (5, 70, 6, 4), (300, 9, 3, 5), (2, 2, 9, 9)]
        for format in allFormats {
            for (width, height, newWidth, newHeight) in sizes {
                let image = try TestImages.noise(Size(width: width, height: height), format, seed: 21)
                let target = Size(width: newWidth, height: newHeight)
                let result = try image.resized(to: target, filter: filter)
                let expected = ResampleReference.resize(image, to: target, filter: filter)
                #expect(distance(result, expected) <= (format.hasAlpha && format.bitsPerChannel == 8 ? 1 : 0.6))
            }
        }
    }

    @Test("Within one level of exact arithmetic in linear light, of straight color", arguments: filters)
    func linearLight(filter: ResampleFilter) throws {
        let sizes = [(41, 37, 13, 9), (23, 19, 40, 33), (64, 3, 7, 3), (5, 70, 6, 4), (300, 9, 3, 5), (2, 2, 9, 9)]
        for format in allFormats {
            for (width, height, newWidth, newHeight) in sizes {
                let image = try TestImages.noise(Size(width: width, height: height), format, seed: 23)
                let target = Size(width: newWidth, height: newHeight)
                let result = try image.resized(to: target, filter: filter, inLinearLight: true)
                let expected = ResampleReference.resize(image, to: target, filter: filter, space: .linear)
                #expect(distance(result, expected) <= 1, "\(format) \(image.size) to \(target)")
            }
        }
    }

    @Test(
        "16 bits in linear light are within two steps of exact arithmetic", arguments: [ResampleFilter.box, .lanczos3])
    func linear16(filter: ResampleFilter) throws {
        let image = try TestImages.noise(Size(width: 61, height: 700), .rgb16, seed: 24)
        // 700 rows to one use more rows than are held at a time.
        for target in [Size(width: 17, height: 1), Size(width: 9, height: 300), Size(width: 80, height: 720)] {
            let result = try image.resized(to: target, filter: filter, inLinearLight: true)
            let expected = ResampleReference.resize(image, to: target, filter: filter, space: .linear)
            #expect(distance(result, expected) * 257 <= 2)
        }
    }

    @Test("Linear light keeps every level of a constant image", arguments: [Bitmap.Format.gray8, .rgb8, .rgba8])
    func linearConstants(format: Bitmap.Format) throws {
        for level in UInt8.min...UInt8.max {
            let image = try TestImages.make(Size(width: 9, height: 7), format) { _, _, c in c == 3 ? 255 : level }
            let result = try image.resized(to: Size(width: 5, height: 4), inLinearLight: true)
            #expect(
                result.samples.enumerated().allSatisfy { $1 == (format == .rgba8 && $0 % 4 == 3 ? 255 : UInt16(level)) }
            )
        }
    }

    @Test("A part of the image in fractional pixels is scaled like the reference", arguments: filters)
    func fractionalPart(filter: ResampleFilter) throws {
        let image = try TestImages.noise(Size(width: 200, height: 40), .rgb8, seed: 22)
        let box = Box(left: 130.4, top: 3.7, right: 171.9, bottom: 30.2)
        for target in [Size(width: 19, height: 12), Size(width: 55, height: 60)] {
            let result = try image.resized(to: target, from: box, filter: filter)
            #expect(distance(result, ResampleReference.resize(image, to: target, from: box, filter: filter)) <= 0.6)
        }
    }

    @Test("Opaque rows next to transparent ones give the same result as if all were transparent")
    func mixedRows() throws {
        let image = try TestImages.make(Size(width: 40, height: 60), .rgba8) { x, y, c in
            c == 3 ? (y < 30 ? 255 : UInt8(x * 6)) : UInt8((x * 31 + y * 17 + c * 80) % 256)
        }
        let target = Size(width: 23, height: 35)
        let result = try image.resized(to: target)
        #expect(distance(result, ResampleReference.resize(image, to: target, filter: .lanczos3)) <= 1)
        #expect((0..<10).allSatisfy { result.sample(5, $0, 3) == 255 })
    }

    @Test("Agrees with Pillow in floating point")
    func pillow() throws {
        let size = Size(width: 23, height: 19)
        // The formula of make_goldens.py.
        let image = try TestImages.make(size, .rgba8) { x, y, c in
            if c == 3 { return UInt8(max(0, min(255, 300 - 20 * abs(x - 11) - 16 * abs(y - 9)))) }
            return UInt8((x * (37 + 14 * c) + y * (53 - 11 * c) + 97 * c * ((x / 5 + y / 4) % 2)) % 256)
        }
        let goldens = try ResampleGolden.all()
        #expect(goldens.count == 42)
        for golden in goldens {
            let result = try image.resized(to: golden.size, from: golden.box, filter: golden.filter)
            #expect(
                distance(result, golden.premultiplied) <= 1, "\(golden.filter) to \(golden.size) from \(golden.box)")
        }
    }
}

/// One record of Fixtures/resample/goldens.bin.
private struct ResampleGolden {
    let filter: ResampleFilter
    let size: Size
    let box: Box
    let premultiplied: [Double]

    static func all() throws -> [ResampleGolden] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Fixtures/resample/goldens.bin")
        var rest = try Data(contentsOf: file)[...]
        var goldens: [ResampleGolden] = []
        while let newline = rest.firstIndex(of: 10) {
            let words = String(decoding: rest[..<newline], as: UTF8.self).split(separator: " ")
            let numbers = words.dropFirst().compactMap { Double($0) }
            try #require(numbers.count == 6)
            let size = Size(width: Int(numbers[0]), height: Int(numbers[1]))
            rest = rest[(newline + 1)...]
            let samples = Array(rest.prefix(size.width * size.height * 8))
            rest = rest.dropFirst(samples.count)
            func sample(_ index: Int) -> Double {
                Double(Int16(bitPattern: UInt16(samples[2 * index]) | UInt16(samples[2 * index + 1]) << 8)) / 64
            }
            let values = ResampleReference.shown((0..<samples.count / 2).map(sample), channels: 4)
            goldens.append(
                ResampleGolden(
                    filter: try #require(ResampleFilter(rawValue: String(words[0]))), size: size,
                    box: Box(left: numbers[2], top: numbers[3], right: numbers[4], bottom: numbers[5]),
                    premultiplied: values))
        }
        return goldens
    }
}
