import Foundation
import GessoPixels
import Testing

/// Compares masks with those drawn by Pillow (Fixtures/mask/make_goldens.py).
@Suite("Masks drawn by Pillow")
struct MaskGoldenTests {
    static let size = Size(width: 64, height: 48)

    private func golden(_ index: Int) throws -> Mask {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Fixtures/mask/goldens.bin")
        let bytes = [UInt8](try Data(contentsOf: file))
        let start = index * 64 * 48
        return try Mask(coverage: TestImages.make(Self.size, .gray8) { x, y, _ in bytes[start + y * 64 + x] })
    }

    @Test("A star by the even-odd rule")
    func star() throws {
        let corners = (0..<5).map { index in
            let angle = 4 * Double.pi * Double(index) / 5
            return Point(x: 31.4 + 26.2 * sin(angle), y: 25.3 - 23.7 * cos(angle))
        }
        let star = try Mask.polygon(corners, evenOdd: true, size: Self.size)
        let golden = try golden(0)
        for y in 0..<48 {
            // Pillow's sides are a pixel thick, 64 of which are one here.
            for x in 0..<64 { #expect(abs(Int(star[x, y]) - Int(golden[x, y])) <= 8, "pixel \(x), \(y)") }
        }
        #expect(abs(star.coveredFraction - golden.coveredFraction) < 0.002)
    }

    @Test("Holes are the pixels that a flood fill from outside does not reach")
    func holes() throws {
        let (blobs, filled) = try (golden(1), golden(2))
        #expect(blobs != filled)
        #expect(try blobs.holesFilled() == filled)
    }
}
