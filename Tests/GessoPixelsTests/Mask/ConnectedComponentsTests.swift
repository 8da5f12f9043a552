import GessoPixels
import Testing

@Suite("The connected components of a mask")
struct ConnectedComponentsTests {
    private func mask(_ size: Size, _ boxes: [Rect]) throws -> Mask {
        try Mask(
            coverage: TestImages.make(size, .gray8) { x, y, _ in
                boxes.contains { $0.contains(Rect(x: x, y: y, width: 1, height: 1)) } ? 255 : 0
            })
    }

    @Test("have exact bounding boxes, from top to bottom", arguments: [8, 32, 64])
    func separate(gap: Int) throws {
        let boxes = [
            Rect(x: 3, y: 2, width: 9, height: 5), Rect(x: 250, y: 4, width: 30, height: 21),
            Rect(x: 100, y: 190, width: 1, height: 1),
        ]
        let found = try mask(Size(width: 301, height: 203), boxes).componentBoxes(gap: gap)
        #expect(found.sorted { ($0.y, $0.x) < ($1.y, $1.x) } == boxes)
    }

    @Test("are merged where fewer pixels than the gap lie between them, at any position", arguments: 0..<40)
    func near(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let gap = Int.random(in: 2...70, using: &random)
        let first = Rect(
            x: Int.random(in: 0...90, using: &random), y: Int.random(in: 0...90, using: &random),
            width: Int.random(in: 1...40, using: &random), height: Int.random(in: 1...40, using: &random))
        let far = Rect(x: first.maxX + gap - 1, y: first.y, width: 7, height: 3)
        #expect(try mask(Size(width: 260, height: 160), [first, far]).componentBoxes(gap: gap) == [first.union(far)])
        // At three gaps and two cells apart, nothing is merged.
        let apart = Rect(x: first.maxX + 2 * gap + 32, y: first.y, width: 7, height: 3)
        #expect(try mask(Size(width: 340, height: 160), [first, apart]).componentBoxes(gap: gap).count == 2)
    }

    @Test("are none in an empty mask, one in a full mask, and one in a faint ring")
    func extremes() throws {
        let size = Size(width: 130, height: 70)
        #expect(try Mask(size: size, filledWith: 0).componentBoxes(gap: 10).isEmpty)
        #expect(try Mask(size: size, filledWith: 1).componentBoxes(gap: 10) == [Rect(size)])
        let hole = Rect(x: 1, y: 1, width: 128, height: 68)
        let ring = try Mask(size: size, filledWith: 255).subtracting(.rectangle(hole, size: size))
        #expect(ring.componentBoxes(gap: 10) == [Rect(size)])
    }

    @Test("Binarization makes every coverage above 0 full")
    func binarized() throws {
        let mask = try Mask(coverage: TestImages.noise(Size(width: 40, height: 9), .gray8, seed: 3))
        let hard = try mask.binarized()
        for y in 0..<9 {
            for x in 0..<40 { #expect(hard[x, y] == (mask[x, y] == 0 ? 0 : 255)) }
        }
        #expect(try Mask(size: Size(width: 5, height: 5), filledWith: 254).selectsWholePixels == false)
        #expect(
            try Mask.rectangle(Rect(x: 4, y: 4, width: 1, height: 1), size: Size(width: 5, height: 5))
                .selectsWholePixels)
    }
}
