public import GessoPixels

/// Rotates the image clockwise by right angles, without resampling.
public struct Rotate: Stage, Codable, Hashable {
    /// Degrees clockwise, a multiple of 90; negative ones turn counterclockwise.
    public var degrees: Int

    /// Rotates clockwise by 90, 180 or 270 degrees.
    public init(_ degrees: Int) { self.degrees = degrees }

    public var detail: String { "\(degrees)°" }

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

    public func plan(_ shape: Frame.Shape) throws(GessoError) -> Frame.Shape {
        var shape = shape
        let turn = try turn()
        shape.size = turn.upright(shape.size)
        shape.placement = shape.placement.oriented(turn)
        return shape
    }

    public func run(_ frame: inout Frame) throws(GessoError) {
        let turn = try turn()
        guard turn != .up else { return }
        frame.bitmap = try frame.bitmap.oriented(turn)
        frame.mask = try frame.mask?.oriented(turn)
        frame.placement = frame.placement.oriented(turn)
    }
}
