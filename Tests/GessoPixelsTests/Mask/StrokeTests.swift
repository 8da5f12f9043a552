import GessoPixels
import Testing

@Suite("Brush strokes")
struct StrokeTests {
    static let size = Size(width: 31, height: 22)

    private func random(_ count: Int, seed: UInt64) -> [Point] {
        var random = SeededRandom(seed: seed)
        return (0..<count).map { _ in
            Point(x: .random(in: -4...35, using: &random), y: .random(in: -4...26, using: &random))
        }
    }

    @Test("Strokes cover the pixels within the radius of their path", arguments: 0..<8)
    func distance(seed: UInt64) throws {
        let strokes = [
            Mask.BrushStroke(random(2 + Int(seed % 4), seed: seed), radius: 0.6 + Double(seed) / 3),
            Mask.BrushStroke(random(1, seed: 50 + seed), radius: 4.25),
        ]
        let mask = try Mask.strokes(strokes, size: Self.size)
        let samples = 8
        for y in 0..<22 {
            for x in 0..<31 {
                var inside = 0
                for i in 0..<samples * samples {
                    let (row, column) = i.quotientAndRemainder(dividingBy: samples)
                    let point = Point(
                        x: Double(x) + (Double(column) + 0.5) / Double(samples),
                        y: Double(y) + (Double(row) + 0.5) / Double(samples))
                    if strokes.contains(where: { covers($0, point) }) { inside += 1 }
                }
                // The accuracy of 64 sample points in a pixel.
                #expect(abs(Int(mask[x, y]) - inside * 255 / (samples * samples)) <= 22, "pixel \(x), \(y)")
            }
        }
    }

    @Test("A dot has the shape and area of a disc", arguments: [0.4, 1, 2.5, 7.3])
    func dot(radius: Double) throws {
        let mask = try Mask.strokes([Mask.BrushStroke([Point(x: 15.2, y: 10.9)], radius: radius)], size: Self.size)
        let area = Double.pi * radius * radius
        #expect(abs(mask.coveredFraction * 31 * 22 - area) < 0.01 * area + 0.05)
        let again = try Mask.strokes(
            [Mask.BrushStroke([Point(x: 15.2, y: 10.9), Point(x: 15.2, y: 10.9)], radius: radius)], size: Self.size)
        #expect(again == mask)
    }

    @Test("A horizontal stroke has exact edges and round ends")
    func level() throws {
        let stroke = Mask.BrushStroke([Point(x: 8, y: 10.3), Point(x: 22, y: 10.3)], radius: 2.5)
        let mask = try Mask.strokes([stroke], size: Self.size)
        // From 7.8 to 12.8.
        for x in 9..<21 {
            #expect((6...13).map { mask[x, $0] } == [0, 51, 255, 255, 255, 255, 204, 0])
        }
        #expect(mask[5, 8] < 40 && mask[5, 10] > 100 && mask[4, 10] == 0)
    }

    @Test("Repeating or reversing a path changes nothing")
    func overlap() throws {
        let path = random(6, seed: 9)
        let mask = try Mask.strokes([Mask.BrushStroke(path, radius: 3)], size: Self.size)
        #expect(try Mask.strokes([Mask.BrushStroke(path + path.reversed(), radius: 3)], size: Self.size) == mask)
        let parts = try Mask.strokes(
            [Mask.BrushStroke(Array(path[...3]), radius: 3), Mask.BrushStroke(Array(path[3...]), radius: 3)],
            size: Self.size)
        #expect(parts == mask)
    }

    @Test("Strokes are clipped exactly at the image's border")
    func border() throws {
        let path = random(8, seed: 21)
        let cut = try Mask.strokes([Mask.BrushStroke(path, radius: 2.75)], size: Self.size)
        let moved = path.map { Point(x: $0.x + 8, y: $0.y + 8) }
        let whole = try Mask.strokes([Mask.BrushStroke(moved, radius: 2.75)], size: Size(width: 50, height: 40))
        for y in 0..<22 {
            for x in 0..<31 { #expect(abs(Int(cut[x, y]) - Int(whole[x + 8, y + 8])) <= 1) }
        }
    }

    @Test("Invalid strokes are refused with the reason")
    func refusals() {
        func code(_ points: [Point], _ radius: Double, _ size: Size = Self.size) -> GessoError.Code? {
            do { _ = try Mask.strokes([Mask.BrushStroke(points, radius: radius)], size: size) } catch {
                return error.code
            }
            return nil
        }
        let inside = [Point(x: 4, y: 4)]
        #expect(code([], 3) == .invalidParameter)
        #expect(code(inside, 0) == .invalidParameter)
        #expect(code(inside, -1) == .invalidParameter)
        #expect(code(inside, .nan) == .invalidParameter)
        #expect(code(inside, 1e9) == .invalidParameter)
        #expect(code([Point(x: .nan, y: 0)], 3) == .invalidParameter)
        #expect(code([Point(x: -40, y: 4)], 3) == .maskEmpty)
        #expect(code([Point(x: 4, y: 40)], 3) == .maskEmpty)
        let zigzag = (0..<1200).map { Point(x: Double($0 % 2) * 20, y: $0 % 2 == 0 ? 0 : 8000) }
        #expect(code(zigzag, 1, Size(width: 20, height: 8000)) == .limitExceeded)
        #expect((try? Mask.strokes([], size: Self.size)) == nil)
    }
}

private func covers(_ stroke: Mask.BrushStroke, _ point: Point) -> Bool {
    func square(_ a: Point, _ b: Point) -> Double { (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y) }
    let limit = stroke.radius * stroke.radius
    if stroke.points.contains(where: { square($0, point) <= limit }) { return true }
    return zip(stroke.points, stroke.points.dropFirst()).contains { start, end in
        let length = square(start, end)
        guard length > 0 else { return false }
        let t = ((point.x - start.x) * (end.x - start.x) + (point.y - start.y) * (end.y - start.y)) / length
        guard t > 0, t < 1 else { return false }
        return square(Point(x: start.x + t * (end.x - start.x), y: start.y + t * (end.y - start.y)), point) <= limit
    }
}
