import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// The files of Tests/Fixtures/heif, and the pixels that other programs decode from them.
enum HEIFFixture {
    /// Whether the package was built with the trait HEIF.
    static let isAvailable = CodecVersions.all["libheif"] != nil

    static func data(_ name: String) throws -> Data { try Fixture.data("../heif/\(name)") }

    static func pixels(_ name: String) throws -> Bitmap {
        try Fixture.pixels("../heif/\(name.replacingOccurrences(of: ".", with: "-")).pam")
    }

    /// All fixture files, sorted.
    static let names: [String] = {
        let folder = Fixture.folder.appendingPathComponent("../heif")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".heic") || $0.hasSuffix(".avif") }.sorted()
    }()

    /// The position in `file` of the content of the first box of that type.
    static func position(of type: String, in file: [UInt8]) throws -> Int {
        let name = Array(type.utf8)
        return try #require((4..<file.count - 4).first { Array(file[$0..<$0 + 4]) == name }) + 4
    }

    /// The decoded image with the rotation and mirroring of its file applied.
    static func upright(_ data: Data, options: ImageDecoder.Options = ImageDecoder.Options()) throws -> Bitmap {
        let output = try ImageDecoder.decode(data, options: options)
        return try output.bitmap.oriented(output.header.orientation)
    }
}

/// How far two bitmaps are apart.
struct SampleDistance {
    let largest: Int
    let mean: Double

    /// In levels of the bitmaps' depth. If only one of them is gray or has no alpha, only shared channels count.
    init(_ a: Bitmap, _ b: Bitmap) throws {
        try #require(a.size == b.size)
        let (left, right) = (a.samples.map(Int.init), b.samples.map(Int.init))
        let (m, n) = (a.format.channels, b.format.channels)
        let shared = min(m, n)
        let differences = (0..<a.size.width * a.size.height).flatMap { pixel in
            (0..<shared).map { abs(left[pixel * m + $0] - right[pixel * n + $0]) }
        }
        largest = differences.max() ?? 0
        mean = Double(differences.reduce(0, +)) / Double(max(1, differences.count))
    }
}
