extension Mask {
    /// A stroke of a round brush: all pixels within `radius` of the path.
    package struct BrushStroke: Sendable, Hashable, Codable {
        /// The path, in upright pixels; a single point is a dot.
        package var points: [Point]
        /// In pixels, above 0.
        package var radius: Double

        /// A stroke along these points; checked when a mask is drawn from it.
        package init(_ points: [Point], radius: Double) {
            self.points = points
            self.radius = radius
        }
    }
}

extension Mask {
    /// Selects what a round brush of `radius` pixels covers on its way from point to point; a single point is a dot.
    ///
    /// Pixels on the edge are selected in proportion to the covered area, within three levels of the exact one. Join
    /// several strokes with ``union(_:)``. Throws `maskEmpty` if the stroke lies outside an image of `size`,
    /// `invalidParameter` without points, for a radius outside 0...16384 or coordinates that are not finite, and
    /// `limitExceeded` if its segments cross more than 8 million rows in total.
    public static func stroke(_ points: [Point], radius: Double, size: Size) throws(GessoError) -> Mask {
        try strokes([BrushStroke(points, radius: radius)], size: size)
    }

    /// Selects what the brush strokes cover; pixels on the edge are selected in proportion to the covered area.
    ///
    /// Overlapping strokes select no more than one of them does. Coverage is within three levels of the exact area.
    ///
    /// Throws `maskEmpty` if no stroke lies inside an image of `size`, `invalidParameter` for a stroke without points,
    /// a radius outside 0...16384 or coordinates that are not finite, and `limitExceeded` if the strokes' segments
    /// cross more than 8 million rows in total.
    package static func strokes(_ strokes: [Mask.BrushStroke], size: Size) throws(GessoError) -> Mask {
        for stroke in strokes {
            guard !stroke.points.isEmpty, stroke.radius > 0, stroke.radius <= 16384 else {
                throw GessoError(
                    .invalidParameter, stage: "mask",
                    "A stroke has \(stroke.points.count) points and a radius of \(stroke.radius); give at least one point "
                        + "and a radius above 0, at most 16384.",
                    facts: ["found": "\(stroke.radius)", "allowed": "0...16384"])
            }
            try requireCoordinates(stroke.points, "stroke")
        }
        var scan = StrokeScan(strokes, height: size.height)
        let area = try area(of: scan.box, in: size, "stroke")
        try requireWork(scan.rowsCrossed, allowed: 8_000_000, "stroke")
        let mask = try drawn(size: size, area: area) { (y, coverage) in scan.draw(y, into: &coverage) }
        guard !mask.isEmpty else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "The strokes cover nothing inside an image of \(size); give them in that image's pixels.",
                facts: ["allowed": "\(Rect(size))"])
        }
        return mask
    }
}
