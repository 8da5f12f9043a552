import CGessoKernels

/// The position in the moved image of one small textured tile of the reference.
struct TileAlignment {
    /// The tile's center relative to the canvas's center, in pixels.
    let x: Double
    let y: Double
    /// The shift from the tile's position in the reference to that in the moved image.
    let shiftX: Double
    let shiftY: Double
    /// How well the texture determines the estimate: the mean squared gradient in its weaker direction, less that of
    /// noise and with an upper limit.
    let weight: Double

    /// Measures the tile with the most texture in every cell of a grid, starting from a common motion.
    ///
    /// Leaves out tiles that are mostly noise, that do not converge, or whose content differs.
    ///
    /// - Parameters:
    ///   - level: The images at the resolution at which tiles are compared.
    ///   - full: The size of the images at full resolution, whose pixels are the unit of the result.
    ///   - start: The motion of the image as a whole, in pixels of `full`.
    static func measure(
        on level: LuminanceLevel, full: Size, from start: GlobalAlignment
    ) -> [TileAlignment] {
        let size = level.size
        let side = min(36, size.shortEdge / 4)
        guard side >= 8 else { return [] }
        let columns = min(16, max(2, size.width * 4 / (side * 5)))
        let rows = min(16, max(2, size.height * 4 / (side * 5)))
        let factor = Double(full.width) / Double(size.width)
        let motion = start.scaled(by: 1 / factor)
        var tiles: [TileAlignment] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let cell = Rect(
                    x: column * size.width / columns, y: row * size.height / rows, width: size.width / columns,
                    height: size.height / rows)
                guard let tile = textured(in: cell, side: side, on: level) else { continue }
                if let tile = measure(tile.rect, tile.score, on: level, from: motion) {
                    tiles.append(tile.scaled(by: factor))
                }
            }
        }
        return tiles
    }

    /// The same tile in pixels of an image larger by `factor`.
    private func scaled(by factor: Double) -> TileAlignment {
        TileAlignment(
            x: x * factor, y: y * factor, shiftX: shiftX * factor, shiftY: shiftY * factor,
            weight: weight / (factor * factor))
    }

    /// The tile of a cell with the strongest gradient in its weaker direction (Shi and Tomasi 1994).
    private static func textured(in cell: Rect, side: Int, on level: LuminanceLevel) -> (rect: Rect, score: Double)? {
        var best: (rect: Rect, score: Double)?
        for vertical in 0..<3 {
            for horizontal in 0..<3 {
                let tile = Rect(
                    x: max(1, cell.x + horizontal * max(0, cell.width - side) / 2),
                    y: max(1, cell.y + vertical * max(0, cell.height - side) / 2), width: side, height: side)
                guard tile.maxX < level.size.width, tile.maxY < level.size.height,
                    let (xx, xy, yy) = level.structureTensor(region(tile))
                else { continue }
                // The structure tensor takes every second row.
                let samples = Double((side + 1) / 2 * side)
                let mean = (xx + yy) / 2
                let spread = ((xx - yy) * (xx - yy) / 4 + xy * xy).squareRoot()
                let score = (mean - spread) / samples
                // Noise of 4 levels alone gives central differences a variance of 32.
                if score > 45, score > best?.score ?? 0 { best = (tile, score) }
            }
        }
        return best
    }

    private static func measure(_ tile: Rect, _ score: Double, on level: LuminanceLevel, from start: GlobalAlignment)
        -> TileAlignment?
    {
        let (centerX, centerY) = (Double(level.size.width) / 2, Double(level.size.height) / 2)
        let x = Double(tile.x) + Double(tile.width) / 2 - centerX
        let y = Double(tile.y) + Double(tile.height) / 2 - centerY
        let expected = (x: start.shiftX + (start.scale - 1) * x, y: start.shiftY + (start.scale - 1) * y)
        var (shiftX, shiftY, gain, offset) = (expected.x, expected.y, 1.0, 0.0)
        for step in 0..<10 {
            let motion = gesso_motion_t(
                shift_x: shiftX, shift_y: shiftY, scale: 1, center_x: centerX - 0.5, center_y: centerY - 0.5)
            let sums = level.sums(
                region(tile), motion, gain: gain, offset: offset, limit: step == 0 ? 1e9 : 20)
            guard sums.count * 10 >= tile.width * tile.height * 9, let solution = sums.solution(of: [0, 1, 3, 4]) else {
                return nil
            }
            shiftX += solution[0]
            shiftY += solution[1]
            (gain, offset) = (solution[2], solution[3])
            guard abs(shiftX - expected.x) < 4, abs(shiftY - expected.y) < 4 else { return nil }
            if abs(solution[0]) + abs(solution[1]) < 0.01 {
                return sums.correlation > 0.6
                    ? TileAlignment(x: x, y: y, shiftX: shiftX, shiftY: shiftY, weight: min(score - 30, 400)) : nil
            }
        }
        return nil
    }

    private static func region(_ tile: Rect) -> gesso_region_t {
        gesso_region_t(
            left: Int32(clamping: tile.x), top: Int32(clamping: tile.y), right: Int32(clamping: tile.maxX),
            bottom: Int32(clamping: tile.maxY))
    }
}
