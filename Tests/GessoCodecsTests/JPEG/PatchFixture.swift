import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// A file of Fixtures/jpeg-patch, with an orientation and with metadata that must be removed.
struct PatchFixture: CustomTestStringConvertible {
    let name: String
    var orientation = Orientation.up

    static let canary = "CANARY-7c1f"

    static let samplings = ["444", "422", "440", "420", "411", "410", "mixed"]
    static let all: [PatchFixture] =
        ((samplings + ["gray", "rgb", "arithmetic", "restarts", "scans"])
        .flatMap { ["\($0)-baseline", "\($0)-progressive"] } + ["coarse-baseline"]).map { PatchFixture(name: $0) }

    /// Every fixture in two orientations, so that each orientation occurs with six of them, and 4:2:0 in all eight.
    static let turned: [PatchFixture] =
        all.enumerated().flatMap { index, fixture in
            [2 * index, 2 * index + 5].map { PatchFixture(name: fixture.name, orientation: .allCases[$0 % 8]) }
        } + Orientation.allCases.map { PatchFixture(name: "420-baseline", orientation: $0) }

    var testDescription: String { "\(name), orientation \(orientation.rawValue)" }

    static func file(_ name: String) throws -> Data {
        try Data(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../Fixtures/jpeg-patch/\(name).jpg"))
    }

    /// The file with EXIF (orientation, camera, location), XMP and a comment inserted after its first marker.
    func data() throws -> Data {
        let file = try Self.file(name)
        let canary = Data(Self.canary.utf8)
        var extra = segment(0xE1, Data("Exif\0\0".utf8) + exif)
        extra += segment(0xE1, Data("http://ns.adobe.com/xap/1.0/\0".utf8) + canary)
        extra += segment(0xED, Data("Photoshop 3.0\0".utf8) + canary)
        extra += segment(0xFE, canary)
        return file.prefix(2) + extra + file.dropFirst(2) + canary
    }

    private func segment(_ marker: UInt8, _ body: Data) -> Data {
        Data([0xFF, marker, UInt8((body.count + 2) >> 8), UInt8((body.count + 2) & 255)]) + body
    }

    /// Little endian: make, orientation, and a GPS directory with a location as text.
    private var exif: Data {
        func little(_ value: Int, _ count: Int) -> Data { Data((0..<count).map { UInt8(value >> (8 * $0) & 255) }) }
        func entry(_ tag: Int, _ type: Int, _ count: Int, _ value: Int) -> Data {
            little(tag, 2) + little(type, 2) + little(count, 4) + little(value, 4)
        }
        let text = Data(Self.canary.utf8) + [0]
        let directory = 2 + 3 * 12 + 4
        let gps = 8 + directory + text.count
        var block = Data("II".utf8) + little(42, 2) + little(8, 4) + little(3, 2)
        block += entry(0x010F, 2, text.count, 8 + directory)
        block += entry(0x0112, 3, 1, orientation.rawValue)
        block += entry(0x8825, 4, 1, gps) + little(0, 4) + text
        block += little(1, 2) + entry(0x0002, 2, text.count, gps + 18) + little(0, 4) + text
        return block
    }
}

/// An edit of a file, and its result.
struct PatchedFile {
    let original: Data
    /// The requested edit, upright.
    let wanted: Bitmap
    let touched: Mask
    let result: EncodedImage

    /// Draws smooth colors into an ellipse of the upright image, with a soft edge.
    init(
        _ original: Data, ellipse: Rect = Rect(x: 23, y: 18, width: 17, height: 13), feather: Int = 3, turn: Int = 0
    ) throws {
        self.original = original
        let decoded = try ImageDecoder.decode(original)
        let upright = try decoded.bitmap.oriented(decoded.header.orientation)
        touched = try Mask.ellipse(in: ellipse, size: upright.size).feathered(radius: feather)
        var paint = try Bitmap(size: upright.size, format: upright.format)
        let (stride, channels) = (paint.bytesPerRow, paint.format.channels)
        try paint.withMutableBytes { bytes throws(GessoError) in
            for y in 0..<upright.height {
                for x in 0..<upright.width * channels {
                    let value = 60 + 50 * ((x + turn) % channels) + 3 * y - 2 * (x / channels) + 9 * turn
                    bytes.storeBytes(of: UInt8(clamping: value), toByteOffset: y * stride + x, as: UInt8.self)
                }
            }
        }
        wanted = try upright.replacing(with: paint, where: touched)
        result = try JPEGPatch.replacing(in: original, with: wanted, touched: touched)
    }
}

extension Bitmap {
    /// One 8-bit sample.
    func sample(_ x: Int, _ y: Int, _ channel: Int = 0) -> Int {
        withRow(y) { row in Int(row.unsafeLoad(fromByteOffset: x * format.channels + channel, as: UInt8.self)) }
    }

    /// The peak signal-to-noise ratio in dB of the pixels that `mask` covers by at least `least`.
    func psnr(against other: Bitmap, where mask: Mask, atLeast least: UInt8) -> Double {
        var (sum, count) = (0.0, 0.0)
        for y in 0..<height {
            for x in 0..<width where mask[x, y] >= least {
                for channel in 0..<format.channels {
                    let difference = Double(sample(x, y, channel) - other.sample(x, y, channel))
                    sum += difference * difference
                    count += 1
                }
            }
        }
        return sum == 0 ? .infinity : 10 * log10(255 * 255 * count / sum)
    }
}

extension Mask {
    /// For every pixel in row-major order, whether a covered pixel is at most `reach` away.
    func reaching(_ reach: Size) -> [Bool] {
        var result = [Bool](repeating: false, count: size.width * size.height)
        for y in 0..<size.height {
            for x in 0..<size.width where self[x, y] > 0 {
                let (left, right) = (max(0, x - reach.width), min(size.width - 1, x + reach.width))
                for row in max(0, y - reach.height)...min(size.height - 1, y + reach.height) {
                    for column in left...right { result[row * size.width + column] = true }
                }
            }
        }
        return result
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
