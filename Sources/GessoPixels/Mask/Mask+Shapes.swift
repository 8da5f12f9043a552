#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Mask {
    /// A mask with the same coverage everywhere: 0 keeps all pixels, 255 edits all.
    public init(size: Size, filledWith coverage: UInt8) throws(GessoError) {
        try self.init(coverage: Bitmap(size: size, filledWith: [coverage], format: .gray8))
    }

    /// Selects the pixels of `rect` that lie inside an image of `size`. Throws `maskEmpty` if there are none.
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

    /// Selects the ellipse inscribed in `rect`; pixels on its edge are selected in proportion to the covered area.
    /// Throws `maskEmpty` if no part of it lies inside an image of `size`.
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
        // Between the innermost extents, coverage is 255.
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
        // If a side overflows, the right edge is left of the left edge.
        guard !rect.isEmpty, rect.maxX > rect.x, rect.maxY > rect.y, !rect.intersection(Rect(size)).isEmpty else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "The \(shape) \(rect) selects nothing inside an image of \(size); give it in that image's pixels.",
                facts: ["found": "\(rect)", "allowed": "\(Rect(size))"])
        }
    }
}
