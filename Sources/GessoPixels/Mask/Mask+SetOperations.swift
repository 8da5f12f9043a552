import CGessoKernels

extension Mask {
    /// The complement: coverage becomes 255 minus coverage.
    public consuming func inverted() throws(GessoError) -> Mask {
        var result = self
        let (width, height) = (result.size.width, result.size.height)
        try result.coverage.withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height { gesso_invert(rows.row(y), width) }
        }
        return result
    }

    /// The union: the larger coverage at each pixel. Throws `maskSizeMismatch` for a mask of another size.
    public consuming func union(_ other: Mask) throws(GessoError) -> Mask {
        let kernels = gesso_kernels().pointee
        return try combined(with: other) { row, other, count in kernels.max_into(row, other, count) }
    }

    /// The intersection: the smaller coverage at each pixel. Throws `maskSizeMismatch` for a mask of another size.
    public consuming func intersection(_ other: Mask) throws(GessoError) -> Mask {
        try inverted().union(other.inverted()).inverted()
    }

    /// The difference: coverage is limited to 255 minus that of `other`. Throws `maskSizeMismatch` for a mask of
    /// another size.
    public consuming func subtracting(_ other: Mask) throws(GessoError) -> Mask {
        try inverted().union(other).inverted()
    }

    /// The mask with two levels: coverage above 0 becomes 255.
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

    private consuming func combined(
        with other: Mask, _ combine: (UnsafeMutablePointer<UInt8>, UnsafePointer<UInt8>, Int) -> Void
    ) throws(GessoError) -> Mask {
        guard other.size == size else {
            throw GessoError(
                .maskSizeMismatch, stage: "mask",
                "A mask of \(other.size) cannot be combined with one of \(size); make both in the same image's pixels.",
                facts: ["found": "\(other.size)", "wanted": "\(size)"])
        }
        var result = self
        let (width, height) = (result.size.width, result.size.height)
        try result.coverage.withMutableRows { (rows) throws(GessoError) in
            other.coverage.withRows { others in
                for y in 0..<height { combine(rows.row(y), others.row(y), width) }
            }
        }
        return result
    }
}
