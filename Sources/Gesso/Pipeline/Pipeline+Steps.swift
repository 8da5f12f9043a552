public import GessoPixels

// The words of `Image` for pipelines: each gives the same stages and one more.
extension Pipeline {
    /// Shrinks the image into a box, upright and in sRGB, or fills it and crops what sticks out with `covers`; never enlarges.
    ///
    /// `gravity` is the part that `covers` keeps; nil is the center.
    public func thumbnail(_ box: Size, covers: Bool = false, gravity: Placement.Gravity? = nil) -> Pipeline {
        adding(Thumbnail(box, covers: covers, gravity: gravity))
    }

    /// Rotates the image clockwise by right angles: 90, 180, 270 or a negative of them.
    public func rotated(_ degrees: Int) -> Pipeline { adding(Rotate(degrees)) }

    /// Mirrors the image top to bottom.
    public func flipped() -> Pipeline { adding(Flip(.vertical)) }

    /// Mirrors the image left to right.
    public func mirrored() -> Pipeline { adding(Flip(.horizontal)) }

    /// Crops borders of one color; see ``Image/trimmed(threshold:)``.
    public func trimmed(threshold: Int = 10) -> Pipeline { adding(Trim(threshold: threshold)) }

    /// Sharpens the image if it was reduced; see ``Image/sharpened(amount:radius:)``.
    public func sharpened(amount: Double = 0.5, radius: Double = 0.6) -> Pipeline {
        adding(Sharpen(amount: amount, radius: radius))
    }

    /// Puts the image on a color wherever it is transparent.
    public func flattened(onto background: Color = .white) -> Pipeline { adding(Flatten(onto: background)) }

    /// Writes a mask into the image's alpha; see ``Image/masked(_:)``.
    public func masked(_ mask: MaskSource? = nil) -> Pipeline { adding(ApplyMask(mask)) }

    /// Extends the image for the model to fill: from here on the extended image is the original.
    public func outpainted(_ insets: Pad.Insets, fill: Bitmap.PadFill = .extendEdges) -> Pipeline {
        adding(Outpaint(insets, fill: fill))
    }

    private func adding(_ stage: some Stage) -> Pipeline { Pipeline(stages + [stage]) }
}
