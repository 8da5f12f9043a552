package import GessoCodecs
package import GessoPixels

/// Puts an edited image over the original, inside the mask only.
///
/// The frame holds the edited image, as large as the original and in sRGB. It comes out with the original's pixels,
/// bit for bit, wherever the mask dilated by `feather` is 0; the edit where the mask is full; and a blend in linear
/// light in between. The result keeps the original's pixel format and profile: the edit is converted into them.
/// Only a gray original under an edit in color becomes RGB of the same values (by way of sRGB if it has a profile).
package struct Composite: Stage {
    /// The original, as large as the frame.
    package var original: Bitmap
    /// The profile of the original; nil is sRGB.
    package var profile: ColorProfile?
    /// Coverage, as large as the original; 255 takes the edit.
    package var mask: Mask
    /// How far the transition reaches outside the mask, in pixels of the original.
    package var feather: Int

    /// Composites the frame over `original` where `mask` is set.
    package init(over original: Bitmap, profile: ColorProfile? = nil, mask: Mask, feather: Int = 0) {
        self.original = original
        self.profile = profile
        self.mask = mask
        self.feather = feather
    }

    package var detail: String { "over \(original.size) \(original.format), feather \(feather) px" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard feather >= 0 else {
            throw GessoError(
                .invalidParameter, stage: "composite", "The feather is \(feather) px; it must be 0 or more.",
                facts: ["found": "\(feather)"])
        }
        guard shape.size == original.size, mask.size == original.size else {
            throw GessoError(
                .invalidGeometry, stage: "composite",
                "Edit (\(shape.size)), mask (\(mask.size)) and original (\(original.size)) must be equally large; "
                    + "put Restore before Composite.",
                facts: ["found": "\(shape.size)", "allowed": "\(original.size)"])
        }
        var shape = shape
        shape.format =
            becomesColor(shape.format) && original.format.layout == .gray
            ? (original.format.bitsPerChannel == 8 ? .rgb8 : .rgb16) : original.format
        shape.isSRGB = becomesColor(shape.format) || profile?.isSRGB ?? true
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        _ = try plan(frame.shape)
        let weight = feather > 0 ? try mask.feathered(radius: feather) : mask
        // A gray profile cannot describe color.
        let target = becomesColor(frame.bitmap.format) ? nil : profile
        let base = try original.converted(from: profile, to: target)
        var edit = frame.bitmap
        if edit.format.layout == .gray, base.format.layout != .gray { edit = try edit.converted(to: .rgb8) }
        let patch = try edit.converted(from: frame.profile, to: target)
        frame.bitmap = try base.replacing(with: patch, where: weight)
        frame.profile = target
        frame.mask = mask
    }

    private func becomesColor(_ edit: Bitmap.Format) -> Bool {
        (original.format.layout == .gray || profile?.isGray == true) && edit.layout != .gray
    }
}
