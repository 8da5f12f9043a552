/// Scans the sides of a polygon row by row.
///
/// Between two consecutive corners or crossings the order of the sides does not change, so the fill rule is evaluated
/// once for such a slab of a row; each side that is a border adds its exact area.
struct PolygonScan {
    /// A side with its top first, clipped to the image's rows.
    private struct Side {
        let top: Double
        let bottom: Double
        let x: Double
        /// The change of x for each row down.
        let slope: Double
        /// 1 if the outline goes down along this side, −1 if it goes up.
        let winding: Int

        func x(at y: Double) -> Double { x + (min(max(y, top), bottom) - top) * slope }
    }

    /// The positions of a side at the top, middle and bottom of a slab.
    private struct Passage {
        let top: Double
        let middle: Double
        let bottom: Double
        let winding: Int
    }

    /// The bounds of the outlines; the width is 0 if there is nothing to draw.
    private(set) var box = Box(left: 0, top: 0, right: 0, bottom: 0)
    /// The total number of rows of all sides.
    private(set) var rowsCrossed = 0
    private let rule: Mask.FillRule
    /// Sorted by top.
    private var sides: [Side] = []
    private var next = 0
    private var active: [Side] = []
    /// The number of passages that may still be examined in this row; bounds the time for outlines with very many
    /// corners and crossings.
    private var budget = 0

    init(_ contours: [[Point]], rule: Mask.FillRule, height: Int) {
        self.rule = rule
        for contour in contours {
            for (index, start) in contour.enumerated() {
                take(start, contour[(index + 1) % contour.count], Double(height))
            }
        }
        sides.sort { $0.top < $1.top }
    }

    private mutating func take(_ start: Point, _ end: Point, _ height: Double) {
        let (upper, lower) = start.y < end.y ? (start, end) : (end, start)
        let (top, bottom) = (max(0, upper.y), min(height, lower.y))
        guard top < bottom else { return }
        let slope = (lower.x - upper.x) / (lower.y - upper.y)
        let side = Side(
            top: top, bottom: bottom, x: upper.x + (top - upper.y) * slope, slope: slope,
            winding: start.y < end.y ? 1 : -1)
        let (left, right) = (min(side.x, side.x(at: bottom)), max(side.x, side.x(at: bottom)))
        box =
            sides.isEmpty
            ? Box(left: left, top: top, right: right, bottom: bottom)
            : Box(
                left: min(box.left, left), top: min(box.top, top), right: max(box.right, right),
                bottom: max(box.bottom, bottom))
        rowsCrossed += Int(bottom.rounded(.up)) - Int(top)
        sides.append(side)
    }

    /// Draws the next row; rows must be drawn in order from the top of the box.
    mutating func draw(_ row: Int, into coverage: inout CoverageRow) {
        let (top, bottom) = (Double(row), Double(row + 1))
        active.removeAll { $0.bottom <= top }
        while next < sides.count, sides[next].top < bottom {
            active.append(sides[next])
            next += 1
        }
        guard !active.isEmpty else { return }
        budget = 2048 + 4 * active.count
        var slabs = slabs(top, bottom)
        while let (start, end) = slabs.popLast() {
            let passages = passages(start, end)
            if let crossing = crossing(of: passages, start, end), budget > 0 {
                slabs.append((crossing, end))
                slabs.append((start, crossing))
                continue
            }
            add(passages, height: end - start, to: &coverage)
        }
    }

    /// The row divided at its corners, lowest slab first; into equal slabs if there are too many corners.
    private func slabs(_ top: Double, _ bottom: Double) -> [(Double, Double)] {
        var cuts = [top, bottom]
        for side in active {
            if side.top > top { cuts.append(side.top) }
            if side.bottom < bottom { cuts.append(side.bottom) }
        }
        let most = budget / active.count
        if cuts.count > most { cuts = (0...most).map { top + Double($0) / Double(most) } }
        cuts.sort(by: >)
        return zip(cuts.dropFirst(), cuts).filter { $0 < $1 }
    }

    private mutating func passages(_ start: Double, _ end: Double) -> [Passage] {
        let middle = (start + end) / 2
        budget -= active.count
        return active.filter { $0.top <= middle && $0.bottom > middle }.map { side in
            Passage(top: side.x(at: start), middle: side.x(at: middle), bottom: side.x(at: end), winding: side.winding)
        }.sorted { $0.middle < $1.middle }
    }

    /// The height at which the first two neighbors cross, if it is well inside the slab.
    private func crossing(of passages: [Passage], _ start: Double, _ end: Double) -> Double? {
        for (left, right) in zip(passages, passages.dropFirst()) {
            let (above, below) = (left.top - right.top, left.bottom - right.bottom)
            guard max(above, below) > 1e-6, above != below else { continue }
            let crossing = start + (end - start) * above / (above - below)
            // The difference is less than one level of coverage.
            if crossing - start > 1e-4, end - crossing > 1e-4 { return crossing }
        }
        return nil
    }

    private func add(_ passages: [Passage], height: Double, to coverage: inout CoverageRow) {
        var winding = 0
        for passage in passages {
            let wasInside = isInside(winding)
            winding += rule == .evenOdd ? 1 : passage.winding
            guard isInside(winding) != wasInside else { continue }
            coverage.add(from: passage.top, to: passage.bottom, height: height, sign: wasInside ? -1 : 1)
        }
    }

    private func isInside(_ winding: Int) -> Bool {
        rule == .evenOdd ? winding % 2 != 0 : winding != 0
    }
}
