package import GessoPixels

/// Rasterizes a mask for the frame and leaves its pixels alone.
package struct SetMask: Stage, Codable, Hashable {
    package var mask: MaskSource?

    package init(_ mask: MaskSource?) { self.mask = mask }

    private enum CodingKeys: String, CodingKey { case mask = "selection" }

    package var detail: String { mask?.summary ?? "the frame's mask" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard mask != nil || shape.hasMask else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "There is no mask to apply; give a mask or put a stage before that makes one.")
        }
        guard shape.orientation == .up else {
            throw GessoError(
                .invalidGeometry, stage: "mask",
                "A mask is in upright pixels and this image is not upright yet; put Orient() before it.",
                facts: ["found": "orientation \(shape.orientation.rawValue)"])
        }
        var shape = shape
        shape.hasMask = true
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        _ = try plan(frame.shape)
        guard let mask else { return }
        let upright = try mask.mask(for: frame.placement.upright)
        let placement = frame.placement
        frame.mask = placement.isIdentity ? upright : try BoundedMask(upright).onCanvas(placement)
    }
}
