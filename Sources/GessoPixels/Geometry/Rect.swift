/// A rectangle of whole pixels; `x` and `y` are its top left pixel, the right and bottom edges are exclusive.
public struct Rect: Hashable, Sendable, Codable {
    /// The left column.
    public var x: Int
    /// The top row.
    public var y: Int
    /// The width in pixels.
    public var width: Int
    /// The height in pixels.
    public var height: Int

    /// A rectangle with these edges.
    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// All pixels of an image of that size.
    public init(_ size: Size) { self.init(x: 0, y: 0, width: size.width, height: size.height) }

    /// The pixels that a box overlaps by more than a thousandth of a pixel.
    package init(enclosing box: Box) {
        let left = Int((box.left + 1e-3).rounded(.down)), top = Int((box.top + 1e-3).rounded(.down))
        self.init(
            x: left, y: top, width: Int((box.right - 1e-3).rounded(.up)) - left,
            height: Int((box.bottom - 1e-3).rounded(.up)) - top)
    }

    /// The width and height.
    public var size: Size { Size(width: width, height: height) }
    /// The column after the last one; wraps on overflow.
    public var maxX: Int { x.addingReportingOverflow(width).partialValue }
    /// The row after the last one; wraps on overflow.
    public var maxY: Int { y.addingReportingOverflow(height).partialValue }
    /// Whether the width or the height is 0 or less.
    public var isEmpty: Bool { width <= 0 || height <= 0 }

    /// The pixels that both contain; empty (width or height 0) if there are none.
    public func intersection(_ other: Rect) -> Rect {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return Rect(
            x: left, y: top, width: max(0, min(maxX, other.maxX) - left), height: max(0, min(maxY, other.maxY) - top))
    }

    /// The smallest rectangle that contains both.
    public func union(_ other: Rect) -> Rect {
        let (left, top) = (min(x, other.x), min(y, other.y))
        return Rect(
            x: left, y: top, width: max(maxX, other.maxX) - left, height: max(maxY, other.maxY) - top)
    }

    /// The rectangle with `margin` pixels added on each side.
    public func expanded(by margin: Int) -> Rect {
        Rect(x: x - margin, y: y - margin, width: width + 2 * margin, height: height + 2 * margin)
    }

    /// Whether `other` lies entirely inside.
    public func contains(_ other: Rect) -> Bool {
        other.x >= x && other.y >= y && other.maxX <= maxX && other.maxY <= maxY
    }
}

extension Rect: CustomStringConvertible {
    public var description: String { "\(width)x\(height)+\(x)+\(y)" }
}

/// A rectangle in continuous coordinates: pixel `i` covers the interval from `i` to `i + 1`.
package struct Box: Hashable, Sendable, Codable {
    package var left: Double
    package var top: Double
    package var right: Double
    package var bottom: Double

    package init(left: Double, top: Double, right: Double, bottom: Double) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }

    /// The box that covers the pixels of `rect`.
    package init(_ rect: Rect) {
        self.init(left: Double(rect.x), top: Double(rect.y), right: Double(rect.maxX), bottom: Double(rect.maxY))
    }

    /// The box that covers an image of that size.
    package init(_ size: Size) { self.init(Rect(size)) }

    package var width: Double { right - left }
    package var height: Double { bottom - top }
}

/// A point in continuous coordinates: the center of the top left pixel is (0.5, 0.5).
public struct Point: Hashable, Sendable, Codable {
    /// The distance from the left edge of the image, in pixels.
    public var x: Double
    /// The distance from the top edge of the image, in pixels.
    public var y: Double

    /// A point with these coordinates.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
