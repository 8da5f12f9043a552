extension Bitmap {
    /// Copies `picture` over this bitmap with its top left pixel at `x`, `y`; what sticks out is cut off.
    ///
    /// Samples are copied as they are, alpha included: nothing is blended. Both must have the same pixel format, else
    /// it throws `pixelFormatMismatch`.
    public mutating func paste(_ picture: Bitmap, x: Int, y: Int) throws(GessoError) {
        guard picture.format == format else {
            throw GessoError(
                .pixelFormatMismatch, stage: "paste",
                "A \(picture.format) picture cannot be pasted into a \(format) one; convert it first.",
                facts: ["found": "\(picture.format)", "allowed": "\(format)"])
        }
        let target = Rect(x: x, y: y, width: picture.width, height: picture.height).intersection(Rect(size))
        guard !target.isEmpty else { return }
        let (stride, sourceStride, pixel) = (bytesPerRow, picture.bytesPerRow, format.bytesPerPixel)
        try withUnsafeMutablePixels { pixels throws(GessoError) in
            picture.withUnsafePixels { source in
                for row in target.y..<target.maxY {
                    // Safe: the intersection keeps both rows inside their bitmaps.
                    let from = source + (row - y) * sourceStride + (target.x - x) * pixel
                    let to = pixels + row * stride + target.x * pixel
                    to.update(from: from, count: target.width * pixel)
                }
            }
        }
    }
}
