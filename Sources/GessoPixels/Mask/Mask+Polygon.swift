extension Mask {
    /// The rule that decides which areas overlapping or nested outlines enclose.
    package enum FillRule: String, Sendable, Codable, CaseIterable {
        /// Areas with a winding number other than 0.
        case nonZero
        /// Areas enclosed an odd number of times: an outline inside another one cuts a hole.
        case evenOdd
    }
}

extension Mask {
    /// Selects the inside of a polygon; pixels on its edge are selected in proportion to the covered area.
    ///
    /// The last point is connected to the first. Points are in continuous coordinates: the center of the top left pixel
    /// is (0.5, 0.5). Throws the errors of ``polygon(contours:evenOdd:size:)``.
    public static func polygon(
        _ points: [Point], evenOdd: Bool = false, size: Size
    ) throws(GessoError) -> Mask {
        try polygon(contours: [points], evenOdd: evenOdd, size: size)
    }

    /// Selects what several closed outlines enclose; pixels on an edge are selected in proportion to the covered area.
    ///
    /// Selected are areas with a winding number other than 0, or with `evenOdd` those enclosed an odd number of times, so
    /// that an outline inside another one cuts a hole.
    ///
    /// Coverage is the exact area, rounded to 1/255; if hundreds of corners or crossings share a row of pixels, it is
    /// sampled on several lines across the row. Time is proportional to the rows that the sides cross.
    ///
    /// Throws `maskEmpty` if nothing lies inside an image of `size`, `invalidParameter` for an outline of fewer than 3
    /// points or coordinates that are not finite, and `limitExceeded` if the sides cross more than 4 million rows in
    /// total.
    public static func polygon(
        contours: [[Point]], evenOdd: Bool = false, size: Size
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
        var scan = PolygonScan(contours, rule: evenOdd ? .evenOdd : .nonZero, height: size.height)
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
