/// Scans the segments of brush strokes row by row.
///
/// In thin slabs of a row, overlapping intervals of segments are merged; the outline of the result adds its area.
struct StrokeScan {
    /// The interval of one or several merged segments in a slab.
    private struct Span {
        var topLeft: Double
        var topRight: Double
        var bottomLeft: Double
        var bottomRight: Double
        let part: Int
        var left: Double { topLeft + bottomLeft }
        var right: Double { topRight + bottomRight }
    }

    private(set) var box = Box(left: 0, top: 0, right: 0, bottom: 0)
    /// The total number of rows of all segments.
    private(set) var rowsCrossed = 0
    /// Sorted by top.
    private var parts: [StrokePart] = []
    private var next = 0
    /// The segments in this row, in the left-to-right order of the last slab.
    private var active: [Int] = []
    private var spans: [Span] = []

    init(_ strokes: [Mask.BrushStroke], height: Int) {
        for stroke in strokes {
            // A dot is a segment of length zero; repeated points add nothing.
            if let first = stroke.points.first { take(first, first, stroke.radius, Double(height)) }
            for (start, end) in zip(stroke.points, stroke.points.dropFirst()) where start != end {
                take(start, end, stroke.radius, Double(height))
            }
        }
        parts.sort { $0.top < $1.top }
    }

    private mutating func take(_ start: Point, _ end: Point, _ radius: Double, _ height: Double) {
        let part = StrokePart(start, end, radius: radius)
        guard part.bottom > 0, part.top < height else { return }
        box =
            parts.isEmpty
            ? Box(left: part.left, top: part.top, right: part.right, bottom: part.bottom)
            : Box(
                left: min(box.left, part.left), top: min(box.top, part.top), right: max(box.right, part.right),
                bottom: max(box.bottom, part.bottom))
        rowsCrossed += Int(min(height, part.bottom).rounded(.up)) - Int(max(0, part.top))
        parts.append(part)
    }

    /// Draws the next row; rows must be drawn in order from the top of the box.
    mutating func draw(_ row: Int, into coverage: inout CoverageRow) {
        let (top, bottom) = (Double(row), Double(row + 1))
        active.removeAll { parts[$0].bottom <= top }
        while next < parts.count, parts[next].top < bottom {
            active.append(next)
            next += 1
        }
        guard !active.isEmpty else { return }
        let cuts = cuts(top, bottom)
        for (start, end) in zip(cuts, cuts.dropFirst()) where start < end {
            gather(start, end)
            draw(height: end - start, into: &coverage)
        }
    }

    /// Sixteen equal slabs, fewer if there are many segments, with more boundaries where a segment begins or ends.
    private func cuts(_ top: Double, _ bottom: Double) -> [Double] {
        let even = active.count <= 200 ? 16 : 8
        var cuts = (0...even).map { top + Double($0) / Double(even) }
        let ends = active.count <= 16 ? active.flatMap { [parts[$0].top, parts[$0].bottom] } : []
        cuts += ends.filter { $0 > top && $0 < bottom }
        return ends.isEmpty ? cuts : cuts.sorted()
    }

    /// Collects the segments' intervals in a slab, sorted from left to right.
    private mutating func gather(_ start: Double, _ end: Double) {
        let middle = (start + end) / 2
        spans.removeAll(keepingCapacity: true)
        var rest: [Int] = []
        for index in active {
            guard parts[index].top <= middle, parts[index].bottom > middle else {
                rest.append(index)
                continue
            }
            let (above, below) = (parts[index].interval(start), parts[index].interval(end))
            spans.append(
                Span(
                    topLeft: above.left, topRight: above.right, bottomLeft: below.left, bottomRight: below.right,
                    part: index))
        }
        let isSorted = zip(spans, spans.dropFirst()).allSatisfy { $0.left <= $1.left }
        guard !isSorted else { return }
        spans.sort { $0.left < $1.left }
        active = spans.map(\.part) + rest
    }

    /// Merges the intervals that overlap in the middle of the slab, and adds their outlines.
    private func draw(height: Double, into coverage: inout CoverageRow) {
        func add(_ span: Span) {
            coverage.add(from: span.topLeft, to: span.bottomLeft, height: height, sign: 1)
            coverage.add(from: span.topRight, to: span.bottomRight, height: height, sign: -1)
        }
        guard var joined = spans.first else { return }
        for span in spans.dropFirst() {
            guard span.left <= joined.right else {
                add(joined)
                joined = span
                continue
            }
            joined.topLeft = min(joined.topLeft, span.topLeft)
            joined.bottomLeft = min(joined.bottomLeft, span.bottomLeft)
            joined.topRight = max(joined.topRight, span.topRight)
            joined.bottomRight = max(joined.bottomRight, span.bottomRight)
        }
        add(joined)
    }
}
