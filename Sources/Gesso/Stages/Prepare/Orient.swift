public import GessoPixels

/// Turns the image upright, as its EXIF orientation says.
public struct Orient: Stage, Codable, Hashable {
    /// The stage; it has no parameters.
    public init() {}

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.size = shape.orientation.upright(shape.size)
        shape.placement = shape.placement.oriented(shape.orientation)
        shape.orientation = .up
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        guard frame.orientation != .up else { return }
        let turn = frame.orientation
        frame.bitmap = try frame.bitmap.oriented(turn)
        frame.mask = try frame.mask?.oriented(turn)
        frame.placement = frame.placement.oriented(turn)
        frame.orientation = .up
    }
}
