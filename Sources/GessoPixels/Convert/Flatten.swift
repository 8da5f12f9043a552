import CGessoKernels

extension Bitmap {
    /// The picture laid over an opaque colour, without alpha; a picture without alpha returns itself.
    ///
    /// Blends encoded samples, as browsers and image tools do: `round((c·a + background·(max − a)) / max)`.
    /// The background's own alpha is not looked at.
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

    /// The picture with `alpha := 255 − coverage`: transparent where the mask says "edit here", as the Images API
    /// wants it.
    ///
    /// Colour is kept, also under alpha 0; an alpha channel that was there is replaced. The result is RGBA of the
    /// same depth. Works in place when nobody else holds the pixels. A mask of another size throws `maskSizeMismatch`.
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
