extension Bitmap {
    /// The image scaled to `target`, in the same format.
    ///
    /// Color is weighted by alpha, so transparent pixels do not bleed; pixels whose alpha becomes 0 are all 0. The same
    /// size returns the same pixels without copying.
    ///
    /// Synchronous. Cost: about two multiply-adds for each tap and sample. Throws `invalidGeometry` for an empty size,
    /// `sideTooLong` for a side of more than 1,048,576 pixels, `outOfMemory`, and `cancelled` between bands of rows.
    ///
    /// `inLinearLight` averages light and not encoded values, so that fine bright and dark detail keeps its brightness; it is
    /// slower.
    public func resized(
        to target: Size, filter: ResampleFilter = .lanczos3, inLinearLight: Bool = false
    ) throws(GessoError) -> Bitmap {
        try resized(to: target, from: nil, filter: filter, space: inLinearLight ? .linear : .encoded)
    }

    /// The part of the image in `part`, or all of it, scaled to `target`.
    ///
    /// `part` is in fractional pixels (Pillow's `box`); the filter may read pixels outside that part. Throws
    /// `invalidGeometry` if it is not inside the image.
    ///
    /// The first and the last pixels count as far as `extent` covers them: those of a JPEG decoded at a fraction of its
    /// size may lie in part beyond its edge.
    package func resized(
        to target: Size, from part: Box?, covering extent: Box? = nil, filter: ResampleFilter = .lanczos3,
        space: ResampleFilter.Space = .encoded
    ) throws(GessoError) -> Bitmap {
        try resized(
            to: target, from: part, covering: extent, filter: filter, space: space, rows: 0..<max(0, target.height))
    }

    /// The given rows of ``resized(to:from:filter:space:)``, the same pixels as of the whole: a large result can be made in
    /// bands. The first row is a multiple of 16, as rows are computed in groups.
    package func resized(
        to target: Size, from part: Box?, covering extent: Box? = nil, filter: ResampleFilter = .lanczos3,
        space: ResampleFilter.Space = .encoded, rows: Range<Int>
    ) throws(GessoError) -> Bitmap {
        let box = (part ?? Box(size)).snapped(to: size)
        try requireInside(box)
        guard !target.isEmpty else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "An image cannot be resized to \(target); both sides must be at least 1.",
                facts: ["found": "\(target)"])
        }
        let longest = max(size.longEdge, target.longEdge)
        guard longest <= Bitmap.longestScaledSide else {
            throw GessoError(
                .sideTooLong, stage: "resize",
                "A side of \(longest) pixels is too long to resize; crop the image into parts first.",
                facts: ["found": "\(longest)", "allowed": "\(Bitmap.longestScaledSide)"])
        }
        if target == size, box == Box(size) {
            return try cropped(to: Rect(x: 0, y: rows.lowerBound, width: target.width, height: rows.count))
        }
        if filter == .nearest { return try resizedByNearest(to: target, from: box, rows: rows) }
        let weights: FilterWeights.Pair = (
            down: FilterWeights(
                filter, length: height, from: box.top, to: box.bottom, count: target.height,
                extent: extent.map { $0.top...$0.bottom }),
            across: FilterWeights(
                filter, length: width, from: box.left, to: box.right, count: target.width,
                extent: extent.map { $0.left...$0.right })
        )
        return format.bitsPerChannel == 8
            ? try resizedInFixedPoint(to: target, weights, space, rows: rows)
            : try resizedInFloat(to: target, weights, space, rows: rows)
    }

    /// The weight tables are as long as the sides; this limit keeps them small compared to the pixels.
    static let longestScaledSide = 1 << 20

    private func requireInside(_ box: Box) throws(GessoError) {
        guard box.left >= 0, box.top >= 0, box.right <= Double(width), box.bottom <= Double(height),
            box.width > 0, box.height > 0
        else {
            throw GessoError(
                .invalidGeometry, stage: "resize",
                "The part from (\(box.left), \(box.top)) to (\(box.right), \(box.bottom)) does not lie inside "
                    + "an image of \(size).",
                facts: ["allowed": "\(Rect(size))"])
        }
    }
}

extension Box {
    /// The box with its sides moved onto the image's where they differ by no more than rounding errors: mapping a
    /// placement there and back may give -1e-13.
    fileprivate func snapped(to size: Size) -> Box {
        func snap(_ value: Double, _ end: Int) -> Double {
            if value < 0, value > -1e-6 { return 0 }
            return value > Double(end) && value < Double(end) + 1e-6 ? Double(end) : value
        }
        return Box(
            left: snap(left, size.width), top: snap(top, size.height), right: snap(right, size.width),
            bottom: snap(bottom, size.height))
    }
}

extension Bitmap {
    /// Nearest neighbor: each output pixel is the source pixel under its center.
    func resizedByNearest(to target: Size, from box: Box, rows range: Range<Int>) throws(GessoError) -> Bitmap {
        var result = try Bitmap(
            size: Size(width: target.width, height: range.count), format: format, zeroed: false)
        let columns = Bitmap.nearest(length: width, from: box.left, extent: box.width, count: target.width)
        let rows = Bitmap.nearest(length: height, from: box.top, extent: box.height, count: target.height)[range]
        let bytesPerPixel = format.bytesPerPixel
        try result.withMutableRows { (to) throws(GessoError) in
            try withRows { (from) throws(GessoError) in
                for (y, row) in rows.enumerated() {
                    if y & 63 == 0 { try checkCancellation("resize") }
                    if y > 0, row == rows[range.lowerBound + y - 1] {
                        to.row(y).update(from: to.row(y - 1), count: target.width * bytesPerPixel)
                        continue
                    }
                    let (source, line) = (from.row(row), to.row(y))
                    for x in 0..<target.width {
                        (line + x * bytesPerPixel).update(
                            from: source + columns[x] * bytesPerPixel, count: bytesPerPixel)
                    }
                }
            }
        }
        return result
    }

    private static func nearest(length: Int, from: Double, extent: Double, count: Int) -> [Int] {
        let scale = extent / Double(count)
        return (0..<count).map { min(length - 1, Int(from + (Double($0) + 0.5) * scale)) }
    }
}

extension Bitmap {
    /// The most memory in bytes that scaling takes, without both images: intermediate rows and weights.
    package static func resizingScratchBytes(
        from source: Size, to target: Size, format: Bitmap.Format, _ filter: ResampleFilter,
        _ space: ResampleFilter.Space
    ) -> Int {
        // Longer sides are refused.
        guard max(source.longEdge, target.longEdge) <= longestScaledSide else { return 0 }
        func taps(_ from: Int, _ to: Int) -> Int {
            min(from, Int(2 * filter.support * max(1, Double(from) / Double(max(1, to)))) + 3)
        }
        let (across, down) = (taps(source.width, target.width), taps(source.height, target.height))
        // Exact weights, their copies in fixed point or float, and the tables of starts and counts.
        let weights = 20 * (target.width * (across + 4) + target.height * (down + 4))
        let row = (source.width + 128) * format.channels
        guard format.bitsPerChannel == 8 else {
            // The source rows under one new row, and one row of each width, in float.
            return weights + 4 * row * (min(source.height, down, FloatScaler.mostRows) + 1) + 4 * (target.width + 4)
                * format.channels
        }
        let strip = 32 * (source.width + 128) + 16 * row + 40 * target.width
        // Four new rows are computed at a time, from the rows under all of them.
        let step = max(1, (source.height + target.height - 1) / max(1, target.height))
        let window = min(source.height, down + 3 * step + 4)
        return weights + strip + 32 * window + (PreparedRows.areNeeded(format, space) ? 2 * row * window : 0)
    }
}
