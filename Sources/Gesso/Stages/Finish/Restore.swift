package import GessoPixels

/// Maps a result from the model's canvas onto the upright original, whatever size the result has.
///
/// Undoes scale, padding and crop of the placement it is given. Parts of the original that were not on the canvas
/// become transparent.
package struct Restore: Stage, Codable, Hashable {
    /// The placement to undo.
    package var placement: Placement
    /// The filter that scales the result.
    package var filter: ResampleFilter

    /// Undoes a placement.
    package init(_ placement: Placement, filter: ResampleFilter = .lanczos3) {
        self.placement = placement
        self.filter = filter
    }

    package var detail: String { "onto \(placement.upright)" }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard !placement.visible.isEmpty else {
            throw GessoError(
                .invalidGeometry, stage: "restore", "Nothing of the original lies on this canvas: \(placement).",
                facts: ["found": "\(placement)"])
        }
        var shape = shape
        shape.size = placement.upright
        shape.placement = Placement(of: placement.upright)
        if placement.visible != Rect(placement.upright) { shape.format = shape.format.withAlpha }
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        _ = try plan(frame.shape)
        let (visible, whole) = (placement.visible, placement.upright)
        let box = placement.box(of: visible, in: frame.bitmap.size)
        frame.bitmap = try frame.bitmap.resized(to: visible.size, from: box, filter: filter)
        if visible != Rect(whole) {
            frame.bitmap = try frame.bitmap.padded(
                left: visible.x, top: visible.y, right: whole.width - visible.maxX, bottom: whole.height - visible.maxY,
                fill: .color(.clear), alpha: 0)
        }
        frame.mask = nil
        frame.placement = Placement(of: whole)
    }
}
