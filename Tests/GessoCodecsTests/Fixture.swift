import Foundation
import GessoPixels
import Testing

/// The fixture files beside the tests.
enum Fixture {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Fixtures/codecs")

    static func data(_ name: String) throws -> Data {
        try Data(contentsOf: folder.appendingPathComponent(name))
    }

    /// A file of the cases that were found in the field.
    static func caseFile(_ name: String) throws -> Data {
        try Data(contentsOf: folder.deletingLastPathComponent().appendingPathComponent("cases/\(name)"))
    }

    /// The sorted names of all files with that extension, without the extension.
    static func names(_ fileExtension: String) -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".\(fileExtension)") }
            .map { String($0.dropLast(fileExtension.count + 1)) }.sorted()
    }

    /// The pixels of a PAM file: `depth` channels of 8 bits, or of 16 bits in network order, depending on its maximum.
    static func pixels(_ name: String) throws -> Bitmap {
        let data = try data(name)
        let end = try #require(data.firstRange(of: Data("ENDHDR\n".utf8)))
        var values: [String: Int] = [:]
        for line in String(decoding: data[..<end.lowerBound], as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { values[String(words[0])] = Int(words[1]) }
        }
        let size = Size(width: try #require(values["WIDTH"]), height: try #require(values["HEIGHT"]))
        let deep = values["MAXVAL"] == 65_535
        let format: Bitmap.Format =
            switch values["DEPTH"] {
            case 1: deep ? .gray16 : .gray8
            case 3: deep ? .rgb16 : .rgb8
            default: deep ? .rgba16 : .rgba8
            }
        return try Bitmap.of(size, format) { index in
            let samples = data[end.upperBound...]
            let start = samples.startIndex
            guard deep else { return UInt16(samples[start + index]) }
            return UInt16(samples[start + 2 * index]) << 8 | UInt16(samples[start + 2 * index + 1])
        }
    }
}

extension Bitmap {
    /// A bitmap with samples from `sample`, which gets the index of each sample in row-major order without padding.
    static func of(_ size: Size, _ format: Bitmap.Format, sample: (Int) -> UInt16) throws -> Bitmap {
        var bitmap = try Bitmap(size: size, format: format)
        let (stride, perRow) = (bitmap.bytesPerRow, size.width * format.channels)
        try bitmap.withMutableBytes { bytes throws(GessoError) in
            for y in 0..<size.height {
                for i in 0..<perRow {
                    let value = sample(y * perRow + i)
                    if format.bitsPerChannel == 8 {
                        bytes.storeBytes(
                            of: UInt8(truncatingIfNeeded: value), toByteOffset: y * stride + i, as: UInt8.self)
                    } else {
                        bytes.storeBytes(of: value, toByteOffset: y * stride + 2 * i, as: UInt16.self)
                    }
                }
            }
        }
        return bitmap
    }

    /// All samples in row-major order, without padding.
    var samples: [UInt16] {
        var result: [UInt16] = []
        result.reserveCapacity(size.width * size.height * format.channels)
        for y in 0..<size.height {
            withRow(y) { row in
                for i in 0..<size.width * format.channels {
                    if format.bitsPerChannel == 8 {
                        result.append(UInt16(row.unsafeLoad(fromByteOffset: i, as: UInt8.self)))
                    } else {
                        result.append(row.unsafeLoad(fromByteOffset: 2 * i, as: UInt16.self))
                    }
                }
            }
        }
        return result
    }

    /// A smooth image with some texture, in which neighboring samples differ.
    static func textured(_ size: Size, _ format: Bitmap.Format, seed: UInt64 = 1) throws -> Bitmap {
        var random = Noise(seed: seed)
        let perRow = size.width * format.channels
        return try of(size, format) { index in
            let (x, y) = (index % perRow, index / perRow)
            let value = (x * 3 + y * 5) / 4 + Int(random.next() >> 60)
            return format.bitsPerChannel == 8
                ? UInt16(truncatingIfNeeded: value & 255) : UInt16(truncatingIfNeeded: value &* 179)
        }
    }
}

/// A generator of the same numbers on every machine.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }

    /// A number from 0 up to `bound`, exclusive.
    mutating func below(_ bound: Int) -> Int { Int(next() >> 33) % max(1, bound) }
}
