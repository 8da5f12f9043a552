/// Accumulates the coverage of one row of pixels by a shape from the segments of its outline.
///
/// Each segment adds the area to its right, positive where it enters the shape and negative where it leaves it. Within
/// the pixels that it crosses, its exact area counts, so the sum is exact (the accumulation buffer of font
/// rasterizers).
struct CoverageRow {
    /// The first pixel's column.
    let left: Int
    let width: Int
    /// Differences between neighboring pixels, with one entry more for the right edge.
    private var steps: [Double]

    init(left: Int, width: Int) {
        self.left = left
        self.width = width
        steps = [Double](repeating: 0, count: width + 2)
    }

    /// Adds a straight segment from column `start` to `end` (with fractions) over a vertical distance of `height`
    /// pixels; `sign` is 1 where it enters the shape and −1 where it leaves it.
    mutating func add(from start: Double, to end: Double, height: Double, sign: Double) {
        let (x0, x1) = (min(start, end) - Double(left), max(start, end) - Double(left))
        let (low, high) = (0.0, Double(width))
        guard x0 < high else { return }
        if x1 <= low {
            steps[0] += height * sign
            return
        }
        guard x0 < low || x1 > high else {
            addInside(x0, x1, height * sign)
            return
        }
        // Segments left of the first pixel cover the whole row; those right of the last cover nothing.
        let perColumn = height * sign / (x1 - x0)
        if x0 < low { steps[0] += (low - x0) * perColumn }
        let (inner0, inner1) = (max(x0, low), min(x1, high))
        addInside(inner0, inner1, (inner1 - inner0) * perColumn)
    }

    private mutating func addInside(_ x0: Double, _ x1: Double, _ height: Double) {
        let (first, last) = (Int(x0), Int(x1))
        if first == last {
            addPiece(first, (x0 + x1) / 2, height)
            return
        }
        let perColumn = height / (x1 - x0)
        addPiece(first, (x0 + Double(first + 1)) / 2, (Double(first + 1) - x0) * perColumn)
        for column in first + 1..<last { addPiece(column, Double(column) + 0.5, perColumn) }
        let rest = (x1 - Double(last)) * perColumn
        if rest != 0 { addPiece(last, (Double(last) + x1) / 2, rest) }
    }

    /// Adds a segment within one pixel; its mean position determines the area to its right.
    private mutating func addPiece(_ column: Int, _ mean: Double, _ height: Double) {
        let share = mean - Double(column)
        steps[column] += height * (1 - share)
        steps[column + 1] += height * share
    }

    /// Writes the coverage of `width` pixels and resets the row.
    mutating func write(to row: UnsafeMutablePointer<UInt8>) {
        var sum = 0.0
        steps.withUnsafeMutableBufferPointer { steps in
            for column in 0..<width {
                sum += steps[column]
                steps[column] = 0
                row[column] = UInt8(max(0, min(255, (sum * 255).rounded())))
            }
            steps[width] = 0
            steps[width + 1] = 0
        }
    }
}

extension Mask {
    /// A mask of `size` with the rows inside `area`, which lies inside the image, drawn by `draw`.
    static func drawn(
        size: Size, area: Rect, _ draw: (_ row: Int, _ coverage: inout CoverageRow) throws(GessoError) -> Void
    ) throws(GessoError) -> Mask {
        var mask = try Mask(size: size, filledWith: 0)
        var coverage = CoverageRow(left: area.x, width: area.width)
        try mask.coverage.withMutableRows { (rows) throws(GessoError) in
            for y in area.y..<area.maxY {
                if y % 64 == 0 { try checkCancellation("mask") }
                try draw(y, &coverage)
                coverage.write(to: rows.row(y) + area.x)
            }
        }
        return mask
    }

    /// The pixels that a shape within `box` may cover in an image of `size`. Throws `maskEmpty` if there are none.
    static func area(of box: Box, in size: Size, _ shape: String) throws(GessoError) -> Rect {
        let (left, top) = (max(0, Int(box.left.rounded(.down))), max(0, Int(box.top.rounded(.down))))
        let right = min(size.width, Int(box.right.rounded(.up)))
        let bottom = min(size.height, Int(box.bottom.rounded(.up)))
        guard left < right, top < bottom else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "The \(shape) selects nothing inside an image of \(size); give it in that image's pixels.",
                facts: ["allowed": "\(Rect(size))"])
        }
        return Rect(x: left, y: top, width: right - left, height: bottom - top)
    }

    /// Throws `invalidParameter` for coordinates that are not finite or farther than 1,000,000 from the origin.
    static func requireCoordinates(_ points: some Sequence<Point>, _ shape: String) throws(GessoError) {
        for point in points where !(abs(point.x) <= 1_000_000 && abs(point.y) <= 1_000_000) {
            throw GessoError(
                .invalidParameter, stage: "mask",
                "A \(shape) has a point at (\(point.x), \(point.y)); coordinates must lie in -1000000...1000000.",
                facts: ["found": "(\(point.x), \(point.y))", "allowed": "-1000000...1000000"])
        }
    }

    static func requireWork(_ found: Int, allowed: Int, _ shape: String) throws(GessoError) {
        guard found > allowed else { return }
        throw GessoError(
            .limitExceeded, stage: "mask",
            "The \(shape) crosses \(found) rows in total, \(allowed) are allowed; give it fewer points.",
            facts: ["found": "\(found)", "allowed": "\(allowed)", "what": "rows crossed"])
    }
}
