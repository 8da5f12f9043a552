import CGessoKernels

extension Bitmap {
    /// The upright image, from pixels stored in that orientation; `.up` returns the same pixels.
    public func oriented(_ orientation: Orientation) throws(GessoError) -> Bitmap {
        if orientation == .up { return self }
        var result = try Bitmap(size: orientation.upright(size), format: format, zeroed: false)
        let bytesPerPixel = format.bytesPerPixel
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                gesso_orient(
                    source.base, source.bytesPerRow, width, height, bytesPerPixel, Int32(orientation.rawValue),
                    target.base, target.bytesPerRow)
            }
        }
        return result
    }

    /// The pixels inside `rect`. Throws `invalidGeometry` unless it lies inside the image.
    public func cropped(to rect: Rect) throws(GessoError) -> Bitmap {
        guard !rect.isEmpty, Rect(size).contains(rect) else {
            throw GessoError(
                .invalidGeometry, stage: "crop",
                "The rectangle \(rect) does not lie inside an image of \(size); intersect it with the image first.",
                facts: ["found": "\(rect)", "allowed": "\(Rect(size))"])
        }
        if rect == Rect(size) { return self }
        var result = try Bitmap(size: rect.size, format: format, zeroed: false)
        let bytesPerPixel = format.bytesPerPixel
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                for y in 0..<rect.height {
                    target.row(y).update(
                        from: source.row(rect.y + y) + rect.x * bytesPerPixel, count: rect.width * bytesPerPixel)
                }
            }
        }
        return result
    }

    /// Copies `image` over this bitmap with its top left pixel at `x`, `y`, clipped to this bitmap.
    ///
    /// Copies samples without blending, alpha included. Throws `pixelFormatMismatch` unless both have the same format.
    public mutating func paste(_ image: Bitmap, x: Int, y: Int) throws(GessoError) {
        guard image.format == format else {
            throw GessoError(
                .pixelFormatMismatch, stage: "paste",
                "A \(image.format) image cannot be pasted into a \(format) one; convert it first.",
                facts: ["found": "\(image.format)", "allowed": "\(format)"])
        }
        let target = Rect(x: x, y: y, width: image.width, height: image.height).intersection(Rect(size))
        guard !target.isEmpty else { return }
        let (stride, sourceStride, pixel) = (bytesPerRow, image.bytesPerRow, format.bytesPerPixel)
        try withUnsafeMutablePixels { pixels throws(GessoError) in
            image.withUnsafePixels { source in
                for row in target.y..<target.maxY {
                    // Safe: the intersection keeps both rows inside their bitmaps.
                    let from = source + (row - y) * sourceStride + (target.x - x) * pixel
                    let to = pixels + row * stride + target.x * pixel
                    to.update(from: from, count: target.width * pixel)
                }
            }
        }
    }

    /// Copies an image of the same format over `rect`, which lies inside this bitmap and has the image's size.
    mutating func overwrite(_ rect: Rect, with image: Bitmap) throws(GessoError) {
        let bytesPerPixel = format.bytesPerPixel
        try withMutableRows { (target) throws(GessoError) in
            image.withRows { source in
                for y in 0..<rect.height {
                    (target.row(rect.y + y) + rect.x * bytesPerPixel)
                        .update(from: source.row(y), count: rect.width * bytesPerPixel)
                }
            }
        }
    }
}
