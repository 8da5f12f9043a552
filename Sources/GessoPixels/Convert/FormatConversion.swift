import CGessoKernels

extension Bitmap {
    /// Whether no pixel is transparent: every alpha is the maximum, or there is no alpha channel.
    public var isOpaque: Bool {
        guard format.hasAlpha else { return true }
        let kernels = gesso_kernels().pointee
        return withRows { rows in
            (0..<height).allSatisfy { y in
                format.bitsPerChannel == 8
                    ? kernels.is_opaque(rows.row(y), width) != 0 : gesso_is_opaque16(rows.row16(y), width) != 0
            }
        }
    }

    /// The same picture in another format.
    ///
    /// 8 → 16 bits is exact, 16 → 8 rounds to nearest. Grey becomes RGB, both become RGBA with full alpha. Alpha is
    /// dropped only when the picture is opaque, and grey is never made from colour: both throw
    /// `pixelFormatMismatch` (flatten first). The same format returns the same pixels without copying.
    public func converted(to target: PixelFormat) throws(GessoError) -> Bitmap {
        if target == format { return self }
        let losesAlpha = format.hasAlpha && !target.hasAlpha
        guard target.layout != .gray || format.layout == .gray, !losesAlpha || isOpaque else {
            throw GessoError(
                .pixelFormatMismatch, stage: "convert",
                losesAlpha
                    ? "\(format) with transparent pixels cannot become \(target); flatten it onto a colour first."
                    : "\(format) cannot become \(target) without a choice of weights; keep it in colour.",
                facts: ["found": "\(format)", "wanted": "\(target)"])
        }
        let conversion = try RowConversion(from: format, to: target, width: width)
        return try mappingRows(to: target) { source, target, y in
            conversion.run(source.row(y), target.row(y), count: width)
        }
    }

    /// The picture with an alpha channel, full where it had none.
    public func addingAlpha() throws(GessoError) -> Bitmap {
        try converted(to: format.bitsPerChannel == 8 ? .rgba8 : .rgba16)
    }
}
