import Foundation
import GessoCodecs
import GessoPixels
import Testing

@testable import Gesso

/// An upload of a JPEG or WebP that is decoded at a fraction of its size.
@Suite("Decoding for an upload")
struct UploadDecodingTests {
    @Test(
        "has the placement of the plan and the pixels that decoding in full gives",
        arguments: [
            Size(width: 3_210, height: 2_141), Size(width: 1_999, height: 3_001), Size(width: 4_096, height: 1_537),
        ], [ImageEncoding.jpeg(quality: 95, subsampling: .none), .webp(quality: 95)])
    func upload(size: Size, encoding: ImageEncoding) throws {
        let source = try DemoPhotographs.bitmap("dogs-phone.jpg", longEdge: 4_000).resized(to: size)
        for profile in [nil, ColorProfile.displayP3] {
            let file = try ImageEncoder.encode(source, as: encoding, profile: profile).data
            var options = EditOptions()
            options.longEdge = 700
            let prepared = try Editor.PreparedEdit(photo: file, options: options)
            let plan = prepared.plan
            #expect(prepared.uploads[0].placement == plan.requests[0].stages.output.placement)
            let full = try plan.pipeline(for: plan.requests[0]).run(Frame(decoding: file)).bitmap
            let sent = try ImageDecoder.decode(prepared.uploads[0].parts[0].data).bitmap
            #expect(sent.size == full.size)
            var (sum, worst) = (0, 0)
            for y in 0..<full.height {
                for x in 0..<full.width {
                    for (a, b) in zip(TestBitmaps.pixel(sent, x, y), TestBitmaps.pixel(full, x, y)) {
                        sum += abs(Int(a) - Int(b))
                        worst = max(worst, abs(Int(a) - Int(b)))
                    }
                }
            }
            let mean = Double(sum) / Double(full.width * full.height * full.format.channels)
            #expect(mean < 1.2 && worst <= 40, "\(size): mean \(mean), worst \(worst)")
        }
    }
}
