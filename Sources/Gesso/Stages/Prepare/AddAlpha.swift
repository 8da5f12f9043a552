public import GessoPixels

/// Gives the image an opaque alpha channel if it has none.
public struct AddAlpha: Stage, Codable, Hashable {
    public init() {}

    public func plan(_ shape: FrameShape) throws(GessoError) -> FrameShape {
        var shape = shape
        shape.format = shape.format.withAlpha
        return shape
    }

    public func run(_ frame: consuming Frame) throws(GessoError) -> Frame {
        if !frame.bitmap.format.hasAlpha { frame.bitmap = try frame.bitmap.addingAlpha() }
        return frame
    }
}
