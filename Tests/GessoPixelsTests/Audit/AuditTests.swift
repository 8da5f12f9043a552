import Testing

@testable import GessoPixels

@Suite("Audit of an edit")
struct AuditTests {
    @Test(
        "Counts and measures what changed outside the mask only",
        arguments: [Bitmap.Format.rgb8, .rgba8, .rgb16, .gray8])
    func counts(format: Bitmap.Format) throws {
        let size = Size(width: 40, height: 25)
        let before = try TestImages.constant(size, Bitmap.Format.rgba8, [100, 100, 100, 255]).flattened(onto: .black)
        let after = try TestImages.make(size, .rgb8) { x, y, c in
            if (10..<20).contains(x), (5..<15).contains(y) { return 7 }
            return x == 0 && c == 1 ? 103 : 100
        }
        let mask = try Mask.rectangle(Rect(x: 10, y: 5, width: 10, height: 10), size: size)
        let old = format == .gray8 ? try TestImages.constant(size, .gray8, [100]) : try before.converted(to: format)
        let audit = try EditAudit.measuring(before: old, after: after, mask: mask)
        #expect(audit.changedPixelsOutside == 25)
        #expect(audit.changedOutside == 25.0 / 900)
        #expect(abs(audit.meanDrift - 75.0 / 900) < 1e-12)
        #expect(audit.p99Drift == 3 && audit.maxDrift == 3)
        #expect(audit.maskCoverage == 0.1)
        #expect(audit.seamDelta > 25 && audit.seamDeltaBefore == 0)
    }

    @Test("An edit that changes no pixel outside the mask is untouched")
    func untouched() throws {
        let size = Size(width: 33, height: 21)
        let original = try TestImages.noise(size, .rgba8, seed: 13)
        let weight = try Mask.ellipse(in: Rect(x: 8, y: 5, width: 12, height: 9), size: size).feathered(radius: 4)
        let edited = try original.replacing(with: TestImages.noise(size, .rgba8, seed: 14), where: weight)
        let audit = try EditAudit.measuring(before: original, after: edited, mask: weight)
        #expect(audit.isUntouchedOutside && audit.maxDrift == 0 && audit.changedOutside == 0)
    }

    // Sharma, Wu and Dalal 2005, table 1.
    @Test(
        "ΔE2000 agrees with the published pairs",
        arguments: [
            [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
            [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
            [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
            [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
            [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
            [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
            [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
            [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
            [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
            [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
            [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
            [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
            [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
            [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
            [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
        ])
    func publishedPairs(values: [Double]) {
        let one = LabColor(lightness: values[0], a: values[1], b: values[2])
        let two = LabColor(lightness: values[3], a: values[4], b: values[5])
        #expect(abs(one.difference2000(to: two) - values[6]) < 0.00006)
        #expect(abs(two.difference2000(to: one) - values[6]) < 0.00006)
    }
}
