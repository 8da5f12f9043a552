import Foundation
import Testing

@testable import Gesso

#if os(Linux)
/// Each runs in a process of its own, whose peak memory the kernel tells. GESSO_MEASURED_SIDE sets the side of the
/// images (`Scripts/memory-reservations`).
@Suite("Peak memory stays within 10 % and 4 MiB of what is reserved", .timeLimit(.minutes(15)))
struct MemoryReservationTests {
    @Test("when files are decoded, in full and smaller")
    func decoding() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            for content in Content.allCases {
                for (name, encoding, format) in Measured.files {
                    let file = try Measured.file(content, encoding, format)
                    let header = try ImageHeader(probing: file)
                    for target in [nil, Size(width: 64, height: 64)] {
                        let options = ImageDecoder.Options(targetSize: target)
                        try Measured.check(
                            "decode \(name) \(content) \(target.map { "\($0)" } ?? "")",
                            options.memory(for: header).peak
                        ) {
                            try ImageDecoder.decode(file, options: options)
                        }
                    }
                }
            }
            for url in Measured.furtherFiles {
                let file = try Data(contentsOf: url)
                for deep in [false, true] {
                    let options = ImageDecoder.Options(preserve16Bit: deep)
                    let header = try ImageHeader(probing: file)
                    try Measured.check(
                        "decode \(url.lastPathComponent)\(deep ? " in full depth" : "")",
                        options.memory(for: header).peak
                    ) {
                        try ImageDecoder.decode(file, options: options)
                    }
                }
            }
            Measured.finish()
        }
        Measured.report(result?.standardErrorContent)
    }

    @Test("when images are encoded")
    func encoding() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            for content in Content.allCases {
                for (name, encoding, format) in Measured.files + Measured.encodings {
                    let bitmap = try content.bitmap(Measured.size, format)
                    let reserved = encoding.workingByteCount(for: bitmap.size, format: format)
                    try Measured.check("encode \(name) \(content)", reserved) {
                        try ImageEncoder.encode(bitmap, as: encoding)
                    }
                }
            }
            Measured.finish()
        }
        Measured.report(result?.standardErrorContent)
    }

    @Test("when thumbnails are made")
    func thumbnails() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let renditions: [Rendition] = [.thumbnail(64, as: .webp), .thumbnail(500, as: .png), .fullSize(as: .jpeg)]
            for (name, encoding, format) in Measured.files {
                let file = try Measured.file(.noise, encoding, format)
                let header = try ImageHeader(probing: file)
                let outputs = try Rendition.peakBytes(of: renditions, from: Frame.Shape(header))
                let reserved = ImageDecoder.Options().memory(for: header).bytes(before: outputs)
                try Measured.check("thumbnails of \(name)", reserved) {
                    let frame = try Frame(decoding: file)
                    return try renditions.map { try $0.render(frame) }
                }
            }
            Measured.finish()
        }
        Measured.report(result?.standardErrorContent)
    }

    @Test("when tall images with alpha are made small")
    func tallImages() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let size = Size(width: 800, height: 16_000)
            let bitmap = try Content.noise.bitmap(size, .rgba8)
            let shape = Frame.Shape(size: size, format: .rgba8)
            for filter in [ResampleFilter.triangle, .lanczos3] {
                let stage = Resize(Size(width: 40, height: 40), filter: filter)
                let reserved = try stage.plan(shape).byteCount + stage.scratchBytes(shape)
                try Measured.check("resize \(filter)", reserved) { try stage.run(Frame(bitmap: bitmap)) }
            }
            Measured.finish()
        }
        Measured.report(result?.standardErrorContent)
    }

    @Test("when an edit is prepared and finished")
    func editing() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let whole = Measured.size
            let ellipse = MaskSource.ellipse(
                in: Rect(x: whole.width / 4, y: whole.height / 4, width: 300, height: 200))
            var square = EditOptions()
            square.outpaintAspect = Pad.AspectRatio("1:1")
            let edits: [(String, MaskSource?, EditOptions)] = [
                ("a part", ellipse, EditOptions()), ("all but a part", ellipse.inverted(), EditOptions()),
                ("all", nil, EditOptions()), ("the border to a square", nil, square),
            ]
            for (name, encoding, format) in Measured.files {
                let file = try Measured.file(.smooth, encoding, format)
                for (what, mask, options) in edits {
                    for renditions in [[Rendition.fullSize(), .thumbnail(256, as: .webp)], [.original]] {
                        let job = Editor.Job(prompt: "x", mask: mask, options: options, renditions: renditions)
                        let plan = try EditPlan(job, photo: file)
                        var made: Editor.PreparedEdit?
                        try Measured.check("prepare \(what) of \(name)", plan.preparingBytes) {
                            made = try Editor.PreparedEdit(plan, photo: file, references: [])
                            return made
                        }
                        let prepared = try #require(made)
                        let returned = prepared.uploads.map { $0.parts[0].data }
                        let headers = try returned.map { try ImageHeader(probing: $0) }
                        let finishing = plan.finishingBytes(returned: headers)
                        try Measured.check(
                            "finish \(what) of \(name) as \(renditions[0].encoding.map { "\($0.format)" } ?? "it came")",
                            finishing
                        ) {
                            try EditResult.EditedImage(returned: returned, photo: file, prepared: prepared)
                        }
                    }
                }
            }
            Measured.finish()
        }
        Measured.report(result?.standardErrorContent)
    }
}
#endif
