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
        let placement = frame.placement
        frame.mask = placement.isIdentity ? upright : try EditArea(upright).onCanvas(placement)
        return frame
    }
}
