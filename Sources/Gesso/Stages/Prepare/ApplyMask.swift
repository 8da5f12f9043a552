public import GessoPixels

/// Selects what may be edited and cuts it out of the picture's alpha: 0 where the mask says edit, as the API reads it.
///
/// The selection is in upright pixels of the original and follows the frame's placement; nil takes the mask that the
/// frame has already. RGB under alpha 0 stays as it is.
public struct ApplyMask: Stage, Codable, Hashable {
    public var selection: Selection?

    public init(_ selection: Selection? = nil) { self.selection = selection }

    public var detail: String { selection?.summary ?? "the frame's mask" }

    public func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape {
        var shape = try SelectArea(selection).plan(shape)
        shape.format = shape.format.withAlpha
        return shape
    }

    public func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
        var frame = try SelectArea(selection).run(frame)
        if let mask = frame.mask { frame.bitmap = try frame.bitmap.applyingAlpha(mask) }
        return frame
    }
}
