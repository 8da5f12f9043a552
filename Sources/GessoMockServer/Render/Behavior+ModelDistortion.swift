import GessoPixels

extension MockServer.Behavior {
    /// The image with the distortion of a real model: shift and scale, then gain and drift. Expects and returns `rgb8`.
    func distorted(_ bitmap: Bitmap, prompt: String) throws(GessoError) -> Bitmap {
        try distortedLevels(try distortedGeometry(bitmap), prompt: prompt)
    }

    private func distortedGeometry(_ bitmap: Bitmap) throws(GessoError) -> Bitmap {
        guard shiftX != 0 || shiftY != 0 || scale != 1 else { return bitmap }
        let scale = Self.clamped(scale, to: 0.5...2)
        let (width, height) = (Double(bitmap.width), Double(bitmap.height))
        // The output at x is the input at center + (x - center - shift) / scale.
        let left = width / 2 - (width / 2 + Self.clamped(shiftX, to: -width...width)) / scale
        let top = height / 2 - (height / 2 + Self.clamped(shiftY, to: -height...height)) / scale
        let (right, bottom) = (left + width / scale, top + height / scale)
        // The filter reads up to this many pixels beyond the edges.
        let margin = 4
        let padLeft = max(0, Int((-left).rounded(.up))) + margin
        let padTop = max(0, Int((-top).rounded(.up))) + margin
        let padRight = max(0, Int((right - width).rounded(.up))) + margin
        let padBottom = max(0, Int((bottom - height).rounded(.up))) + margin
        let padded = try bitmap.padded(
            left: padLeft, top: padTop, right: padRight, bottom: padBottom, fill: .extendEdges, alpha: 255)
        let box = Box(
            left: left + Double(padLeft), top: top + Double(padTop), right: right + Double(padLeft),
            bottom: bottom + Double(padTop))
        return try padded.resized(to: bitmap.size, from: box, filter: .catmullRom)
    }

    /// Applies the gain and adds a low-frequency drift, different in each channel.
    private func distortedLevels(_ bitmap: Bitmap, prompt: String) throws(GessoError) -> Bitmap {
        guard drift != 0 || gain != 1 else { return bitmap }
        let gain = Self.clamped(gain, to: 0...4)
        let drift = Self.clamped(drift, to: -255...255)
        let field = try driftField(size: bitmap.size, prompt: prompt)
        // In units of 1/256 level, so that a drift below one level still changes some pixels.
        let gained = (0..<256).map { Int32((Double($0) * gain * 256).rounded()) }
        let drifted = (0..<256).map { Int32(((Double($0) - 128) / 127 * drift * 256).rounded()) }
        var result = bitmap
        let rowBytes = result.bytesPerRow
        let (width, height) = (bitmap.width, bitmap.height)
        try result.withUnsafeMutablePixels { pixels throws(GessoError) in
            field.withUnsafePixels { field in
                for y in 0..<height {
                    let (row, fieldRow) = (pixels + y * rowBytes, field + y * rowBytes)
                    for x in 0..<3 * width {
                        let level = (gained[Int(row[x])] + drifted[Int(fieldRow[x])] + 128) >> 8
                        row[x] = UInt8(min(max(level, 0), 255))
                    }
                }
            }
        }
        return result
    }

    /// `rgb8`, where 128 means no drift and 1 and 255 mean the largest; varies over an eighth of the image.
    private func driftField(size: Size, prompt: String) throws(GessoError) -> Bitmap {
        let knots = Size(width: 8, height: max(1, min(8, 8 * size.height / size.width)))
        var numbers = PromptRandomNumbers(prompt: prompt, purpose: "drift")
        var sketch = try Bitmap(size: knots, format: .rgb8)
        let rowBytes = sketch.bytesPerRow
        try sketch.withUnsafeMutablePixels { pixels throws(GessoError) in
            for y in 0..<knots.height {
                for x in 0..<3 * knots.width { pixels[y * rowBytes + x] = max(1, numbers.nextByte()) }
            }
        }
        return try sketch.resized(to: size, filter: .mitchell)
    }

    private static func clamped(_ value: Double, to range: ClosedRange<Double>) -> Double {
        value.isFinite ? min(max(value, range.lowerBound), range.upperBound) : range.lowerBound
    }
}
