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
    /// or if color would be converted to gray. The same format returns the same pixels without copying.
    public func converted(to target: Bitmap.Format) throws(GessoError) -> Bitmap {
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

/// Converts rows to another depth and to more channels, or removes alpha; callers make sure that no information is
/// lost.
struct RowConversion {
    private let source: Bitmap.Format
    private let target: Bitmap.Format
    private let kernels = gesso_kernels().pointee
    /// One row with the target's layout in the source's depth, if both change. Every call of `run` overwrites it.
    private let between: PixelStorage?

    init(from source: Bitmap.Format, to target: Bitmap.Format, width: Int) throws(GessoError) {
        self.source = source
        self.target = target
        let isDirect = source.layout == target.layout || source.bitsPerChannel == target.bitsPerChannel
        let byteCount = width * target.channels * source.bitsPerChannel / 8
        between = isDirect ? nil : try PixelStorage(byteCount: byteCount, zeroed: false)
    }

    /// Converts `count` pixels, at most the width given above.
    func run(_ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, count: Int) {
        if source == target {
            to.update(from: from, count: count * source.bytesPerPixel)
        } else if let row = between?.pointer.assumingMemoryBound(to: UInt8.self) {
            changeLayout(from, row, count: count)
            changeDepth(row, to, count: count)
        } else if source.layout == target.layout {
            changeDepth(from, to, count: count)
        } else {
            changeLayout(from, to, count: count)
        }
    }

    private func changeDepth(_ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, count: Int) {
        let samples = count * target.channels
        if target.bitsPerChannel == 16 {
            gesso_widen_samples(from, words(to), samples)
        } else {
            gesso_narrow_samples(words(from), to, samples)
        }
    }

    private func changeLayout(_ from: UnsafePointer<UInt8>, _ to: UnsafeMutablePointer<UInt8>, count: Int) {
        switch (source.layout, target.layout, source.bitsPerChannel) {
        case (.gray, .rgb, 8): kernels.gray_to_rgb(from, to, count)
        case (.gray, .rgba, 8): kernels.gray_to_rgba(from, to, count, 255)
        case (.rgb, .rgba, 8): kernels.rgb_to_rgba(from, to, count, 255)
        case (.rgba, .rgb, 8): kernels.rgba_to_rgb(from, to, count)
        case (.gray, .rgb, _): gesso_gray_to_rgb16(words(from), words(to), count)
        case (.gray, .rgba, _): gesso_gray_to_rgba16(words(from), words(to), count, 65535)
        case (.rgb, .rgba, _): gesso_rgb_to_rgba16(words(from), words(to), count, 65535)
        case (.rgba, .rgb, _): gesso_rgba_to_rgb16(words(from), words(to), count)
        default: preconditionFailure("\(source) rows do not become \(target)")
        }
    }

    private func words(_ bytes: UnsafePointer<UInt8>) -> UnsafePointer<UInt16> {
        UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt16.self)
    }

    private func words(_ bytes: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt16> {
        UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: UInt16.self)
    }
}
