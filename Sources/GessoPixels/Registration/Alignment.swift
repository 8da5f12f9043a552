/// The estimated shift and scale of a result relative to the upload.
///
/// A point of the reference is at `(point − center) × scale + center + shift` in the moved image; all in pixels of the
/// reference, with the center of the canvas as center.
public struct Alignment: Sendable, Hashable, Codable {
    public var shiftX: Double
    public var shiftY: Double
    public var scale: Double
    public var center: Point
    /// 0 (no evidence) … 1: the fraction of tiles that agree, reduced if they are few or unevenly distributed.
    public var confidence: Double
    /// The root mean square distance of the agreeing tiles from the common motion, in pixels.
    public var residual: Double
    /// The number of tiles that agree, and of all measured tiles.
    public var agreeing: Int
    public var measured: Int

    private enum CodingKeys: String, CodingKey {
        case shiftX, shiftY, scale
        // The spelling in JSON reports and stored jobs.
        case center = "centre"
        case confidence, residual, agreeing, measured
    }

    /// No motion, with confidence 0.
    public static func identity(on canvas: Size) -> Alignment {
        Alignment(
            shiftX: 0, shiftY: 0, scale: 1, center: Point(x: Double(canvas.width) / 2, y: Double(canvas.height) / 2),
            confidence: 0, residual: 0, agreeing: 0, measured: 0)
    }

    /// Whether the estimate is reliable enough to correct by.
    public var isConfident: Bool { confidence >= 0.5 }

    /// The largest displacement of any point of a canvas of that size, in pixels.
    public func largestMotion(on canvas: Size) -> Double {
        let reachX = abs(scale - 1) * Double(canvas.width) / 2 + abs(shiftX)
        let reachY = abs(scale - 1) * Double(canvas.height) / 2 + abs(shiftY)
        return (reachX * reachX + reachY * reachY).squareRoot()
    }

    /// The position in the moved image of a box of the reference.
    public func moved(_ box: Box) -> Box {
        Box(
            left: (box.left - center.x) * scale + center.x + shiftX,
            top: (box.top - center.y) * scale + center.y + shiftY,
            right: (box.right - center.x) * scale + center.x + shiftX,
            bottom: (box.bottom - center.y) * scale + center.y + shiftY)
    }
}
