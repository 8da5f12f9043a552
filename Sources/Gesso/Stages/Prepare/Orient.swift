public import GessoPixels

/// Orients the image upright, as its EXIF orientation says.
public struct Orient: Stage, SkippingStage, Codable, Hashable {
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
        let orientation = frame.orientation
        frame.bitmap = try frame.bitmap.oriented(orientation)
        frame.mask = try frame.mask?.oriented(orientation)
        frame.placement = frame.placement.oriented(orientation)
        frame.orientation = .up
    }
}
