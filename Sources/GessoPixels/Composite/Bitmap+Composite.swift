import CGessoKernels

extension Bitmap {
    /// Blends `patch` into the image by `weight`: 255 takes the patch's pixel, 0 keeps the image's.
    ///
    /// Pixels of weight 0 are not written. Blending is in linear light (IEC 61966-2-1 curve) and, if the image has
    /// alpha, premultiplied. The patch has the image's size, and either its format or 8 bits, which are converted to
    /// the image's depth (× 257). A patch with alpha is composited over an image without.
    ///
    /// A gray image becomes RGB under a color patch. Works in place if the pixels are not shared. Throws
    /// `invalidGeometry`, `maskSizeMismatch` or `pixelFormatMismatch`.
    public consuming func replacing(with patch: Bitmap, where weight: Mask) throws(GessoError) -> Bitmap {
        guard patch.size == size else {
            throw GessoError(
                .invalidGeometry, stage: "composite",
                "The patch is \(patch.size), the image \(size); map the patch onto the image's canvas first.",
                facts: ["found": "\(patch.size)", "wanted": "\(size)"])
        }
        try weight.requireSize(size)
        guard patch.format.bitsPerChannel <= format.bitsPerChannel else {
            throw GessoError(
                .pixelFormatMismatch, stage: "composite",
                "A patch of \(patch.format) has more depth than an image of \(format); convert it to 8 bits first.",
                facts: ["found": "\(patch.format)", "image": "\(format)"])
        }
        var result = self
        if result.format.layout == .gray, patch.format.layout != .gray {
            result = try result.converted(to: result.format.bitsPerChannel == 8 ? .rgb8 : .rgb16)
        }
        try result.blend(patch, weight)
        return result
    }

    private mutating func blend(_ patch: Bitmap, _ weight: Mask) throws(GessoError) {
        // The row format of the patch: the image's depth and channels, with the patch's own alpha as a weight.
        let layout: Bitmap.Format.Layout = format.layout == .rgb && patch.format.hasAlpha ? .rgba : format.layout
        let rowFormat = Bitmap.Format(layout: layout, bitsPerChannel: format.bitsPerChannel)
        let (width, height, wide) = (width, height, format.bitsPerChannel == 16)
        let (channels, patchChannels) = (Int32(format.channels), Int32(rowFormat.channels))
        let (bytesPerPixel, patchBytes) = (format.bytesPerPixel, patch.format.bytesPerPixel)
        let decode = wide ? SRGBCurve.linearFloat16 : []
        let conversion = try RowConversion(from: patch.format, to: rowFormat, width: width)
        let converted = try PixelStorage(
            byteCount: patch.format == rowFormat ? 0 : width * rowFormat.bytesPerPixel, zeroed: false)
        try withMutableRows { (target) throws(GessoError) in
            try patch.withRows { (patch) throws(GessoError) in
                try weight.coverage.withRows { (weight) throws(GessoError) in
                    for y in 0..<height {
                        if y & 63 == 0 { try checkCancellation("composite") }
                        let end = gesso_last_nonzero(weight.row(y), width)
                        if end == 0 { continue }
                        let start = gesso_first_nonzero(weight.row(y), width)
                        var row = UnsafeRawPointer(patch.row(y) + start * patchBytes)
                        if converted.byteCount > 0 {
                            conversion.run(
                                patch.row(y) + start * patchBytes,
                                converted.pointer.assumingMemoryBound(to: UInt8.self), count: end - start)
                            row = UnsafeRawPointer(converted.pointer)
                        }
                        let own = UnsafeMutableRawPointer(target.row(y) + start * bytesPerPixel)
                        if wide {
                            gesso_composite16(
                                own.assumingMemoryBound(to: UInt16.self), row.assumingMemoryBound(to: UInt16.self),
                                weight.row(y) + start, end - start, channels, patchChannels, decode)
                        } else {
                            gesso_composite8(
                                own.assumingMemoryBound(to: UInt8.self), row.assumingMemoryBound(to: UInt8.self),
                                weight.row(y) + start, end - start, channels, patchChannels)
                        }
                    }
                }
            }
        }
    }
}
