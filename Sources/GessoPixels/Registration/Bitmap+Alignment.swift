extension Bitmap {
    /// Estimates shift and scale of this image relative to `reference`.
    ///
    /// `edited` is the mask of the intended changes, in pixels of the reference; it is excluded with a margin. The
    /// images may differ in gain, offset, slow drift and noise. An image of another size is first resized to the
    /// reference's. Works from coarse to fine on luminance, then by a robust fit to some hundred textured tiles;
    /// motions of more than a tenth of the canvas are not found. Costs about as much as decoding the image. Does not
    /// throw for lack of evidence: see ``Alignment/confidence``.
    public func alignment(with reference: Bitmap, edited: Mask? = nil) throws(GessoError) -> Alignment {
        if let edited { try edited.requireSize(reference.size) }
        var result = Alignment.identity(on: reference.size)
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
