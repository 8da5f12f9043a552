import Gesso
import Testing

@Suite("A plan")
struct PlanTests {
    private let shape = Frame.Shape(
        size: Size(width: 4032, height: 3024), format: .rgb8, isSRGB: false, orientation: .right)
    private let pipeline = Pipeline {
        Orient()
        ConvertToSRGB()
        FitToModel(.gptImage26Sunburst)
    }

    @Test("names every stage with sizes, placement and memory before any pixel exists")
    func text() throws {
        let text = "\(try pipeline.explain(shape))"
        for word in [
            "Orient", "ConvertToSRGB", "FitToModel", "4032x3024", "3024x4032", "1152x1536", "MiB", "placement",
        ] {
            #expect(text.contains(word), "\(word) in:\n\(text)")
        }
    }

    @Test("bounds memory by the largest step, which holds its input and its output")
    func memory() throws {
        let plan = try pipeline.explain(shape)
        let full = 4032 * 3024 * 3
        #expect(plan.peakBytes >= 2 * full)
        #expect(plan.peakBytes < 2 * full + full / 2)
    }

    @Test("refuses what a stage would refuse")
    func refusal() {
        #expect(throws: GessoError.self) {
            try Pipeline { Crop(Rect(x: 0, y: 0, width: 9000, height: 1)) }.explain(shape)
        }
    }

    @Test("of a pipeline in a pipeline has the same result")
    func nested() throws {
        #expect(
            try Pipeline {
                pipeline; Thumbnail(64)
            }.plan(shape).size == Size(width: 48, height: 64))
    }
}
