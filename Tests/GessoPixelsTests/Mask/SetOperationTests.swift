import GessoPixels
import Testing

@Suite("Set operations and morphology of masks")
struct SetOperationTests {
    static let sizes: [Size] = [Size(width: 1, height: 1), Size(width: 67, height: 5), Size(width: 130, height: 3)]

    private func noise(_ size: Size, _ seed: UInt64) throws -> Mask {
        try Mask(coverage: TestImages.noise(size, .gray8, seed: seed))
    }

    @Test(
        "Union is the larger coverage, intersection the smaller, difference what is left",
        arguments: SetOperationTests.sizes)
    func sets(size: Size) throws {
        let (a, b) = try (noise(size, 1), noise(size, 2))
        let (union, both, less) = try (a.union(b), a.intersection(b), a.subtracting(b))
        for y in 0..<size.height {
            for x in 0..<size.width {
                #expect(union[x, y] == max(a[x, y], b[x, y]))
                #expect(both[x, y] == min(a[x, y], b[x, y]))
                #expect(less[x, y] == min(a[x, y], 255 - b[x, y]))
            }
        }
    }

    @Test("The laws of sets hold")
    func laws() throws {
        let size = Size(width: 40, height: 9)
        let (a, b, c) = try (noise(size, 3), noise(size, 4), noise(size, 5))
        let (nothing, everything) = try (Mask(size: size, filledWith: 0), Mask(size: size, filledWith: 255))
        #expect(try a.union(a) == a && a.intersection(a) == a)
        #expect(try a.union(b) == b.union(a) && a.intersection(b) == b.intersection(a))
        #expect(try a.union(b.intersection(c)) == a.union(b).intersection(a.union(c)))
        #expect(try a.union(b).inverted() == a.inverted().intersection(b.inverted()))
        #expect(try a.union(nothing) == a && a.intersection(everything) == a)
        #expect(try a.subtracting(everything) == nothing && a.subtracting(nothing) == a)
    }

    @Test("Masks of other sizes are refused")
    func otherSizes() throws {
        let (a, b) = try (noise(Size(width: 4, height: 5), 1), noise(Size(width: 5, height: 4), 1))
        for combine in [{ try a.union(b) }, { try a.intersection(b) }, { try a.subtracting(b) }] as [() throws -> Mask]
        {
            let error = #expect(throws: GessoError.self) { try combine() }
            #expect(error?.code == .maskSizeMismatch)
        }
    }

    @Test("Erosion undoes dilation of an isolated rectangle")
    func shrinking() throws {
        let size = Size(width: 40, height: 30)
        let mask = try Mask.rectangle(Rect(x: 12, y: 9, width: 14, height: 11), size: size)
        #expect(try mask.dilated(by: 4).eroded(by: 4) == mask)
        #expect(try mask.eroded(by: 2) == .rectangle(Rect(x: 14, y: 11, width: 10, height: 7), size: size))
        #expect(try mask.eroded(by: 6).isEmpty)
        #expect(try Mask(size: size, filledWith: 255).eroded(by: 5).coversEverything)
        let error = #expect(throws: GessoError.self) { try mask.eroded(by: -1) }
        #expect(error?.code == .invalidParameter)
    }

    @Test("A ring is filled, including its soft inner edge; a ring with a gap is not")
    func ring() throws {
        let size = Size(width: 60, height: 50)
        let disc = try Mask.ellipse(in: Rect(x: 5, y: 4, width: 48, height: 40), size: size)
        let hole = try Mask.ellipse(in: Rect(x: 18, y: 14, width: 20, height: 18), size: size)
        let ring = try disc.subtracting(hole)
        #expect(ring[28, 23] == 0)
        #expect(try ring.holesFilled() == disc)
        let open = try ring.subtracting(.rectangle(Rect(x: 28, y: 0, width: 1, height: 20), size: size))
        #expect(try open.holesFilled() == open)
        // A diagonal wall is closed; a wall whose lowest coverage is 90 is filled to 90.
        let thin = try ring.subtracting(
            Mask.rectangle(Rect(x: 28, y: 0, width: 1, height: 20), size: size).scaled(to: 165))
        #expect(try thin.holesFilled()[28, 23] == 90)
    }

    @Test("Hole filling equals an iterative reference", arguments: 0..<8)
    func noiseFills(seed: UInt64) throws {
        let size = Size(width: 19, height: 14)
        var mask = try noise(size, 30 + seed)
        if seed % 2 == 0 { mask = try mask.inTwoLevels() }
        // Relaxation: a pixel's level is its own wall or its lowest neighbor's level, whichever is higher.
        var level = (0..<14).map { y in (0..<19).map { x in 0 < x && x < 18 && 0 < y && y < 13 ? 255 : Int(mask[x, y]) }
        }
        var changed = true
        while changed {
            changed = false
            for y in 1..<13 {
                for x in 1..<18 {
                    let lowest = min(level[y - 1][x], level[y + 1][x], level[y][x - 1], level[y][x + 1])
                    let new = max(Int(mask[x, y]), lowest)
                    if new < level[y][x] { (level[y][x], changed) = (new, true) }
                }
            }
        }
        let filled = try mask.holesFilled()
        for y in 0..<14 {
            for x in 0..<19 { #expect(Int(filled[x, y]) == level[y][x]) }
        }
    }

    @Test("Empty masks, full masks and single pixels have no holes")
    func noHoles() throws {
        let size = Size(width: 9, height: 7)
        for mask in try [
            Mask(size: size, filledWith: 0), Mask(size: size, filledWith: 255),
            .rectangle(Rect(x: 4, y: 3, width: 1, height: 1), size: size),
        ] { #expect(try mask.holesFilled() == mask) }
    }
}

extension Mask {
    /// Full coverage lowered to `level`.
    fileprivate func scaled(to level: UInt8) throws -> Mask {
        try Mask(coverage: TestImages.make(size, .gray8) { x, y, _ in self[x, y] == 255 ? level : 0 })
    }

    /// Two of three pixels full, the others empty.
    fileprivate func inTwoLevels() throws -> Mask {
        try Mask(coverage: TestImages.make(size, .gray8) { x, y, _ in self[x, y] % 3 == 0 ? 0 : 255 })
    }
}
