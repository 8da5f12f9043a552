public import GessoPixels

/// Gives the frame a mask from a selection, and leaves its pixels alone.
public struct SelectArea: Stage, Codable, Hashable {
    public var selection: Selection?

    public init(_ selection: Selection?) { self.selection = selection }

    public var detail: String { selection?.summary ?? "the frame's mask" }

    public func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape {
        guard selection != nil || shape.hasMask else {
            throw GessoError(
                .maskEmpty, stage: "mask",
                "There is no mask to apply; give a selection or put a stage before that makes one.")
        }
        guard shape.orientation == .up else {
            throw GessoError(
                .invalidGeometry, stage: "mask",
                "A selection is in upright pixels and this picture is still turned; put Orient() before it.",
                facts: ["found": "orientation \(shape.orientation.rawValue)"])
        }
        var shape = shape
        shape.hasMask = true
        return shape
    }

    public func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
        _ = try plan(frame.shape)
        guard let selection else { return frame }
        let upright = try selection.mask(for: frame.placement.upright)
        frame.mask = try upright.placed(by: frame.placement)
        return frame
    }
}

extension Mask {
    /// The mask of the whole upright original, carried to the canvas of `placement`; padding around it is kept (0).
    func placed(by placement: Placement) throws(GessoError) -> Mask {
        if placement.isIdentity { return self }
        let visible = placement.visible
        let content = placement.content
        guard !visible.isEmpty, !content.isEmpty else { return try Mask(size: placement.canvas, filledWith: 0) }
        let resized = try resized(to: content.size, from: Box(visible))
        return try resized.padded(
            left: content.x, top: content.y, right: placement.canvas.width - content.maxX,
            bottom: placement.canvas.height - content.maxY, coverage: 0)
    }
}
