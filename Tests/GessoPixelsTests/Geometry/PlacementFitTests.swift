import GessoPixels
import Testing

@Suite("Fit")
struct FitTests {
    @Test(
        "Sizes of each fit",
        arguments: [
            (Placement.Fit.inside, "400x300", "100x100", "100x75"), (.outside, "400x300", "100x100", "133x100"),
            (.cover, "400x300", "100x100", "100x100"), (.contain, "400x300", "100x100", "100x75"),
            (.fill, "400x300", "100x100", "100x100"), (.inside, "3x4000", "10x10", "1x10"),
            (.inside, "1000x667", "512x512", "512x342"),
        ] as [(Placement.Fit, String, String, String)])
    func sizes(fit: Placement.Fit, source: String, frame: String, expected: String) throws {
        let (source, frame) = (try #require(Size(source)), try #require(Size(frame)))
        #expect(fit.target(for: source, in: frame) == Size(expected))
        #expect(fit.canvas(for: source, in: frame) == (fit == .contain ? frame : Size(expected)))
    }

    @Test("Without enlarging, no image is enlarged", arguments: Placement.Fit.allCases)
    func noEnlarging(fit: Placement.Fit) {
        let source = Size(width: 30, height: 20)
        let target = fit.target(for: source, in: Size(width: 100, height: 100), enlarging: false)
        #expect(target.width <= 30 && target.height <= 20)
    }

    @Test("Inside never exceeds the frame and outside always covers it, for any sizes")
    func bounds() {
        var random = SeededRandom(seed: 15)
        func side() -> Int { Int.random(in: 1...5000, using: &random) }
        for _ in 0..<2000 {
            let (source, frame) = (Size(width: side(), height: side()), Size(width: side(), height: side()))
            let inside = Placement.Fit.inside.target(for: source, in: frame)
            #expect(inside.width <= frame.width && inside.height <= frame.height)
            #expect(inside.width == frame.width || inside.height == frame.height)
            let outside = Placement.Fit.outside.target(for: source, in: frame)
            #expect(outside.width >= frame.width && outside.height >= frame.height)
            let box = Placement.Fit.cover.sourceBox(for: source, in: frame)
            #expect(box.left >= 0 && box.top >= 0)
            #expect(box.right <= Double(source.width) && box.bottom <= Double(source.height))
        }
    }
}
