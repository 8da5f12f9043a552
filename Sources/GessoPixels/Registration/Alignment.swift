extension EditAudit {
    /// The estimated shift and scale of a result relative to the upload.
    ///
    /// A point of the reference is at `(point − center) × scale + center + shift` in the moved image; all in pixels of the
    /// reference, with the center of the canvas as center.
    public struct Alignment: Sendable, Hashable, Codable {
        /// The horizontal shift in pixels; positive to the right.
        public var shiftX: Double
        /// The vertical shift in pixels; positive downward.
        public var shiftY: Double
        /// The scale factor; 1 for none.
        public var scale: Double
        /// The fixed point of the scale, in pixels.
        public var center: Point
        /// 0 (no evidence) … 1: the fraction of tiles that agree, reduced if they are few or unevenly distributed.
        public var confidence: Double
        /// The root mean square distance of the agreeing tiles from the common motion, in pixels.
        public var residual: Double
        /// The number of tiles that agree.
        public var agreeing: Int
        /// The number of measured tiles.
        public var measured: Int

        private enum CodingKeys: String, CodingKey {
            case shiftX, shiftY, scale
            // The spelling in JSON reports and stored jobs.
            case center = "centre"
            case confidence, residual, agreeing, measured
        }

        /// No motion, with confidence 0.
        public static func identity(on canvas: Size) -> EditAudit.Alignment {
            EditAudit.Alignment(
                shiftX: 0, shiftY: 0, scale: 1,
                center: Point(x: Double(canvas.width) / 2, y: Double(canvas.height) / 2),
                confidence: 0, residual: 0, agreeing: 0, measured: 0)
        }

        /// Whether the estimate is reliable enough to correct by.
        public var isConfident: Bool { confidence >= 0.5 }

        /// The largest displacement of any point of a canvas of that size, in pixels.
        public func largestMotion(on canvas: Size) -> Double {
            let reachX = abs(scale - 1) * Double(canvas.width) / 2 + abs(shiftX)
            let reachY = abs(scale - 1) * Double(canvas.height) / 2 + abs(shiftY)
            return (reachX * reachX + reachY * reachY).squareRoot()
        }

        /// The position in the moved image of a box of the reference.
        package func moved(_ box: Box) -> Box {
            Box(
                left: (box.left - center.x) * scale + center.x + shiftX,
                top: (box.top - center.y) * scale + center.y + shiftY,
                right: (box.right - center.x) * scale + center.x + shiftX,
                bottom: (box.bottom - center.y) * scale + center.y + shiftY)
        }
    }
}

extension Bitmap {
    /// Estimates shift and scale of this image relative to `reference`.
    ///
    /// `edited` is the mask of the intended changes, in pixels of the reference; it is excluded with a margin. The
    /// images may differ in gain, offset, slow drift and noise. An image of another size is first resized to the
    /// reference's. Works from coarse to fine on luminance, then by a robust fit to some hundred textured tiles;
    /// motions of more than a tenth of the canvas are not found. Costs about as much as decoding the image. Does not
    /// throw for lack of evidence: see ``EditAudit/Alignment/confidence``.
    package func alignment(with reference: Bitmap, edited: Mask? = nil) throws(GessoError) -> EditAudit.Alignment {
        if let edited { try edited.requireSize(reference.size) }
        var result = EditAudit.Alignment.identity(on: reference.size)
        guard reference.size.shortEdge >= 32 else { return result }
        // The blended border belongs to neither image, so it is excluded too.
        let keep = try edited.map { (mask) throws(GessoError) in try mask.dilated(by: 4).inverted().coverage }
        let moved = size == reference.size ? self : try resized(to: reference.size)
        var levels = [
            LuminanceLevel(reference: try reference.luminance(), moved: try moved.luminance(), keep: keep)
        ]
        while let last = levels.last, last.size.longEdge > 160, last.size.shortEdge > 48 {
            levels.append(try last.halved())
        }

        var motion = GlobalAlignment()
        // The tiles need a starting point within a quarter of a pixel.
        for level in levels.reversed() where level.size.longEdge <= 400 || levels.count == 1 {
            motion.refine(on: level, full: reference.size, steps: 12)
        }
        if !motion.isPlausible(on: reference.size) { motion = GlobalAlignment() }
        // If an image has too little fine detail, use tiles of a coarser level, which cover more of it.
        var tiles: [TileAlignment] = []
        for level in levels.prefix(3) where tiles.count < 16 {
            let found = TileAlignment.measure(on: level, full: reference.size, from: motion)
            if found.count > tiles.count { tiles = found }
        }
        result.measured = tiles.count
        guard let agreement = TileAgreement(tiles) else { return result }
        result.shiftX = agreement.shiftX
        result.shiftY = agreement.shiftY
        result.scale = 1 + agreement.growth
        result.residual = agreement.residual
        result.agreeing = agreement.agreeing.count
        result.confidence = Bitmap.confidence(agreement, of: tiles.count, reference.size, edited?.boundingBox)
        return result
    }

    private static func confidence(_ agreement: TileAgreement, of measured: Int, _ size: Size, _ edited: Rect?)
        -> Double
    {
        let count = Double(agreement.agreeing.count)
        guard count >= 6, abs(agreement.growth) < 0.1 else { return 0 }
        // The motion must be accurate where pixels will be moved: at the corners of the edit.
        let area = edited ?? Rect(size)
        let (centerX, centerY) = (Double(size.width) / 2, Double(size.height) / 2)
        let corners = [(area.x, area.y), (area.maxX, area.y), (area.x, area.maxY), (area.maxX, area.maxY)]
        let uncertainty =
            corners.map { agreement.uncertainty(x: Double($0.0) - centerX, y: Double($0.1) - centerY) }.max()
            ?? .infinity
        return count / Double(measured) * min(1, count / 12) * min(1, 0.15 / uncertainty)
    }
}
