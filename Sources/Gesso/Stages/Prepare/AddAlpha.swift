public import GessoPixels

/// Gives the image an opaque alpha channel if it has none.
public struct AddAlpha: Stage, Codable, Hashable {
    public init() {}

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.format = shape.format.withAlpha
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        if !frame.bitmap.format.hasAlpha { frame.bitmap = try frame.bitmap.addingAlpha() }
    }
}
