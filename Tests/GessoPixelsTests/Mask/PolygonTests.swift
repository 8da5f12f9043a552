import GessoPixels
import Testing

@Suite("Polygons")
struct PolygonTests {
    static let size = Size(width: 23, height: 17)

    private func points(_ coordinates: [(Double, Double)]) -> [Point] { coordinates.map { Point(x: $0.0, y: $0.1) } }

    private func random(_ count: Int, seed: UInt64) -> [Point] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in
            Point(x: .random(in: -6...28, using: &random), y: .random(in: -6...23, using: &random))
        }
    }

    @Test(
        "A rectangle at fractional coordinates covers each pixel by its exact area", arguments: Mask.FillRule.allCases)
    func rectangle(rule: Mask.FillRule) throws {
        let (left, top, right, bottom) = (3.3, 2.75, 15.9, 9.2)
        let corners = points([(left, top), (right, top), (right, bottom), (left, bottom)])
        let mask = try Mask.polygon(corners, evenOdd: rule == .evenOdd, size: Self.size)
        for y in 0..<17 {
            for x in 0..<23 {
                let across = max(0, min(Double(x) + 1, right) - max(Double(x), left))
                let down = max(0, min(Double(y) + 1, bottom) - max(Double(y), top))
                #expect(Int(mask[x, y]) == Int((across * down * 255).rounded()))
            }
        }
    }

    @Test("Triangles of every slope cover the exact area of each pixel", arguments: 0..<40)
    func triangles(seed: UInt64) throws {
        var corners = random(3, seed: seed)
        // Nearly horizontal and nearly vertical sides are the hardest for rasterizers.
        if seed % 4 == 1 { corners[1].y = corners[0].y + 0.01 }
        if seed % 4 == 2 { corners[1].x = corners[0].x + 0.01 }
        let expected = (0..<17).map { y in (0..<23).map { x in area(of: corners, inPixel: x, y) } }
        guard expected.contains(where: { $0.contains { $0 > 0.01 } }) else { return }
        let mask = try Mask.polygon(corners, size: Self.size)
        for y in 0..<17 {
            for x in 0..<23 { #expect(abs(Double(mask[x, y]) - expected[y][x] * 255) < 0.51, "pixel \(x), \(y)") }
        }
    }

    @Test("Self-intersecting outlines follow the fill rule", arguments: Mask.FillRule.allCases, 0..<8)
    func crossings(rule: Mask.FillRule, seed: UInt64) throws {
        let outlines = [random(5 + Int(seed % 4), seed: 100 + seed), random(4, seed: 200 + seed)]
        let mask = try Mask.polygon(contours: outlines, evenOdd: rule == .evenOdd, size: Self.size)
        let samples = 10
        for y in 0..<17 {
            var inside = [Int](repeating: 0, count: 23)
            for line in 0..<samples {
                let passages = passages(of: outlines, at: Double(y) + (Double(line) + 0.5) / Double(samples))
                for column in 0..<23 * samples {
                    let x = (Double(column) + 0.5) / Double(samples)
                    let left = passages.filter { $0.x < x }
                    let winding = rule == .evenOdd ? left.count % 2 : left.reduce(0) { $0 + $1.winding }
                    if winding != 0 { inside[column / samples] += 1 }
                }
            }
            for x in 0..<23 {
                // The accuracy of 100 sample points in a pixel that several sides cross.
                #expect(abs(Int(mask[x, y]) - inside[x] * 255 / (samples * samples)) <= 30, "pixel \(x), \(y)")
            }
        }
    }

    @Test("A polygon is clipped exactly at the image's border", arguments: Mask.FillRule.allCases)
    func border(rule: Mask.FillRule) throws {
        let star = random(9, seed: 5)
        let whole = try Mask.polygon(
            star.map { Point(x: $0.x + 10, y: $0.y + 10) }, evenOdd: rule == .evenOdd, size: Size(width: 45, height: 40)
        )
        let cut = try Mask.polygon(star, evenOdd: rule == .evenOdd, size: Self.size)
        let part = try whole.cropped(to: Rect(x: 10, y: 10, width: 23, height: 17))
        for y in 0..<17 {
            // Coordinates differ in their last bits, so a share on the border of two levels may fall either way.
            for x in 0..<23 { #expect(abs(Int(cut[x, y]) - Int(part[x, y])) <= 1) }
        }
    }

    @Test("The coverages of polygons on both sides of an edge add up")
    func neighbors() throws {
        let (a, b) = ((2.2, 1.1), (19.7, 15.3))
        let left = try Mask.polygon(points([a, b, (-50, 90), (-50, -50)]), size: Self.size)
        let right = try Mask.polygon(points([a, b, (90, 90), (90, -50)]), size: Self.size)
        for y in 2..<15 {
            for x in 0..<23 { #expect(abs(Int(left[x, y]) + Int(right[x, y]) - 255) <= 1) }
        }
    }

    @Test("Direction and starting point of the outline do not matter")
    func direction() throws {
        let outline = random(7, seed: 77)
        let mask = try Mask.polygon(outline, size: Self.size)
        #expect(try Mask.polygon(outline.reversed(), size: Self.size) == mask)
        #expect(try Mask.polygon(Array(outline[3...] + outline[..<3]), size: Self.size) == mask)
    }

    @Test("An inner outline cuts a hole by even-odd, and by non-zero only in the opposite direction")
    func holes() throws {
        let outer = points([(2, 2), (20, 2), (20, 15), (2, 15)])
        let inner = points([(6, 5), (15, 5), (15, 11), (6, 11)])
        let ring = try Mask.rectangle(Rect(x: 2, y: 2, width: 18, height: 13), size: Self.size)
            .subtracting(.rectangle(Rect(x: 6, y: 5, width: 9, height: 6), size: Self.size))
        #expect(try Mask.polygon(contours: [outer, inner], evenOdd: true, size: Self.size) == ring)
        #expect(try Mask.polygon(contours: [outer, inner.reversed()], size: Self.size) == ring)
        let filled = try Mask.polygon(contours: [outer, inner], size: Self.size)
        #expect(filled == (try Mask.rectangle(Rect(x: 2, y: 2, width: 18, height: 13), size: Self.size)))
    }

    @Test("Outlines with very many corners and crossings take bounded time and have the right area")
    func scribble() throws {
        let outline: [Point] = (0..<4000).map { i in
            let (x, y) = ((i * 7919) % 2300, (i * 104_729) % 1100)
            return Point(x: Double(x) / 100, y: 3 + Double(y) / 100)
        }
        let mask = try Mask.polygon(outline, size: Self.size)
        #expect(mask.boundingBox == Rect(x: 0, y: 3, width: 23, height: 11))
        #expect(mask[11, 8] > 200)
    }

    @Test("Invalid polygons are refused with the reason")
    func refusals() throws {
        func code(_ outline: [(Double, Double)], _ size: Size = Self.size) -> GessoError.Code? {
            do { _ = try Mask.polygon(points(outline), size: size) } catch { return error.code }
            return nil
        }
        #expect(code([]) == .invalidParameter)
        #expect(code([(1, 1), (4, 4)]) == .invalidParameter)
        #expect(code([(1, 1), (4, .nan), (3, 9)]) == .invalidParameter)
        #expect(code([(1, 1), (4, .infinity), (3, 9)]) == .invalidParameter)
        #expect(code([(1, 1), (4, 1e7), (3, 9)]) == .invalidParameter)
        #expect(code([(1, 4), (9, 4), (3, 4)]) == .maskEmpty)
        #expect(code([(30, 4), (39, 4), (33, 9)]) == .maskEmpty)
        #expect(code([(-30, 4), (-39, 4), (-33, 9)]) == .maskEmpty)
        #expect(code([(3, -4), (9, -4), (3, -9)]) == .maskEmpty)
        let comb = (0..<4000).flatMap { [(Double($0) / 200, 0.0), (Double($0) / 200 + 0.001, 16000.0)] }
        #expect(code(comb, Size(width: 20, height: 16000)) == .limitExceeded)
    }
}

/// The exact area that a convex outline has in common with a pixel (Sutherland and Hodgman 1974, then the shoelace).
private func area(of outline: [Point], inPixel x: Int, _ y: Int) -> Double {
    var corners = outline
    let borders: [(Point) -> Double] = [
        { $0.x - Double(x) }, { Double(x + 1) - $0.x }, { $0.y - Double(y) }, { Double(y + 1) - $0.y },
    ]
    for border in borders {
        var kept: [Point] = []
        for (index, corner) in corners.enumerated() {
            let previous = corners[(index + corners.count - 1) % corners.count]
            let (from, to) = (border(previous), border(corner))
            if (from < 0) != (to < 0) {
                let t = from / (from - to)
                kept.append(
                    Point(x: previous.x + (corner.x - previous.x) * t, y: previous.y + (corner.y - previous.y) * t))
            }
            if to >= 0 { kept.append(corner) }
        }
        corners = kept
    }
    var sum = 0.0
    for (index, corner) in corners.enumerated() {
        let next = corners[(index + 1) % corners.count]
        sum += corner.x * next.y - next.x * corner.y
    }
    return abs(sum) / 2
}

/// The crossings of the outlines with the line at `y`, and their directions.
private func passages(of outlines: [[Point]], at y: Double) -> [(x: Double, winding: Int)] {
    outlines.flatMap { outline in
        outline.enumerated().compactMap { index, start in
            let end = outline[(index + 1) % outline.count]
            guard (start.y <= y) != (end.y <= y) else { return nil }
            let x = start.x + (y - start.y) / (end.y - start.y) * (end.x - start.x)
            return (x, start.y < end.y ? 1 : -1)
        }
    }
}
