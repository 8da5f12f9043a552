import CGessoKernels

extension Mask {
    /// The mask in an image's alpha channel, as the Images API reads it: alpha 0 means "edit here". Throws
    /// `maskWithoutAlpha` for an image without alpha.
    public init(alphaOf image: Bitmap) throws(GessoError) {
        guard image.format.hasAlpha else {
            throw GessoError(
                .maskWithoutAlpha, stage: "mask",
                "The mask has no alpha channel (\(image.format)); make the pixels to edit transparent, "
                    + "or say whether white or black means edit.",
                facts: ["found": "\(image.format)"])
        }
        let source = try image.converted(to: .rgba8)
        try self.init(
            coverage: source.mappingRows(to: .gray8) { from, to, y in
                gesso_coverage_from_alpha8(from.row(y), to.row(y), source.width)
            })
    }

    /// The mask in an image's luminance (Rec. 709 weights on the encoded samples): white means "edit here", or black if
    /// `blackMeansEdit`. Coverage is multiplied by alpha, so transparent pixels are not selected.
    public init(luminanceOf image: Bitmap, blackMeansEdit: Bool = false) throws(GessoError) {
        let source = try image.converted(to: Bitmap.Format(layout: image.format.layout, bitsPerChannel: 8))
        let channels = Int32(source.format.channels)
        try self.init(
            coverage: source.mappingRows(to: .gray8) { from, to, y in
                gesso_coverage_from_luminance8(
                    from.row(y), to.row(y), source.width, channels, blackMeansEdit ? 1 : 0)
            })
    }

    /// The mask in the form that the Images API expects: RGBA with `alpha = 255 − coverage`. The color is that of
    /// `image` (same size, converted to 8 bits), or black.
    public func alphaBitmap(over image: Bitmap? = nil) throws(GessoError) -> Bitmap {
        if let image { return try image.converted(to: .rgba8).applyingAlpha(self) }
        return try Bitmap(size: size, format: .rgba8).applyingAlpha(self)
    }

    /// Throws `maskSizeMismatch` unless the mask has that size.
    public func requireSize(_ wanted: Size) throws(GessoError) {
        guard size == wanted else {
            throw GessoError(
                .maskSizeMismatch, stage: "mask",
                "The mask is \(size), the upright image \(wanted); the mask must have the size of the upright image.",
                facts: ["found": "\(size)", "wanted": "\(wanted)"])
        }
    }

    /// Throws unless the mask has the image's size and selects some but not all pixels: `maskSizeMismatch`, `maskEmpty`
    /// or `maskCoversEverything`.
    public func requireUsable(for wanted: Size) throws(GessoError) {
        try requireSize(wanted)
        if isEmpty {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "The mask selects nothing to edit; make the pixels to edit transparent (or choose the other polarity).")
        }
        if coversEverything {
            throw GessoError(
                .maskCoversEverything, stage: "mask",
                "The mask selects every pixel, so nothing would be kept; leave it out to edit the whole image.")
        }
    }
}
