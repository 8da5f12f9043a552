import CGessoKernels

extension Bitmap {
    /// Whether no pixel is transparent: every alpha is the maximum, or there is no alpha channel.
    public var isOpaque: Bool {
        guard format.hasAlpha else { return true }
        return withRows { rows in
            (0..<height).allSatisfy { y in
                format.bitsPerChannel == 8
                    ? gesso_is_opaque8(rows.row(y), width) != 0 : gesso_is_opaque16(rows.row16(y), width) != 0
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
        if target.bitsPerChannel != format.bitsPerChannel { return try withDepth(of: target).converted(to: target) }
        switch (format.layout, target.layout) {
        case (.gray, .rgb), (.gray, .rgba), (.rgb, .rgba): return try expanded(to: target)
        case (.rgba, .rgb) where isOpaque: return try alphaDropped(to: target)
        default:
            throw GessoError(
                .pixelFormatMismatch, stage: "convert",
                format.hasAlpha
                    ? "\(format) has transparent pixels and cannot become \(target); flatten it onto a colour first."
                    : "\(format) cannot become \(target) without a choice of weights; keep it in colour.",
                facts: ["found": "\(format)", "wanted": "\(target)"])
        }
    }

    /// The picture with an alpha channel, full where it had none.
    public func addingAlpha() throws(GessoError) -> Bitmap {
        try converted(to: format.bitsPerChannel == 8 ? .rgba8 : .rgba16)
    }

    private func withDepth(of target: PixelFormat) throws(GessoError) -> Bitmap {
        let samples = width * format.channels
        let sameLayout = PixelFormat(layout: format.layout, bitsPerChannel: target.bitsPerChannel)
        return try mappingRows(to: sameLayout) { source, target, y in
            if sameLayout.bitsPerChannel == 16 {
                gesso_widen_samples(source.row(y), target.row16(y), samples)
            } else {
                gesso_narrow_samples(source.row16(y), target.row(y), samples)
            }
        }
    }

    private func expanded(to wanted: PixelFormat) throws(GessoError) -> Bitmap {
        let (isGray, addsAlpha, wide) = (format.layout == .gray, wanted.hasAlpha, format.bitsPerChannel == 16)
        return try mappingRows(to: wanted) { source, target, y in
            switch (isGray, addsAlpha, wide) {
            case (true, false, false): gesso_gray_to_rgb8(source.row(y), target.row(y), width)
            case (true, false, true): gesso_gray_to_rgb16(source.row16(y), target.row16(y), width)
            case (true, true, false): gesso_gray_to_rgba8(source.row(y), target.row(y), width, 255)
            case (true, true, true): gesso_gray_to_rgba16(source.row16(y), target.row16(y), width, 65535)
            case (false, _, false): gesso_rgb_to_rgba8(source.row(y), target.row(y), width, 255)
            case (false, _, true): gesso_rgb_to_rgba16(source.row16(y), target.row16(y), width, 65535)
            }
        }
    }

    private func alphaDropped(to wanted: PixelFormat) throws(GessoError) -> Bitmap {
        try mappingRows(to: wanted) { source, target, y in
            if wanted.bitsPerChannel == 8 {
                gesso_rgba_to_rgb8(source.row(y), target.row(y), width)
            } else {
                gesso_rgba_to_rgb16(source.row16(y), target.row16(y), width)
            }
        }
    }
}
