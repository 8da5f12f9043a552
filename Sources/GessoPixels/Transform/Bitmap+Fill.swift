import CGessoKernels

extension Bitmap {
    /// A bitmap filled with one pixel value, given as bytes.
    init(size: Size, filledWith pixel: [UInt8], format: Bitmap.Format) throws(GessoError) {
        try self.init(size: size, format: format, zeroed: false)
        let (width, height) = (size.width, size.height)
        try withMutableRows { (rows) throws(GessoError) in
            for y in 0..<height { gesso_fill_pixels(rows.row(y), pixel, pixel.count, width) }
        }
    }

    /// The mean color, weighted by alpha; for a fully transparent image black.
    public func meanColor() -> Color {
        var sums: [UInt64] = [0, 0, 0, 0]
        var count = UInt64(width) * UInt64(height)
        let (channels, wide) = (format.channels, format.bitsPerChannel == 16)
        withRows { rows in
            for y in 0..<height {
                if wide {
                    gesso_sum_colors16(rows.row16(y), width, Int32(channels), &sums)
                } else {
                    gesso_sum_colors8(rows.row(y), width, Int32(channels), &sums)
                }
            }
        }
        if format.hasAlpha {
            guard sums[3] > 0 else { return .black }
            count = sums[3]
        }
        let unit: UInt64 = wide ? 257 : 1
        func mean(_ channel: Int) -> UInt8 {
            // Divide first: a sum of 16-bit samples weighted by 16-bit alpha would overflow when multiplied.
            UInt8(truncatingIfNeeded: min(255, (sums[channel] / count + unit / 2) / unit))
        }
        return channels == 1 ? Color(gray: mean(0)) : Color(red: mean(0), green: mean(1), blue: mean(2))
    }

    /// The canvas around `inner`: the image mirrored at its edges and blurred.
    ///
    /// Works on a small copy, which is mirrored and then enlarged only where it shows. The pixels inside `inner` are
    /// undefined.
    func blurredMirror(on canvas: Size, inner: Rect, alpha: UInt8) throws(GessoError) -> Bitmap {
        let factor = max(2, min(16, size.shortEdge / 8))
        let small = Size(width: (width + factor - 1) / factor, height: (height + factor - 1) / factor)
        var core = self
        if format.hasAlpha { core = try core.flattened(onto: meanColor()) }
        core = try core.resized(to: small, filter: .box)
        let (stepX, stepY) = (Double(small.width) / Double(width), Double(small.height) / Double(height))
        let left = Int((Double(inner.x) * stepX).rounded(.up)) + 1
        let top = Int((Double(inner.y) * stepY).rounded(.up)) + 1
        let right = Int((Double(canvas.width - inner.maxX) * stepX).rounded(.up)) + 1
        let bottom = Int((Double(canvas.height - inner.maxY) * stepY).rounded(.up)) + 1
        let mirrored = try core.mirrored(left: left, top: top, right: right, bottom: bottom)
        var result = try Bitmap(size: canvas, format: format, zeroed: false)
        let strips = [
            Rect(x: 0, y: 0, width: canvas.width, height: inner.y),
            Rect(x: 0, y: inner.maxY, width: canvas.width, height: canvas.height - inner.maxY),
            Rect(x: 0, y: inner.y, width: inner.x, height: inner.height),
            Rect(x: inner.maxX, y: inner.y, width: canvas.width - inner.maxX, height: inner.height),
        ]
        for strip in strips where !strip.isEmpty {
            let box = Box(
                left: max(0, Double(left) + Double(strip.x - inner.x) * stepX),
                top: max(0, Double(top) + Double(strip.y - inner.y) * stepY),
                right: min(Double(mirrored.width), Double(left) + Double(strip.maxX - inner.x) * stepX),
                bottom: min(Double(mirrored.height), Double(top) + Double(strip.maxY - inner.y) * stepY))
            var part = try mirrored.resized(to: strip.size, from: box, filter: .mitchell)
            if format.hasAlpha { part = try part.applyingAlpha(Mask(size: strip.size, filledWith: 255 - alpha)) }
            try result.overwrite(strip, with: part)
        }
        return result
    }

    /// The image with mirror images around it, starting with the edge pixel; they repeat if a side is longer than the
    /// image.
    private func mirrored(left: Int, top: Int, right: Int, bottom: Int) throws(GessoError) -> Bitmap {
        let canvas = try Padding(left: left, top: top, right: right, bottom: bottom).canvas(around: size)
        var result = try Bitmap(size: canvas, format: format, zeroed: false)
        let bytesPerPixel = format.bytesPerPixel
        func reflect(_ index: Int, _ count: Int) -> Int {
            let period = index % (2 * count)
            let position = period < 0 ? period + 2 * count : period
            return position < count ? position : 2 * count - 1 - position
        }
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                for y in 0..<canvas.height {
                    let (from, to) = (source.row(reflect(y - top, height)), target.row(y))
                    for x in 0..<canvas.width {
                        (to + x * bytesPerPixel)
                            .update(from: from + reflect(x - left, width) * bytesPerPixel, count: bytesPerPixel)
                    }
                }
            }
        }
        return result
    }
}
