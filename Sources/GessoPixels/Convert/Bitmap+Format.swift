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

    /// The same image in another format.
    ///
    /// 8 → 16 bits is exact, 16 → 8 rounds to nearest. Gray can become RGB, and both can become RGBA with full alpha.
    /// Throws `pixelFormatMismatch` if alpha would be removed from an image with transparent pixels (flatten it first),
    /// or color converted to gray. The same format returns the same pixels without copying.
    public func converted(to target: PixelFormat) throws(GessoError) -> Bitmap {
        if target == format { return self }
        let losesAlpha = format.hasAlpha && !target.hasAlpha
        guard target.layout != .gray || format.layout == .gray, !losesAlpha || isOpaque else {
            throw GessoError(
                .pixelFormatMismatch, stage: "convert",
                losesAlpha
                    ? "\(format) with transparent pixels cannot become \(target); flatten it onto a color first."
                    : "\(format) cannot become \(target) without a choice of weights; keep it in color.",
                facts: ["found": "\(format)", "wanted": "\(target)"])
        }
        let conversion = try RowConversion(from: format, to: target, width: width)
        return try mappingRows(to: target) { source, target, y in
            conversion.run(source.row(y), target.row(y), count: width)
        }
    }

    /// The image with an alpha channel, opaque if it had none.
    public func addingAlpha() throws(GessoError) -> Bitmap {
        try converted(to: format.bitsPerChannel == 8 ? .rgba8 : .rgba16)
    }

    /// The image composited over an opaque color, without alpha; an image without alpha is returned unchanged.
    ///
    /// Blends encoded samples, as browsers and image tools do: `round((c·a + background·(max − a)) / max)`.
    /// The background's alpha is ignored.
    public func flattened(onto background: Color) throws(GessoError) -> Bitmap {
        guard format.hasAlpha else { return self }
        if format.bitsPerChannel == 8 {
            let color = [background.red, background.green, background.blue]
            let kernels = gesso_kernels().pointee
            return try mappingRows(to: .rgb8) { source, target, y in
                kernels.flatten(source.row(y), target.row(y), width, color)
            }
        }
        let color = [background.red, background.green, background.blue].map { UInt16($0) * 257 }
        return try mappingRows(to: .rgb16) { source, target, y in
            gesso_flatten16(source.row16(y), target.row16(y), width, color)
        }
    }

    /// The image with `alpha := 255 − coverage`: transparent where the mask says "edit here", as the Images API
    /// expects.
    ///
    /// Keeps colors, also under alpha 0, and replaces an existing alpha channel. Returns RGBA of the same depth. Works
    /// in place if the pixels are not shared. Throws `maskSizeMismatch` for a mask of another size.
    public consuming func applyingAlpha(_ mask: Mask) throws(GessoError) -> Bitmap {
        try mask.requireSize(size)
        var result = format.hasAlpha ? self : try addingAlpha()
        let (width, height, wide) = (result.width, result.height, result.format.bitsPerChannel == 16)
        let kernels = gesso_kernels().pointee
        try result.withMutableRows { (target) throws(GessoError) in
            mask.coverage.withRows { coverage in
                for y in 0..<height {
                    if wide {
                        gesso_alpha_from_coverage16(coverage.row(y), target.row16(y), width)
                    } else {
                        kernels.alpha_from_coverage(coverage.row(y), target.row(y), width)
                    }
                }
            }
        }
        return result
    }
}
