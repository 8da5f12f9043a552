/// The area covered by a disc moving from one point to another. Every horizontal line intersects it in one interval.
struct StrokePart {
    let top: Double
    let bottom: Double
    /// The horizontal bounds.
    let left: Double
    let right: Double
    private let start: Point
    private let end: Point
    private let squaredRadius: Double
    private let isDot: Bool
    /// The two long sides: their vertical extent, and the change of x for each row down.
    private let sides: (Side, Side)

    private struct Side {
        var top = Double.infinity
        var bottom = -Double.infinity
        var x = 0.0
        var slope = 0.0

        init() {}

        init(_ a: Point, _ b: Point) {
            // The discs alone determine where a horizontal side lies.
            guard a.y != b.y else { return }
            let (upper, lower) = a.y < b.y ? (a, b) : (b, a)
            (top, bottom, x, slope) = (upper.y, lower.y, upper.x, (lower.x - upper.x) / (lower.y - upper.y))
        }
    }

    init(_ start: Point, _ end: Point, radius: Double) {
        self.start = start
        self.end = end
        squaredRadius = radius * radius
        top = min(start.y, end.y) - radius
        bottom = max(start.y, end.y) + radius
        left = min(start.x, end.x) - radius
        right = max(start.x, end.x) + radius
        let (x, y) = (end.x - start.x, end.y - start.y)
        let length = (x * x + y * y).squareRoot()
        isDot = length == 0
        func side(_ distance: Double) -> Side {
            let (across, down) = (-y * distance / length, x * distance / length)
            return Side(
                Point(x: start.x + across, y: start.y + down), Point(x: end.x + across, y: end.y + down))
        }
        sides = isDot ? (Side(), Side()) : (side(radius), side(-radius))
    }

    /// The interval at height `y`, clamped to the vertical extent.
    func interval(_ y: Double) -> (left: Double, right: Double) {
        let y = min(max(y, top), bottom)
        var (left, right) = (Double.infinity, -Double.infinity)
        func take(_ low: Double, _ high: Double) {
            if low < left { left = low }
            if high > right { right = high }
        }
        func take(_ center: Point) {
            let square = squaredRadius - (y - center.y) * (y - center.y)
            guard square >= 0 else { return }
            let half = square.squareRoot()
            take(center.x - half, center.x + half)
        }
        func take(_ side: Side) {
            guard y >= side.top, y <= side.bottom else { return }
            let x = side.x + (y - side.top) * side.slope
            take(x, x)
        }
        take(start)
        if !isDot {
            take(end)
            take(sides.0)
            take(sides.1)
        }
        // At the very top and bottom, rounding may miss the single point.
        if left > right {
            let isNearStart = abs(y - start.y) < abs(y - end.y)
            (left, right) = isNearStart ? (start.x, start.x) : (end.x, end.x)
        }
        return (left, right)
    }
}
