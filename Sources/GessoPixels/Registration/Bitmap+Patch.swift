@_spi(Benchmarks)
extension Bitmap {
    /// The part of this edit result that covers `area` of an original of size `original`, for the benchmarks.
    ///
    /// Estimates the alignment with `sent`, the upload; resamples; and matches the tone. `mask` selects the edit in
    /// pixels of the original, all of it inside `area`. Returns a bitmap of `area`'s size.
    public func patch(
        for area: Rect, of original: Size, sent: Bitmap, mask: Mask
    ) throws(GessoError) -> Bitmap {
        let (x, y) = (Double(sent.width) / Double(original.width), Double(sent.height) / Double(original.height))
        let onCanvas = Box(
            left: Double(area.x) * x, top: Double(area.y) * y, right: Double(area.maxX) * x,
            bottom: Double(area.maxY) * y)
        let rect = Rect(enclosing: onCanvas)
        let box = Box(
            left: Double(rect.x) / x, top: Double(rect.y) / y, right: Double(rect.maxX) / x,
            bottom: Double(rect.maxY) / y)
        let edited = try mask.resized(to: rect.size, from: box).padded(
            left: rect.x, top: rect.y, right: sent.width - rect.maxX, bottom: sent.height - rect.maxY, coverage: 0)
        let alignment = try alignment(with: sent, edited: edited)
        var patch = try sampled(alignment.moved(onCanvas), size: area.size)
        try toneMatch(with: sent, alignment: alignment, edited: edited)?.apply(to: &patch, placed: onCanvas)
        return patch
    }
}
