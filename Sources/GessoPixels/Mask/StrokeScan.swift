/// Walks the parts of brush strokes down the rows of a picture.
///
/// A part is what a disc covers on its way along a line. On every line across the picture it takes one interval; in
/// thin slabs of a row, overlapping intervals are joined, and the outline of what is left adds its area.
struct StrokeScan {
    /// A disc moved from one point to the next.
    private struct Part {
        let start: Point
        let end: Point
        let radius: Double
        /// The long sides left and right of the way, from start to end.
        let sides: [(from: Point, to: Point)]
        let top: Double
        let bottom: Double

        init(_ start: Point, _ end: Point, _ radius: Double) {
            self.start = start
            self.end = end
            self.radius = radius
            top = min(start.y, end.y) - radius
            bottom = max(start.y, end.y) + radius
            let (x, y) = (end.x - start.x, end.y - start.y)
            let length = (x * x + y * y).squareRoot()
            guard length > 0 else {
                sides = []
                return
            }
            sides = [-radius / length, radius / length].map { scale in
                (
                    Point(x: start.x - y * scale, y: start.y + x * scale),
                    Point(x: end.x - y * scale, y: end.y + x * scale)
                )
            }
        }

        /// The interval at height `y`, which lies between top and bottom.
        func interval(_ y: Double) -> (left: Double, right: Double) {
            var (left, right) = (Double.infinity, -Double.infinity)
            for center in [start, end] {
                let square = radius * radius - (y - center.y) * (y - center.y)
                guard square >= 0 else { continue }
                left = min(left, center.x - square.squareRoot())
                right = max(right, center.x + square.squareRoot())
            }
            for (from, to) in sides where (from.y - y) * (to.y - y) <= 0 && from.y != to.y {
                let x = from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x)
                left = min(left, x)
                right = max(right, x)
            }
            // At the very top and bottom, rounding may miss the single point.
            return left <= right ? (left, right) : (start.x, start.x)
        }
    }

    /// What one part, or several joined, take of a slab.
    private struct Span {
        var topLeft: Double
        var topRight: Double
        var bottomLeft: Double
        var bottomRight: Double
        var left: Double { topLeft + bottomLeft }
        var right: Double { topRight + bottomRight }
    }

    private(set) var box = Box(left: 0, top: 0, right: 0, bottom: 0)
    /// The rows of all parts, added up.
    private(set) var rowsCrossed = 0
    private var parts: [Part] = []
    private var next = 0
    private var active: [Part] = []

    init(_ strokes: [BrushStroke], height: Int) {
        for stroke in strokes {
            // A dot is a way of no length; standing still adds nothing.
            if let first = stroke.points.first { take(first, first, stroke.radius, Double(height)) }
            for (start, end) in zip(stroke.points, stroke.points.dropFirst()) where start != end {
                take(start, end, stroke.radius, Double(height))
            }
        }
        parts.sort { $0.top < $1.top }
    }

    private mutating func take(_ start: Point, _ end: Point, _ radius: Double, _ height: Double) {
        let part = Part(start, end, radius)
        guard part.bottom > 0, part.top < height else { return }
        let (left, right) = (min(start.x, end.x) - radius, max(start.x, end.x) + radius)
        box =
            parts.isEmpty
            ? Box(left: left, top: part.top, right: right, bottom: part.bottom)
            : Box(
                left: min(box.left, left), top: min(box.top, part.top), right: max(box.right, right),
                bottom: max(box.bottom, part.bottom))
        rowsCrossed += Int(min(height, part.bottom).rounded(.up)) - Int(max(0, part.top))
        parts.append(part)
    }

    /// Draws the next row; rows must come in order from the box's top.
    mutating func draw(_ row: Int, into coverage: inout CoverageRow) {
        let (top, bottom) = (Double(row), Double(row + 1))
        active.removeAll { $0.bottom <= top }
        while next < parts.count, parts[next].top < bottom {
            active.append(parts[next])
            next += 1
        }
        guard !active.isEmpty else { return }
        for (start, end) in slabs(top, bottom) {
            for span in spans(start, end) {
                coverage.add(from: span.topLeft, to: span.bottomLeft, height: end - start, sign: 1)
                coverage.add(from: span.topRight, to: span.bottomRight, height: end - start, sign: -1)
            }
        }
    }

    /// Sixteen even slabs, cut further where a part begins or ends, if these are not too many.
    private func slabs(_ top: Double, _ bottom: Double) -> [(Double, Double)] {
        var cuts = (0...16).map { top + Double($0) / 16 }
        let ends = active.flatMap { [$0.top, $0.bottom] }.filter { $0 > top && $0 < bottom }
        if ends.count <= 16 { cuts += ends }
        cuts.sort()
        return zip(cuts, cuts.dropFirst()).filter { $0 < $1 }
    }

    /// The parts' intervals in a slab, joined where they overlap at its middle; from left to right.
    private func spans(_ start: Double, _ end: Double) -> [Span] {
        let middle = (start + end) / 2
        var spans: [Span] = active.filter { $0.top <= middle && $0.bottom > middle }.map { part in
            let above = part.interval(max(start, part.top))
            let below = part.interval(min(end, part.bottom))
            return Span(topLeft: above.left, topRight: above.right, bottomLeft: below.left, bottomRight: below.right)
        }
        spans.sort { $0.left < $1.left }
        var joined: [Span] = []
        for span in spans {
            guard var last = joined.popLast() else {
                joined.append(span)
                continue
            }
            guard span.left <= last.right else {
                joined += [last, span]
                continue
            }
            last.topLeft = min(last.topLeft, span.topLeft)
            last.bottomLeft = min(last.bottomLeft, span.bottomLeft)
            last.topRight = max(last.topRight, span.topRight)
            last.bottomRight = max(last.bottomRight, span.bottomRight)
            joined.append(last)
        }
        return joined
    }
}
