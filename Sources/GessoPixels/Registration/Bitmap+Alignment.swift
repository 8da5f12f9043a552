extension Bitmap {
    /// How this image lies against `reference`, judged by what both should show alike.
    ///
    /// `edited` is the mask of what was meant to change, in pixels of the reference: it is left out, with a margin.
    /// The two may differ in gain, offset, slow drift and noise. An image of another size is brought to the reference's
    /// first, so that the estimate is in pixels of the reference. Coarse to fine on luminance, then by some hundred
    /// textured tiles that vote; motions of more than a tenth of the canvas are not found. Costs about as much as
    /// decoding the image. Never fails for lack of evidence: the confidence says how much there is.
    public func alignment(with reference: Bitmap, edited: Mask? = nil) throws(GessoError) -> Alignment {
        if let edited { try edited.requireSize(reference.size) }
        var result = Alignment.identity(on: reference.size)
        guard reference.size.shortEdge >= 32 else { return result }
        // A blended border belongs to the edit: it is neither the one image nor the other.
        let keep = try edited.map { (mask) throws(GessoError) in try mask.dilated(by: 4).inverted().coverage }
        let moved = size == reference.size ? self : try resized(to: reference.size)
        var levels = [
            LuminanceLevel(reference: try reference.luminance(), moved: try moved.luminance(), keep: keep)
        ]
        while let last = levels.last, last.size.longEdge > 160, last.size.shortEdge > 48 {
            levels.append(try last.halved())
        }

        var motion = GlobalAlignment()
        // A quarter of a pixel here is enough for the tiles to start from.
        for level in levels.reversed() where level.size.longEdge <= 400 || levels.count == 1 {
            motion.refine(on: level, full: reference.size, steps: 12)
        }
        if !motion.isPlausible(on: reference.size) { motion = GlobalAlignment() }
        // An image without fine detail has some at a coarser level; one tile there counts for what it covers.
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
        // What matters is how well the motion is known where pixels will be moved: at the edit's corners.
        let area = edited ?? Rect(size)
        let (centerX, centerY) = (Double(size.width) / 2, Double(size.height) / 2)
        let corners = [(area.x, area.y), (area.maxX, area.y), (area.x, area.maxY), (area.maxX, area.maxY)]
        let uncertainty =
            corners.map { agreement.uncertainty(x: Double($0.0) - centerX, y: Double($0.1) - centerY) }.max()
            ?? .infinity
        return count / Double(measured) * min(1, count / 12) * min(1, 0.15 / uncertainty)
    }
}
