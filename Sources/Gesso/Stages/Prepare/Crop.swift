public import GessoPixels

/// Crops the image to a rectangle, which must lie inside.
public struct Crop: Stage, Codable, Hashable {
    /// The rectangle to keep, in pixels of the frame.
    public var rect: Rect

    /// Crops to a rectangle.
    public init(_ rect: Rect) { self.rect = rect }

    public var detail: String { "\(rect)" }

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        guard !rect.isEmpty, Rect(shape.size).contains(rect) else {
            throw GessoError(
                .invalidGeometry, stage: "crop",
                "The rectangle \(rect) does not lie inside the image of \(shape.size); give one that does.",
                facts: ["found": "\(rect)", "allowed": "\(shape.size)"])
        }
        var shape = shape
        shape.placement = shape.placement.cropped(to: rect)
        shape.size = rect.size
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        let shape = try plan(frame.shape)
        frame.bitmap = try frame.bitmap.cropped(to: rect)
        frame.mask = try frame.mask?.cropped(to: rect)
        frame.placement = shape.placement
    }
}
