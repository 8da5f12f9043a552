package import GessoPixels

/// Rotates the image clockwise by right angles, without resampling.
package struct Rotate: Stage, Codable, Hashable {
    /// Degrees clockwise, a multiple of 90; negative ones turn counterclockwise.
    package var degrees: Int

    /// Rotates clockwise by 90, 180 or 270 degrees.
    package init(_ degrees: Int) { self.degrees = degrees }

    package var detail: String { "\(degrees)°" }

    /// Throws `invalidParameter` for other angles.
    private func turn() throws(GessoError) -> Orientation {
        switch degrees % 360 {
        case 0: return .up
        case 90, -270: return .right
        case 180, -180: return .down
        case 270, -90: return .left
        default:
            throw GessoError(
                .invalidParameter, stage: "rotate",
                "Images are rotated by right angles: 90, 180, 270 or a negative of them, not \(degrees) degrees.",
                facts: ["found": "\(degrees)", "allowed": "90, 180, 270"])
        }
    }

    package func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        let turn = try turn()
        shape.size = turn.upright(shape.size)
        shape.placement = shape.placement.oriented(turn)
        return shape
    }

    package func run(_ frame: inout Frame) throws(GessoError) {
        let turn = try turn()
        guard turn != .up else { return }
        frame.bitmap = try frame.bitmap.oriented(turn)
        frame.mask = try frame.mask?.oriented(turn)
        frame.placement = frame.placement.oriented(turn)
    }
}
