/// How an image that came back lies against the one that was sent: a shift and a uniform scale.
///
/// A point of the reference lies at `(point − center) × scale + center + shift` on the moved image; all in pixels
/// of the reference, the center being the middle of the canvas.
public struct Alignment: Sendable, Hashable, Codable {
    public var shiftX: Double
    public var shiftY: Double
    public var scale: Double
    public var center: Point
    /// 0 (nothing to go by) … 1: the share of places that agree, less where they are few or badly spread.
    public var confidence: Double
    /// How far the agreeing places are from the common motion, root mean square in pixels.
    public var residual: Double
    /// The places that agree, and all that were measured.
    public var agreeing: Int
    public var measured: Int

    private enum CodingKeys: String, CodingKey {
        case shiftX, shiftY, scale
        // The earlier spelling, which reports and stored jobs keep.
        case center = "centre"
        case confidence, residual, agreeing, measured
    }

    /// No motion, and no measurement.
    public static func identity(on canvas: Size) -> Alignment {
        Alignment(
            shiftX: 0, shiftY: 0, scale: 1, center: Point(x: Double(canvas.width) / 2, y: Double(canvas.height) / 2),
            confidence: 0, residual: 0, agreeing: 0, measured: 0)
    }

    /// Whether the estimate is good enough to move pixels by.
    public var isConfident: Bool { confidence >= 0.5 }

    /// The largest motion of any point of a canvas of that size, in pixels.
    public func largestMotion(on canvas: Size) -> Double {
        let reachX = abs(scale - 1) * Double(canvas.width) / 2 + abs(shiftX)
        let reachY = abs(scale - 1) * Double(canvas.height) / 2 + abs(shiftY)
        return (reachX * reachX + reachY * reachY).squareRoot()
    }

    /// Where a box of the reference lies on the moved image.
    public func moved(_ box: Box) -> Box {
        Box(
            left: (box.left - center.x) * scale + center.x + shiftX,
            top: (box.top - center.y) * scale + center.y + shiftY,
            right: (box.right - center.x) * scale + center.x + shiftX,
            bottom: (box.bottom - center.y) * scale + center.y + shiftY)
    }
}
