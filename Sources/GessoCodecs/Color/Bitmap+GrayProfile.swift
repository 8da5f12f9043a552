import CGessoCodecs
package import GessoPixels

// How pixels and a gray color profile are brought together.
extension Bitmap {
    /// Whether red, green and blue are equal in every pixel.
    var isNeutral: Bool {
        guard format.layout != .gray else { return true }
        return withCodecImage(reading: { gesso_png_is_gray(&$0) != 0 })
    }

    /// RGB or RGBA whose samples a gray profile describes, as gray with alpha is decoded, converted to sRGB.
    ///
    /// Each channel is converted as gray, by a table of all values.
    func converted(fromGray profile: ColorProfile) throws(GessoError) -> Bitmap {
        let (channels, layout) = (format.channels, format.layout)
        var result = self
        if format.bitsPerChannel == 8 {
            let table = try GrayTable<UInt8>(profile, .gray8)
            try result.forEachRow { (row, _) throws(GessoError) in
                for index in row.indices where layout == .rgb || index % channels != 3 {
                    row[index] = table.values[Int(row[index])]
                }
            }
        } else {
            let table = try GrayTable<UInt16>(profile, .gray16)
            try result.forEachRow16 { (row, _) throws(GessoError) in
                for index in row.indices where layout == .rgb || index % channels != 3 {
                    row[index] = table.values[Int(row[index])]
                }
            }
        }
        return result
    }

    /// The first channel alone.
    fileprivate func firstChannel() throws(GessoError) -> Bitmap {
        let isDeep = format.bitsPerChannel == 16
        var result = try Bitmap(size: size, format: isDeep ? .gray16 : .gray8, zeroed: false)
        let (from, to, width, height) = (bytesPerRow, result.bytesPerRow, width, height)
        let (step, sample) = (format.bytesPerPixel, isDeep ? 2 : 1)
        try result.withUnsafeMutablePixels { target throws(GessoError) in
            withUnsafePixels { source in
                for y in 0..<height {
                    for x in 0..<width {
                        for byte in 0..<sample {
                            target[y * to + x * sample + byte] = source[y * from + x * step + byte]
                        }
                    }
                }
            }
        }
        return result
    }
}

/// The sRGB value of every gray value by a profile.
private struct GrayTable<Sample: FixedWidthInteger & UnsignedInteger> {
    let values: [Sample]

    /// `format` is gray with the bits of `Sample`.
    init(_ profile: ColorProfile, _ format: Bitmap.Format) throws(GessoError) {
        let transform = try ColorTransform(from: profile, to: nil, format: format)
        let all = (0...Int(Sample.max)).map { Sample($0) }
        var values = all
        all.withUnsafeBytes { from in
            values.withUnsafeMutableBytes { to in
                guard let from = from.baseAddress, let to = to.baseAddress else { return }
                gesso_color_apply(
                    transform.pointer, from.assumingMemoryBound(to: UInt8.self),
                    to.assumingMemoryBound(to: UInt8.self), all.count)
            }
        }
        self.values = values
    }
}

extension ColorProfile {
    /// Whether the profile describes gray samples.
    package var isGray: Bool { space == .gray }
}

extension Bitmap {
    /// The pixels as a file of `format` stores them with a profile, and the profile if it fits them.
    ///
    /// A gray profile fits gray pixels only: equal channels are stored as gray, with alpha only in PNG; others, and all of a
    /// WebP, are converted to sRGB. A profile that does not fit is left out, with a warning.
    package func fitting(
        _ profile: ColorProfile?, in format: ImageFormat
    ) throws(GessoError) -> (bitmap: Bitmap, profile: ColorProfile?, warning: ImageDecoder.Warning?) {
        guard let profile else { return (self, nil, nil) }
        let isGray = self.format.layout == .gray
        switch profile.space {
        case .rgb where !isGray: return (self, profile, nil)
        // An AVIF with alpha has planes of color.
        case .gray where (format == .png || format != .webp && !self.format.hasAlpha) && isNeutral:
            return (self.format.layout == .rgb ? try firstChannel() : self, profile, nil)
        case .gray:
            let reason = "it is for gray and the \(format) is in color; the pixels were converted to sRGB"
            return (try converted(from: profile, to: nil), nil, .profileLeftOut(reason))
        case .rgb, .cmyk:
            let pixels = isGray ? "gray" : "RGB"
            return (self, nil, .profileLeftOut("it is for \(profile.space.name) and the pixels are \(pixels)"))
        }
    }
}
