import CGessoCodecs
public import GessoPixels

extension Bitmap {
    /// The same colors under another profile; nil means sRGB on either side.
    ///
    /// Relative colorimetric with black point compensation, by lcms2; alpha and layout are kept, gray stays gray.
    /// Free when both profiles mean the same. Throws `invalidProfile` when a profile does not fit the channels,
    /// `outOfMemory`, and `cancelled` between rows.
    public func converted(from source: ColorProfile?, to target: ColorProfile?) throws(GessoError) -> Bitmap {
        if source == target || (source?.isSRGB ?? true) && (target?.isSRGB ?? true) { return self }
        let transform = try ColorTransform(from: source, to: target, format: format)
        var result = try Bitmap(size: size, format: format, zeroed: false)
        let (rows, width, height) = (bytesPerRow, width, height)
        try result.withUnsafeMutablePixels { to throws(GessoError) in
            try withUnsafePixels { from throws(GessoError) in
                for y in 0..<height {
                    if y % 64 == 0, Task.isCancelled {
                        throw GessoError(.cancelled, stage: "color", "The work was cancelled.")
                    }
                    gesso_color_apply(transform.pointer, from + y * rows, to + y * rows, width)
                }
            }
        }
        return result
    }
}
