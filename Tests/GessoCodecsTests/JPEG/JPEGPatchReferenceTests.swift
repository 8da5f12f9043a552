import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// The same checks as in `JPEGPatchTests`, for random edits and with libjpeg-turbo's own program as the decoder.
@Suite("JPEG stays JPEG, says djpeg", .enabled(if: Judge.isHere, "djpeg is not installed"))
struct JPEGPatchReferenceTests {
    @Test("A hundred random edits", arguments: 0..<100)
    func randomEdit(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        // 25 files and 8 orientations: every pair occurs, because the numbers are coprime.
        var fixture = PatchFixture.all[seed % PatchFixture.all.count]
        fixture.orientation = .allCases[seed % 8]
        let upright = fixture.orientation.upright(Size(width: 83, height: 61))
        let ellipse = Rect(
            x: .random(in: -5...upright.width - 6, using: &random),
            y: .random(in: -5...upright.height - 6, using: &random),
            width: .random(in: 8...30, using: &random), height: .random(in: 8...30, using: &random))
        let edit = try PatchedFile(
            fixture.data(), ellipse: ellipse, feather: .random(in: 0...8, using: &random), turn: seed)

        let stored = try edit.touched.oriented(fixture.orientation.inverse)
        let layout = try JPEGLayout(probing: edit.original)
        let near = stored.reaching(layout.mcu)
        let (before, after) = try (Judge.pixels(of: edit.original), Judge.pixels(of: edit.result.data))
        let channels = before.count / near.count
        #expect(before.count == after.count && channels * near.count == before.count)
        let changed = near.indices.filter { pixel in
            let samples = pixel * channels..<(pixel + 1) * channels
            return !near[pixel] && before[samples] != after[samples]
        }
        #expect(changed.isEmpty)
    }
}

/// libjpeg-turbo's decoder as a program.
private enum Judge {
    static let program = "/usr/bin/djpeg"
    static let isHere = FileManager.default.isExecutableFile(atPath: program)

    /// The samples of the stored image in row-major order.
    static func pixels(of file: Data) throws -> [UInt8] {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let (source, target) = (directory.appendingPathComponent("in.jpg"), directory.appendingPathComponent("out.pnm"))
        try file.write(to: source)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-dct", "int", "-pnm", "-outfile", target.path, source.path]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        // P5 or P6, width, height and 255, on one or two lines.
        let image = try Data(contentsOf: target)
        var position = image.startIndex
        for _ in 0..<3 { position = (image[position...].firstIndex(of: 10) ?? position) + 1 }
        return [UInt8](image[position...])
    }
}
