import CGessoKernels

extension Mask {
    /// Dilates the mask by `radius` pixels in each direction, diagonals included; a negative radius erodes it.
    ///
    /// Each pixel gets the largest coverage (for erosion the smallest) in the square of side `2 × radius + 1` around
    /// it. Pixels outside the image do not erode a mask that touches its border.
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

    /// Erodes the mask by `radius` pixels from each side, diagonals included.
    ///
    /// Pixels outside the image do not erode a mask that touches its border. Throws `invalidParameter` for a negative
    /// radius.
    public func eroded(by radius: Int) throws(GessoError) -> Mask {
        guard radius >= 0 else {
            throw GessoError(
                .invalidParameter, stage: "mask",
                "The radius of an erosion must be 0 or more; got \(radius). To dilate the mask, use dilated(by:).",
                facts: ["found": "\(radius)", "allowed": "0 or more"])
        }
        return try dilated(by: -radius)
    }

    static func requireRadius(_ radius: Int) throws(GessoError) {
        guard abs(radius) <= 16384 else {
            throw GessoError(
                .invalidParameter, stage: "mask",
                "Radius must be between -16384 and 16384; got \(radius).",
                facts: ["found": "\(radius)", "allowed": "-16384...16384"])
        }
    }

    /// The mask moved to `rect` in an image of `size`, clipped to it.
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

// A sliding maximum by doubling: after a step over s, each value is the maximum of twice as many, so a window of n
// takes about log2 n passes of one instruction a vector.
extension Bitmap {
    /// Dilates horizontally; each row becomes `2 × radius` longer: pixel x is the maximum of the source's x − 2·radius
    /// … x.
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

    /// Dilates vertically.
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
