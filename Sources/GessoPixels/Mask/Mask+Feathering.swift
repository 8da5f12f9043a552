import CGessoKernels

extension Mask {
    /// The mask with a soft edge: selected pixels keep their coverage, which decreases smoothly to 0 at `radius` pixels
    /// outside.
    ///
    /// Nothing is selected outside the mask dilated by `radius`. Dilates by half the radius and blurs by the other half
    /// (three box blurs, close to a Gaussian).
    public func feathered(radius: Int) throws(GessoError) -> Mask {
        guard radius >= 0 else {
            throw GessoError(
                .invalidParameter, stage: "mask", "Feather radius must be between 0 and 16384; got \(radius).",
                facts: ["found": "\(radius)", "allowed": "0 or more"])
        }
        try Mask.requireRadius(radius)
        let dilated = try dilated(by: radius - radius / 2)
        return try dilated.blurred(support: radius / 2)
    }

    /// Applies three box blurs whose radii add up to `support`. Constant areas stay constant; no pixel has influence
    /// beyond `support`.
    private func blurred(support: Int) throws(GessoError) -> Mask {
        guard support > 0, let box = boundingBox else { return self }
        let radii = [support / 3, (support + 1) / 3, (support + 2) / 3].filter { $0 > 0 }
        let region = Rect(
            x: box.x - support, y: box.y - support, width: box.width + 2 * support, height: box.height + 2 * support
        ).intersection(Rect(size))
        var result = self
        try result.coverage.withMutableRows { (rows) throws(GessoError) in
            blurColumns(rows, region, radii)
            blurRows(rows, region, radii)
        }
        return result
    }

    private func blurRows(_ rows: MutablePixelRows, _ region: Rect, _ radii: [Int]) {
        var line = [UInt16](repeating: 0, count: region.width)
        var other = line
        for y in region.y..<region.maxY {
            let row = rows.row(y) + region.x
            gesso_widen_samples(row, &line, region.width)
            for radius in radii {
                gesso_box_blur_row(line, &other, region.width, radius)
                swap(&line, &other)
            }
            gesso_narrow_samples(line, row, region.width)
        }
    }

    /// In blocks of 64 columns, which fit the cache.
    private func blurColumns(_ rows: MutablePixelRows, _ region: Rect, _ radii: [Int]) {
        let side = 64
        var block = [UInt16](repeating: 0, count: side * region.height)
        var other = block
        for x in stride(from: region.x, to: region.maxX, by: side) {
            let width = min(side, region.maxX - x)
            block.withUnsafeMutableBufferPointer { block in
                guard let base = block.baseAddress else { return }
                for y in 0..<region.height { gesso_widen_samples(rows.row(region.y + y) + x, base + y * side, width) }
            }
            for radius in radii {
                gesso_box_blur_columns(block, &other, width, region.height, radius)
                swap(&block, &other)
            }
            block.withUnsafeBufferPointer { block in
                guard let base = block.baseAddress else { return }
                for y in 0..<region.height { gesso_narrow_samples(base + y * side, rows.row(region.y + y) + x, width) }
            }
        }
    }
}
