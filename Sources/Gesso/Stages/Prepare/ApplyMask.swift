package import GessoPixels

/// Selects what may be edited and writes it into the image's alpha: 0 where the mask says edit, as the API reads it.
///
/// The mask is in upright pixels of the original and follows the frame's placement; nil takes the mask that the
/// frame has already. RGB under alpha 0 stays as it is.
package struct ApplyMask: Stage, Codable, Hashable {
    /// The mask, in upright pixels of the original; nil takes that of the frame.
    package var mask: MaskSource?

    /// Applies a mask, or the one that the frame has.
    package init(_ mask: MaskSource? = nil) { self.mask = mask }

    private enum CodingKeys: String, CodingKey { case mask = "selection" }

    package var detail: String { mask?.summary ?? "the frame's mask" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = try SetMask(mask).plan(shape)
        shape.format = shape.format.withAlpha
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        try SetMask(mask).run(&frame)
        if let coverage = frame.mask { frame.bitmap = try frame.bitmap.applyingAlpha(coverage) }
    }
}
