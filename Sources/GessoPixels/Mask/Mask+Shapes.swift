#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Mask {
    /// A mask of one coverage: 0 keeps everything, 255 edits everything.
    public init(size: Size, filledWith coverage: UInt8) throws(GessoError) {
        try self.init(coverage: Bitmap(size: size, filledWith: [coverage], format: .gray8))
    }

    /// Edits the pixels of `rect` that lie inside an image of `size`.
    ///
    /// Throws `maskEmpty` when there are none.
    public static func rectangle(_ rect: Rect, size: Size) throws(GessoError) -> Mask {
        try requireOverlap(rect, size, "rectangle")
        let inside = rect.intersection(Rect(size))
        var mask = try Mask(size: size, filledWith: 0)
        try mask.coverage.withMutableRows { (rows) throws(GessoError) in
            for y in inside.y..<inside.maxY {
                (rows.row(y) + inside.x).update(repeating: 255, count: inside.width)
            }
        }
        return mask
    }

    /// Edits the ellipse that touches the four sides of `rect`; pixels on its edge are covered by their share.
    ///
    /// Throws `maskEmpty` when none of it lies inside an image of `size`.
    public static func ellipse(in rect: Rect, size: Size) throws(GessoError) -> Mask {
        try requireOverlap(rect, size, "ellipse")
        let inside = rect.intersection(Rect(size))
        var mask = try Mask(size: size, filledWith: 0)
        try mask.coverage.withMutableRows { (rows) throws(GessoError) in
            for y in inside.y..<inside.maxY {
                paintEllipseRow(rows.row(y), y: y, in: rect, from: inside.x, to: inside.maxX)
            }
        }
        return mask
    }

    /// One row: exact horizontal extents on 16 lines across the pixel's height.
    private static func paintEllipseRow(
        _ row: UnsafeMutablePointer<UInt8>, y: Int, in rect: Rect, from left: Int, to right: Int
    ) {
        let (radiusX, radiusY) = (Double(rect.width) / 2, Double(rect.height) / 2)
        let (centerX, centerY) = (Double(rect.x) + radiusX, Double(rect.y) + radiusY)
        let extents: [(Double, Double)] = (0..<16).map { line in
            let t = (Double(y) + (Double(line) + 0.5) / 16 - centerY) / radiusY
            let half = radiusX * sqrt(max(0, 1 - t * t))
            return (centerX - half, centerX + half)
        }
        func coverage(_ x: Int) -> UInt8 {
            let covered = extents.reduce(0) { sum, extent in
                sum + max(0, min(Double(x) + 1, extent.1) - max(Double(x), extent.0))
            }
            return UInt8(min(255, (covered * 255 / 16).rounded()))
        }
        // Between the innermost extents the row is solid.
        let solidStart = extents.reduce(Double(left)) { max($0, $1.0) }.rounded(.up)
        let solidEnd = extents.reduce(Double(right)) { min($0, $1.1) }.rounded(.down)
        let (start, end) = (Int(solidStart), Int(solidEnd))
        guard start < end else {
            for x in left..<right { row[x] = coverage(x) }
            return
        }
        for x in left..<start { row[x] = coverage(x) }
        (row + start).update(repeating: 255, count: end - start)
        for x in end..<right { row[x] = coverage(x) }
    }

    private static func requireOverlap(_ rect: Rect, _ size: Size, _ shape: String) throws(GessoError) {
        // Sides that overflow make a rectangle whose right edge lies left of its left edge.
        guard !rect.isEmpty, rect.maxX > rect.x, rect.maxY > rect.y, !rect.intersection(Rect(size)).isEmpty else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "The \(shape) \(rect) selects nothing inside an image of \(size); give it in that image's pixels.",
                facts: ["found": "\(rect)", "allowed": "\(Rect(size))"])
        }
    }
}
