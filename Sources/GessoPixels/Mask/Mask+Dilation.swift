import CGessoKernels

extension Mask {
    /// The mask with edit and keep exchanged.
    public consuming func inverted() throws(GessoError) -> Mask {
        var result = self
        let (width, height) = (result.size.width, result.size.height)
        try result.coverage.withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height { gesso_invert(rows.row(y), width) }
        }
        return result
    }

    /// The mask grown by `radius` pixels in each direction, diagonals too; a negative radius shrinks it.
    ///
    /// Each pixel takes the largest coverage within the square of side `2 × radius + 1` (shrinking: the smallest).
    /// The image's border does not shrink a mask that touches it.
    public func dilated(by radius: Int) throws(GessoError) -> Mask {
        try Mask.requireRadius(radius)
        if radius < 0 { return try inverted().dilated(by: -radius).inverted() }
        guard radius > 0, let box = boundingBox else { return self }
        let wide = try coverage.cropped(to: box).dilatedAcross(radius)
        return try Mask(coverage: wide.dilatedDown(radius)).placed(
            at: Rect(
                x: box.x - radius, y: box.y - radius, width: box.width + 2 * radius, height: box.height + 2 * radius),
            size: size)
    }

    /// The mask shrunk by `radius` pixels from each side, diagonals too; 0 keeps it.
    ///
    /// The image's border does not shrink a mask that touches it. Throws `invalidParameter` for a negative radius.
    public func eroded(by radius: Int) throws(GessoError) -> Mask {
        guard radius >= 0 else {
            throw GessoError(
                .invalidParameter, stage: "mask",
                "A mask cannot shrink by \(radius) pixels; give 0 or more, or let it grow.",
                facts: ["found": "\(radius)", "allowed": "0 or more"])
        }
        return try dilated(by: -radius)
    }

    /// The mask with two levels: every pixel that is selected at all is so fully.
    public consuming func binarized() throws(GessoError) -> Mask {
        var result = self
        let (width, height) = (result.size.width, result.size.height)
        try result.coverage.withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height {
                let row = rows.row(y)
                for x in 0..<width where row[x] > 0 { row[x] = 255 }
            }
        }
        return result
    }

    /// The mask with a soft edge: full where it was full, falling smoothly to exactly 0 at `radius` pixels outside.
    ///
    /// Outside the mask dilated by the square of side `2 × radius + 1` nothing is selected. Grows by half the radius
    /// and blurs with the other half (three box blurs, near a Gaussian).
    public func feathered(radius: Int) throws(GessoError) -> Mask {
        guard radius >= 0 else {
            throw GessoError(
                .invalidParameter, stage: "mask", "A feather of \(radius) pixels cannot be; give 0 or more.",
                facts: ["found": "\(radius)", "allowed": "0 or more"])
        }
        try Mask.requireRadius(radius)
        let dilated = try dilated(by: radius - radius / 2)
        return try dilated.blurred(support: radius / 2)
    }

    static func requireRadius(_ radius: Int) throws(GessoError) {
        guard abs(radius) <= 16384 else {
            throw GessoError(
                .invalidParameter, stage: "mask",
                "A radius of \(radius) pixels is more than 16384; give a smaller one.",
                facts: ["found": "\(radius)", "allowed": "-16384...16384"])
        }
    }

    /// The part of this mask that lies inside an image of `size`, when it is laid at `rect`.
    private func placed(at rect: Rect, size: Size) throws(GessoError) -> Mask {
        let inside = rect.intersection(Rect(size))
        var result = try Mask(size: size, filledWith: 0)
        try result.coverage.withMutableRows { (target) throws(GessoError) in
            coverage.withRows { source in
                for y in inside.y..<inside.maxY {
                    (target.row(y) + inside.x).update(
                        from: source.row(y - rect.y) + (inside.x - rect.x), count: inside.width)
                }
            }
        }
        return result
    }
}

// A window's maximum by doubling: after a step over s, each value is the maximum of twice as many, so a window of n
// takes about log2 n passes of one instruction a vector.
extension Bitmap {
    /// Each row `2 × radius` longer: pixel x is the largest of the source's x − 2·radius … x.
    fileprivate func dilatedAcross(_ radius: Int) throws(GessoError) -> Bitmap {
        let (reach, window) = (2 * radius, 2 * radius + 1)
        var result = try Bitmap(size: Size(width: width + reach, height: height), format: .gray8, zeroed: false)
        var line = [UInt8](repeating: 0, count: width + 2 * reach)
        let (count, kernels) = (line.count, gesso_kernels().pointee)
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                line.withUnsafeMutableBufferPointer { line in
                    guard let base = line.baseAddress else { return }
                    for y in 0..<height {
                        base.update(repeating: 0, count: count)
                        (base + reach).update(from: source.row(y), count: width)
                        var done = 1
                        while done < window {
                            let step = min(done, window - done)
                            kernels.max_into(base, base + step, count - step)
                            done += step
                        }
                        target.row(y).update(from: base, count: width + reach)
                    }
                }
            }
        }
        return result
    }

    /// The same down the columns.
    fileprivate func dilatedDown(_ radius: Int) throws(GessoError) -> Bitmap {
        let (reach, window) = (2 * radius, 2 * radius + 1)
        var tall = try padded(top: reach, bottom: reach, fill: .color(.black))
        let (width, rows, kernels) = (width, height + 2 * reach, gesso_kernels().pointee)
        try tall.withMutableRows { (lines) throws(GessoError) in
            var done = 1
            while done < window {
                let step = min(done, window - done)
                for y in 0..<rows - step { kernels.max_into(lines.row(y), lines.row(y + step), width) }
                done += step
            }
        }
        return try tall.cropped(to: Rect(x: 0, y: 0, width: width, height: height + reach))
    }
}
