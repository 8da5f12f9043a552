import CGessoCodecs
import Foundation
import GessoCodecs
import GessoPixels
import Testing

/// Seeded damage must not cause crashes or hangs, and corrupt files must not be decoded as complete.
@Suite struct MutationTests {
    @Test("Five thousand mutants of each kind", .timeLimit(.minutes(15)), arguments: Mutant.Kind.allCases)
    func mutants(kind: Mutant.Kind) throws {
        let files = try kind.seeds.map { [UInt8](try Fixture.data($0)) }
        var noise = Noise(seed: 20_26 + UInt64(kind.seeds.count))
        var (accepted, objections, refusedAlone, slow) = (0, [String](), [Int](), [Int]())
        for index in 0..<5000 {
            let mutant = Mutant(kind, files, &noise)
            let data = Data(mutant.bytes)
            let start = ContinuousClock.now
            let image = try? ImageDecoder.decode(data, options: ImageDecoder.Options(level: .strict))
            if start.duration(to: .now) > .seconds(10) { slow.append(index) }
            if let image {
                accepted += 1
                if mutant.isCut { objections.append("\(index): cut short") }
                if let objection = ReferenceDecoder.objection(to: image, of: data) {
                    objections.append("\(index): \(objection)")
                }
            } else if PNGBuilder.isPlain(mutant.bytes), let header = try? ImageHeader(probing: data) {
                let format: Bitmap.Format = header.hasAlpha ? .rgba8 : header.colorModel == .gray ? .gray8 : .rgb8
                if try Self.isAcceptedByLibPNG(data, as: format, header.size) { refusedAlone.append(index) }
            }
        }
        #expect(objections == [])
        #expect(refusedAlone == [])
        #expect(slow == [])
        // Damage that only changes pixels is not detected; otherwise this test would check nothing.
        #expect(accepted > 50)
    }

    /// Whether libpng accepts the file, through our driver.
    static func isAcceptedByLibPNG(_ data: Data, as format: Bitmap.Format, _ size: Size) throws -> Bool {
        var bitmap = try Bitmap(size: size, format: format)
        var report = gesso_codec_report()
        let stride = bitmap.bytesPerRow
        try bitmap.withMutableBytes { bytes throws(GessoError) in
            bytes.withUnsafeMutableBytes { buffer in
                data.withUnsafeBytes { file in
                    var image = gesso_codec_image(
                        pixels: buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes_per_row: stride,
                        width: UInt32(size.width), height: UInt32(size.height), channels: Int32(format.channels),
                        bits: 8, capacity: buffer.count)
                    gesso_png_decode_by_libpng(
                        file.baseAddress?.assumingMemoryBound(to: UInt8.self), file.count, GESSO_LEVEL_STRICT, &image,
                        nil,
                        &report)
                }
            }
        }
        return report.status == GESSO_CODEC_OK
    }
}
