import Foundation
import Testing

@testable import Gesso

/// A model that moves and tints the whole image and edits nothing: the truth inside the mask is the original.
@Suite("What comes back", .timeLimit(.minutes(15)))
struct RestorationTests {
    /// Finishes an "edit" whose model returned what `motion` makes of the canvas that was sent.
    private func finish(
        _ name: String, _ motion: Motion, longEdge: Int = 700, _ change: (inout EditOptions) -> Void = { _ in }
    ) throws -> (before: Bitmap, after: Bitmap, mask: Mask, audit: EditAudit) {
        let before = try DemoPhotographs.bitmap(name, longEdge: longEdge)
        let photo = try ImageEncoder.encode(before, as: .png).data
        var options = EditOptions()
        options.feather = 6
        change(&options)
        let area = Rect(x: before.width / 3, y: before.height / 3, width: before.width / 4, height: before.height / 4)
        let prepared = try Editor.PreparedEdit(photo: photo, mask: .ellipse(in: area), options: options)
        var random = SplitMix(state: 7)
        let sent = try ImageDecoder.decode(prepared.upload.parts[0].data).bitmap
        let returned = try ImageEncoder.encode(motion.applied(to: sent, &random), as: .png).data
        let finished = try FinishedEdit(results: [returned], photo: photo, prepared)
        let mask = try #require(try prepared.request.mask())
        return (before, finished.frame.bitmap, mask, try #require(finished.audit))
    }

    /// The mean error inside the mask, in levels: the model drew what was there, so all error is ours or the seam's.
    private func error(_ result: (before: Bitmap, after: Bitmap, mask: Mask, audit: EditAudit)) throws -> Double {
        let outside = try result.mask.inverted()
        return try EditAudit.measuring(before: result.before, after: result.after, mask: outside).meanDrift
    }

    @Test(
        "is moved and toned back: at least 80 % of the error of plain pasting is gone",
        arguments: [
            "dogs-phone.jpg", "brushes-display-p3.jpg",
        ])
    func repaired(_ name: String) throws {
        let motion = Motion(shiftX: 3.25, shiftY: -2.5, scale: 1.006, gain: 1.06, noise: 0)
        let plain = try finish(name, motion) { ($0.registers, $0.matchesTone) = (false, false) }
        let repaired = try finish(name, motion)
        #expect(repaired.audit.changedPixelsOutside == 0)
        #expect(repaired.audit.keptHashBefore == repaired.audit.keptHashAfter)
        let (before, after) = (try error(plain), try error(repaired))
        #expect(after < 0.2 * before, "\(name): \(before) levels became \(after)")
    }

    @Test("is not resampled when it came back in place")
    func untouched() throws {
        let result = try finish("dogs-phone.jpg", Motion())
        #expect(try error(result) < 0.6)
        #expect(result.audit.alignment?.isConfident == true)
    }

    @Test("keeps a 16-bit original's samples outside the mask")
    func sixteenBits() throws {
        var before = try Bitmap(size: Size(width: 300, height: 200), format: .rgb16)
        let stride = before.bytesPerRow
        try before.withMutableBytes { (bytes) throws(GessoError) in
            for y in 0..<200 {
                for i in 0..<900 {
                    bytes.storeBytes(
                        of: UInt16(truncatingIfNeeded: i &* 71 &+ y &* 229), toByteOffset: y * stride + i * 2,
                        as: UInt16.self)
                }
            }
        }
        let photo = try ImageEncoder.encode(before, as: .png).data
        let prepared = try Editor.PreparedEdit(
            photo: photo, mask: .rectangle(Rect(x: 100, y: 80, width: 60, height: 40)))
        let finished = try FinishedEdit(results: [prepared.upload.parts[0].data], photo: photo, prepared)
        #expect(finished.frame.bitmap.format == .rgb16)
        let touched = try #require(try prepared.request.mask()).feathered(radius: prepared.plan.options.feather)
        let audit = try EditAudit.measuring(before: before, after: finished.frame.bitmap, mask: touched)
        #expect(audit.changedPixelsOutside == 0)
    }
}
