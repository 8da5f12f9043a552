public import GessoCodecs
public import GessoPixels

extension Image {
    /// Shrinks the image into a square of `side` pixels, or fills it and crops what sticks out with `covers`; never enlarges.
    ///
    /// `gravity` is the part that `covers` keeps; nil is the center.
    public func thumbnail(_ side: Int, covers: Bool = false, gravity: Placement.Gravity? = nil) -> Image {
        thumbnail(Size(width: side, height: side), covers: covers, gravity: gravity)
    }

    /// Shrinks the image into a box, or fills it and crops what sticks out with `covers`; never enlarges.
    public func thumbnail(_ box: Size, covers: Bool = false, gravity: Placement.Gravity? = nil) -> Image {
        applying(Thumbnail(box, covers: covers, gravity: gravity))
    }

    /// Shrinks the image so that its longer side has at most `longEdge` pixels; never enlarges.
    public func fitted(_ longEdge: Int) -> Image {
        resized(Size(width: longEdge, height: longEdge), fit: .inside, enlarges: false)
    }

    /// Resamples the image to fit a size, as ``Resize`` does.
    public func resized(
        _ size: Size, fit: Placement.Fit = .inside, filter: ResampleFilter = .lanczos3,
        inLinearLight: Bool = false, enlarges: Bool = true, gravity: Placement.Gravity = .center,
        background: Color = .clear
    ) -> Image {
        applying(
            Resize(
                size, fit: fit, filter: filter, inLinearLight: inLinearLight, enlarges: enlarges, gravity: gravity,
                background: background))
    }

    /// Resamples the image to a width or a height, and the other side as the aspect ratio demands; with both, to fit inside.
    public func resized(width: Int? = nil, height: Int? = nil, enlarges: Bool = true) -> Image {
        applying(Resize(width: width, height: height, enlarges: enlarges))
    }

    /// Resamples both sides by a factor: 0.5 is half of each.
    public func resized(by scale: Double) -> Image { applying(Resize(by: scale)) }

    /// Rotates the image clockwise by right angles: 90, 180, 270 or a negative of them.
    public func rotated(_ degrees: Int) -> Image { applying(Rotate(degrees)) }

    /// Mirrors the image top to bottom.
    public func flipped() -> Image { applying(Flip(.vertical)) }

    /// Mirrors the image left to right.
    public func mirrored() -> Image { applying(Flip(.horizontal)) }

    /// Crops borders that have the color of the top left pixel, or that are transparent as it is; decodes in full.
    ///
    /// - Parameter threshold: how far a channel may differ from the border's, 0…255; 10 forgives what JPEG does to a plain
    ///   border.
    public func trimmed(threshold: Int = 10) -> Image { applying(Trim(threshold: threshold)) }

    /// Sharpens the image (unsharp mask on luminance) if it was reduced to half its size or less.
    ///
    /// - Parameters:
    ///   - amount: how much of the difference to the blurred image is added, 0…10.
    ///   - radius: the standard deviation of the blur in pixels, 0.3…10.
    public func sharpened(amount: Double = 0.5, radius: Double = 0.6) -> Image {
        applying(Sharpen(amount: amount, radius: radius))
    }

    /// Crops the upright image to `rect`; whatever is asked of it afterwards is decoded in full.
    public func cropped(_ rect: Rect) -> Image { applying(Crop(rect)) }

    /// Puts the image on a color wherever it is transparent.
    public func flattened(onto background: Color = .white) -> Image { applying(Flatten(onto: background)) }

    /// Writes a mask into the image's alpha: 0 where it says edit, as the Images API reads it; colors stay as they are.
    ///
    /// `mask` is in upright pixels of the original and follows what is done to the image before.
    public func masked(_ mask: MaskSource) -> Image { applying(ApplyMask(mask)) }

    /// Adds stages, ours or your own, which run in order.
    ///
    /// ```swift
    /// let file = try await Image(upload).applying { Resize(Size(width: 800, height: 600)); MyStage() }.png()
    /// ```
    public func applying(@Pipeline _ stages: () -> [any Stage]) -> Image {
        var image = self
        image.stages += stages()
        return image
    }

    private func applying(_ stage: any Stage) -> Image {
        var image = self
        image.stages.append(stage)
        return image
    }

    /// Writes the metadata of the source that `policy` lets through into the outputs; none is written otherwise.
    public func metadata(_ policy: ImageMetadata.Policy) -> Image {
        var image = self
        image.metadataPolicy = policy
        return image
    }

    /// Keeps all frames of an animated GIF, WebP or PNG, which is written as animated WebP; otherwise its first frame is
    /// taken.
    ///
    /// Each frame is shown as long as in the source and as often. Frames are decoded, run through the steps and encoded
    /// one after the other; their number times their pixels is bounded by `limits.animationPixelCount`. A still image
    /// stays one. Outputs of another format throw `invalidParameter`.
    ///
    /// ```swift
    /// let thumbnail = try await Image(upload).animated().thumbnail(256).webp()
    /// ```
    public func animated() -> Image {
        var image = self
        image.keepsFrames = true
        return image
    }

    /// Decides how much damage decoding accepts; what it accepts is in the output's `warnings`.
    public func decoding(_ level: ImageDecoder.Options.Level) -> Image {
        var image = self
        image.level = level
        return image
    }

    /// Leaves the samples in the source's own color profile and embeds it, instead of converting to sRGB at the end.
    public func keepingProfile() -> Image {
        var image = self
        image.convertsToSRGB = false
        return image
    }
}
