import CGessoKernels

extension Bitmap {
    /// How to fill the pixels added around an image. Color matters under alpha 0 too, because models see it.
    public enum PadFill: Hashable, Sendable, Codable {
        /// The nearest pixel at the edge of the image.
        case extendEdges
        /// The image mirrored at its edges and blurred.
        case blurredMirror
        /// The mean color of the image, weighted by alpha.
        case mean
        /// A single color; its alpha is ignored.
        case color(Color)
    }
}

extension Bitmap {
    /// The image with pixels added around it, with color from `fill` and alpha from `alpha`.
    ///
    /// An `alpha` below 255 makes the result RGBA, with color even where alpha is 0, because a model may use it. Gray
    /// stays gray unless the fill has color. Throws `invalidGeometry` for negative or overflowing sides.
    public func padded(
        left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0, fill: Bitmap.PadFill, alpha: UInt8 = 255
    ) throws(GessoError) -> Bitmap {
        let canvas = try Padding(left: left, top: top, right: right, bottom: bottom).canvas(around: size)
        if canvas == size { return self }
        let source = try readyForPadding(fill: fill, alpha: alpha)
        let inner = Rect(x: left, y: top, width: width, height: height)
        if case .extendEdges = fill { return try source.extendingEdges(on: canvas, inner: inner, alpha: alpha) }
        var result =
            switch fill {
            case .blurredMirror: try source.blurredMirror(on: canvas, inner: inner, alpha: alpha)
            case .color(let color): try source.canvas(canvas, of: color, alpha: alpha)
            case .mean, .extendEdges: try source.canvas(canvas, of: source.meanColor(), alpha: alpha)
            }
        try result.overwrite(inner, with: source)
        return result
    }

    /// The image in a format that can represent the fill.
    private func readyForPadding(fill: Bitmap.PadFill, alpha: UInt8) throws(GessoError) -> Bitmap {
        if alpha < 255 { return try addingAlpha() }
        if case .color(let color) = fill, format.layout == .gray, color.red != color.green || color.green != color.blue
        {
            return try converted(to: format.bitsPerChannel == 8 ? .rgb8 : .rgb16)
        }
        return self
    }

    /// A canvas of a single color in the format of this image.
    private func canvas(_ size: Size, of color: Color, alpha: UInt8) throws(GessoError) -> Bitmap {
        let samples: [UInt8] =
            switch format.layout {
            case .gray: [color.green]
            case .rgb: [color.red, color.green, color.blue]
            case .rgba: [color.red, color.green, color.blue, alpha]
            }
        // v × 257 has both bytes equal to v, in either byte order.
        let pixel = format.bitsPerChannel == 8 ? samples : samples.flatMap { [$0, $0] }
        return try Bitmap(size: size, filledWith: pixel, format: format)
    }

    private func extendingEdges(on canvas: Size, inner: Rect, alpha: UInt8) throws(GessoError) -> Bitmap {
        var result = try Bitmap(size: canvas, format: format, zeroed: false)
        let (bytesPerPixel, hasAlpha) = (format.bytesPerPixel, format.hasAlpha)
        let alphaBytes = bytesPerPixel / 4
        func edgePixel(_ pixel: UnsafePointer<UInt8>) -> [UInt8] {
            var bytes = Array(UnsafeBufferPointer(start: pixel, count: bytesPerPixel))
            if hasAlpha { for i in bytesPerPixel - alphaBytes..<bytesPerPixel { bytes[i] = alpha } }
            return bytes
        }
        func fillRow(_ y: Int, _ row: UnsafeMutablePointer<UInt8>, _ source: PixelRows) {
            let from = source.row(y)
            gesso_fill_pixels(row, edgePixel(from), bytesPerPixel, inner.x)
            (row + inner.x * bytesPerPixel).update(from: from, count: width * bytesPerPixel)
            gesso_fill_pixels(
                row + inner.maxX * bytesPerPixel, edgePixel(from + (width - 1) * bytesPerPixel), bytesPerPixel,
                canvas.width - inner.maxX)
        }
        func fillOutside(_ y: Int, _ rows: Range<Int>, _ source: PixelRows, _ target: MutablePixelRows) {
            guard let first = rows.first else { return }
            fillRow(y, target.row(first), source)
            if hasAlpha { setAlpha(of: target.row(first), alpha, count: canvas.width) }
            for row in rows.dropFirst() {
                target.row(row).update(from: target.row(first), count: canvas.width * bytesPerPixel)
            }
        }
        try result.withMutableRows { (target) throws(GessoError) in
            withRows { source in
                for y in 0..<height { fillRow(y, target.row(inner.y + y), source) }
                fillOutside(0, 0..<inner.y, source, target)
                fillOutside(height - 1, inner.maxY..<canvas.height, source, target)
            }
        }
        return result
    }

    private func setAlpha(of row: UnsafeMutablePointer<UInt8>, _ alpha: UInt8, count: Int) {
        let (bytesPerPixel, alphaBytes) = (format.bytesPerPixel, format.bytesPerPixel / 4)
        for x in 0..<count {
            for byte in bytesPerPixel - alphaBytes..<bytesPerPixel { row[x * bytesPerPixel + byte] = alpha }
        }
    }
}

/// The number of pixels added on each side.
struct Padding {
    let left: Int
    let top: Int
    let right: Int
    let bottom: Int

    func canvas(around size: Size) throws(GessoError) -> Size {
        let sides = [left, top, right, bottom]
        let width = sum(size.width, left, right)
        let height = sum(size.height, top, bottom)
        guard sides.allSatisfy({ $0 >= 0 }), let width, let height else {
            throw GessoError(
                .invalidGeometry, stage: "pad",
                "Padding must be 0 or more pixels on each side and fit in memory, not \(sides).",
                facts: ["found": "\(sides)", "allowed": "0 or more"])
        }
        return Size(width: width, height: height)
    }

    private func sum(_ a: Int, _ b: Int, _ c: Int) -> Int? {
        let (ab, overflow) = a.addingReportingOverflow(b)
        let (abc, again) = ab.addingReportingOverflow(c)
        return overflow || again ? nil : abc
    }
}
