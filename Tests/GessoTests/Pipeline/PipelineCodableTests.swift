import Foundation
import Gesso
import Testing

/// A stage of somebody else's.
struct StoredInvert: Stage, Codable {
    var strength = 1.0

    func run(_ frame: inout Frame) throws(GessoError) {
        try frame.bitmap.forEachRow { row, _ in for i in row.indices { row[i] = 255 - row[i] } }
    }
}

@Suite("A stored pipeline")
struct PipelineCodableTests {
    @Test("does the same after it was stored and read again")
    func roundTrip() throws {
        Pipeline.register(StoredInvert.self)
        let pipeline = Pipeline {
            Orient()
            ConvertToSRGB()
            Crop(Rect(x: 1, y: 2, width: 50, height: 40))
            Pipeline {
                Resize(Size(width: 30, height: 30), fit: .cover, filter: .mitchell)
                StoredInvert()
            }
            Pad(Pad.Insets(left: 2, top: 3, right: 4, bottom: 5), fill: .blurredMirror)
            ApplyMask(.ellipse(in: Rect(x: 5, y: 5, width: 20, height: 20)))
            FitToModel(.gptImage15, padding: .mean)
            Thumbnail(99, covers: true)
            PrepareForEncoding(.jpeg(quality: 70))
        }
        let stored = try JSONEncoder().encode(pipeline)
        let read = try JSONDecoder().decode(Pipeline.self, from: stored)
        let frame = Frame(bitmap: try TestBitmaps.gradient(64, 48))
        let (first, second) = (try pipeline.run(frame), try read.run(frame))
        #expect(first.bitmap == second.bitmap)
        #expect(first.placement == second.placement)
        #expect(try pipeline.explain(frame.shape) == read.explain(frame.shape))
        #expect(String(decoding: stored, as: UTF8.self).contains(#""stage":"Resize""#))
    }

    @Test("that names a stage nobody knows is refused with its name")
    func unknown() throws {
        let stored = Data(#"{"stages":[{"stage":"Orient"},{"stage":"Sparkle"}]}"#.utf8)
        let error = #expect(throws: DecodingError.self) { try JSONDecoder().decode(Pipeline.self, from: stored) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("Sparkle"))
    }

    @Test("cannot hold pixels: a composite is not stored")
    func composite() throws {
        let bitmap = try TestBitmaps.gradient(8, 8)
        let mask = try Mask(size: bitmap.size, filledWith: 0)
        let pipeline = Pipeline { Composite(over: bitmap, mask: mask) }
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(pipeline) }
    }

    @Test("An edit's job is the same after it was stored and read again")
    func job() throws {
        var options = EditOptions(model: .gptImage2)
        options.outpaint = Pad.Insets(left: 1, top: 2, right: 3, bottom: 4)
        let job = Editor.Job(
            prompt: "a fox", mask: .rectangle(Rect(x: 1, y: 2, width: 3, height: 4)), options: options,
            renditions: [.fullSize(), .original, .thumbnail(64, covers: true, as: .webp(quality: 70))])
        #expect(try JSONDecoder().decode(Editor.Job.self, from: JSONEncoder().encode(job)) == job)
    }
}
