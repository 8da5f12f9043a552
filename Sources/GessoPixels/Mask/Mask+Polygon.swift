/// Which parts of a plane an outline encloses where it runs around them several times.
public enum FillRule: String, Sendable, Codable, CaseIterable {
    /// Everything that the outline runs around, unless it does so as often one way as the other.
    case nonZero
    /// What an odd number of outlines must be crossed to leave: an outline inside another cuts a hole.
    case evenOdd
}

extension Mask {
    /// Edits the inside of a polygon; pixels on its edge are covered by their share.
    ///
    /// The last point is joined to the first. Points lie between pixels: the center of the top left pixel is
    /// (0.5, 0.5). Throws as ``polygon(contours:rule:size:)`` does.
    public static func polygon(
        _ points: [Point], rule: FillRule = .nonZero, size: Size
    ) throws(GessoError) -> Mask {
        try polygon(contours: [points], rule: rule, size: size)
    }

    /// Edits what several closed outlines enclose together, as `rule` says; pixels on an edge are covered by their share.
    ///
    /// Coverage is the exact area, rounded to 1/255; where hundreds of corners or crossings share a row of pixels, it is
    /// that of some lines across the row. Time grows with the rows that each side crosses; memory is the mask's.
    /// Throws `maskEmpty` when nothing lies inside an image of `size`, `invalidParameter` for an outline of fewer than
    /// 3 points or coordinates that are no numbers, `limitExceeded` when the sides cross more than 4 million rows.
    public static func polygon(
        contours: [[Point]], rule: FillRule = .nonZero, size: Size
    ) throws(GessoError) -> Mask {
        for contour in contours {
            guard contour.count >= 3 else {
                throw GessoError(
                    .invalidParameter, stage: "mask",
                    "A polygon has \(contour.count) points; it needs at least 3 to enclose anything.",
                    facts: ["found": "\(contour.count)", "allowed": "3 or more"])
            }
            try requireCoordinates(contour, "polygon")
        }
        var scan = PolygonScan(contours, rule: rule, height: size.height)
        let area = try area(of: scan.box, in: size, "polygon")
        try requireWork(scan.rowsCrossed, allowed: 4_000_000, "polygon")
        let mask = try drawn(size: size, area: area) { (y, coverage) in scan.draw(y, into: &coverage) }
        guard !mask.isEmpty else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "The polygon encloses nothing inside an image of \(size); give it in that image's pixels.",
                facts: ["allowed": "\(Rect(size))"])
        }
        return mask
    }
}
