extension Mask {
    /// The mask with its holes filled.
    ///
    /// A hole is an area from which the image's border cannot be reached by horizontal and vertical steps without
    /// crossing the mask. It gets the lowest coverage on the best path out, so that soft edges inside are filled too
    /// (morphological reconstruction, Vincent 1993). Coverage never decreases. One pass over the mask's bounding box.
    public func holesFilled() throws(GessoError) -> Mask {
        guard let box = boundingBox else { return self }
        let part = try coverage.cropped(to: box)
        var filler = HoleFiller(size: box.size)
        var filled = try Bitmap(size: box.size, filledWith: [255], format: .gray8)
        try filled.withMutableRows { (levels) throws(GessoError) in
            try part.withRows { (walls) throws(GessoError) in try filler.run(walls, levels) }
        }
        var result = self
        try result.coverage.paste(filled, x: box.x, y: box.y)
        return result
    }
}

/// Fills holes by a flood from the border in order of coverage: a pixel gets the smallest maximum of coverage along any
/// path to it.
private struct HoleFiller {
    let size: Size
    /// The pixels to visit at each level, as y × width + x.
    private var waiting = [[Int]](repeating: [], count: 256)

    init(size: Size) { self.size = size }

    /// `levels` must be 255 everywhere at the start, which means not reached.
    mutating func run(_ walls: PixelRows, _ levels: MutablePixelRows) throws(GessoError) {
        let (width, height) = (size.width, size.height)
        for y in 0..<height {
            let step = y == 0 || y == height - 1 ? 1 : max(1, width - 1)
            for x in stride(from: 0, to: width, by: step) { reach(x, y, 0, walls, levels) }
        }
        for level in 0..<255 {
            while !waiting[level].isEmpty {
                try checkCancellation("mask")
                // One generation at a time, so that the list stays as short as the flood's front.
                let edge = waiting[level]
                waiting[level] = []
                for index in edge {
                    let (y, x) = index.quotientAndRemainder(dividingBy: width)
                    if x > 0 { reach(x - 1, y, level, walls, levels) }
                    if x < width - 1 { reach(x + 1, y, level, walls, levels) }
                    if y > 0 { reach(x, y - 1, level, walls, levels) }
                    if y < height - 1 { reach(x, y + 1, level, walls, levels) }
                }
            }
        }
    }

    private mutating func reach(_ x: Int, _ y: Int, _ level: Int, _ walls: PixelRows, _ levels: MutablePixelRows) {
        guard levels.row(y)[x] == 255 else { return }
        let height = max(level, Int(walls.row(y)[x]))
        guard height < 255 else { return }
        levels.row(y)[x] = UInt8(height)
        waiting[height].append(y * size.width + x)
    }
}
