package import GessoPixels

/// Mirrors the image, without resampling.
package struct Flip: Stage, Codable, Hashable {
    /// What changes places.
    package enum Direction: String, Sendable, Codable, CaseIterable {
        /// Left and right.
        case horizontal
        /// Top and bottom.
        case vertical
    }

    /// What changes places.
    package var direction: Direction

    /// Mirrors left to right, or top to bottom.
    package init(_ direction: Direction) { self.direction = direction }

    package var detail: String { direction.rawValue }

    private var mirror: Orientation { direction == .horizontal ? .upMirrored : .downMirrored }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        shape.placement = shape.placement.oriented(mirror)
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        frame.bitmap = try frame.bitmap.oriented(mirror)
        frame.mask = try frame.mask?.oriented(mirror)
        frame.placement = frame.placement.oriented(mirror)
    }
}
