/// The invertible map between an original image and the canvas it was placed on.
///
/// Three coordinate systems: *stored* pixels as the file has them; *upright* pixels after ``orientation``; *canvas*
/// pixels, `canvas = upright × scale + offset` on each axis. Every geometry stage updates the placement, so that
/// the result can be mapped back onto the original. Exact in `Double`: no rounding.
public struct Placement: Hashable, Sendable, Codable {
    /// The stored size of the original.
    public let original: Size
    /// From stored to upright.
    public private(set) var orientation: Orientation
    /// The size of the canvas.
    public private(set) var canvas: Size
    /// Canvas pixels per upright pixel, horizontally.
    public private(set) var scaleX: Double
    /// Canvas pixels per upright pixel, vertically.
    public private(set) var scaleY: Double
    /// The position on the canvas of the upright image's left edge, in canvas pixels.
    public private(set) var offsetX: Double
    /// The position on the canvas of the upright image's top edge, in canvas pixels.
    public private(set) var offsetY: Double

    /// The placement of an image on a canvas of its own size.
    public init(of original: Size) {
        self.original = original
        orientation = .up
        canvas = original
        (scaleX, scaleY, offsetX, offsetY) = (1, 1, 0, 0)
    }

    /// The size of the upright original.
    public var upright: Size { orientation.upright(original) }

    /// Whether canvas and upright original are the same, pixel for pixel.
    public var isIdentity: Bool {
        canvas == upright && scaleX == 1 && scaleY == 1 && offsetX == 0 && offsetY == 0
    }
}

extension Placement {
    /// The placement after the canvas is rotated or mirrored.
    public func oriented(_ next: Orientation) -> Placement {
        var result = self
        let uprightSize = upright
        result.orientation = orientation.followed(by: next)
        result.canvas = next.upright(canvas)
        if next.swapsSides { (result.scaleX, result.scaleY) = (scaleY, scaleX) }
        // The new offset is the position of the new upright image's corner under the old map.
        let corner = next.inverse.upright(Point(x: 0, y: 0), stored: next.upright(uprightSize))
        let moved = next.upright(onCanvas(corner), stored: canvas)
        (result.offsetX, result.offsetY) = (moved.x, moved.y)
        return result
    }

    /// The placement after the canvas is cropped to `rect`.
    public func cropped(to rect: Rect) -> Placement {
        var result = self
        result.canvas = rect.size
        result.offsetX -= Double(rect.x)
        result.offsetY -= Double(rect.y)
        return result
    }

    /// The placement after the whole canvas is resampled to `size`.
    public func resized(to size: Size) -> Placement { resized(to: size, from: Box(canvas)) }

    /// The placement after the part of the canvas in `source` is resampled to `size`.
    package func resized(to size: Size, from source: Box) -> Placement {
        var result = self
        let (x, y) = (Double(size.width) / source.width, Double(size.height) / source.height)
        result.canvas = size
        result.scaleX *= x
        result.offsetX = (offsetX - source.left) * x
        result.scaleY *= y
        result.offsetY = (offsetY - source.top) * y
        return result
    }

    /// The placement after pixels are added around the canvas.
    public func padded(left: Int, top: Int, right: Int, bottom: Int) -> Placement {
        var result = self
        result.canvas = Size(width: canvas.width + left + right, height: canvas.height + top + bottom)
        result.offsetX += Double(left)
        result.offsetY += Double(top)
        return result
    }
}

extension Placement {
    /// The position on the canvas of a point of the upright original.
    public func onCanvas(_ point: Point) -> Point {
        Point(x: point.x * scaleX + offsetX, y: point.y * scaleY + offsetY)
    }

    /// The position on the upright original of a point of the canvas.
    public func onUpright(_ point: Point) -> Point {
        Point(x: (point.x - offsetX) / scaleX, y: (point.y - offsetY) / scaleY)
    }

    /// The pixels of the upright original that lie entirely on the canvas; empty if none do.
    public var visible: Rect {
        let topLeft = onUpright(Point(x: 0, y: 0))
        let bottomRight = onUpright(Point(x: Double(canvas.width), y: Double(canvas.height)))
        // A tolerance of a thousandth of a pixel, so that rounding does not remove a row or column.
        let left = Placement.clamped((topLeft.x - 1e-3).rounded(.up), to: upright.width)
        let top = Placement.clamped((topLeft.y - 1e-3).rounded(.up), to: upright.height)
        let right = Placement.clamped((bottomRight.x + 1e-3).rounded(.down), to: upright.width)
        let bottom = Placement.clamped((bottomRight.y + 1e-3).rounded(.down), to: upright.height)
        return Rect(x: left, y: top, width: max(0, right - left), height: max(0, bottom - top))
    }

    private static func clamped(_ value: Double, to limit: Int) -> Int {
        Int(min(max(value, 0), Double(limit)))
    }

    /// The box of a rectangle of the upright original in a result of size `result` that shows the whole canvas. A
    /// server may return another size than that of the canvas.
    package func box(of rect: Rect, in result: Size) -> Box {
        let topLeft = onCanvas(Point(x: Double(rect.x), y: Double(rect.y)))
        let bottomRight = onCanvas(Point(x: Double(rect.maxX), y: Double(rect.maxY)))
        let (x, y) = (Double(result.width) / Double(canvas.width), Double(result.height) / Double(canvas.height))
        return Box(left: topLeft.x * x, top: topLeft.y * y, right: bottomRight.x * x, bottom: bottomRight.y * y)
    }

    /// The part of the canvas that shows the original, rounded outward to whole pixels; the rest is padding.
    public var content: Rect {
        let topLeft = onCanvas(Point(x: 0, y: 0))
        let bottomRight = onCanvas(Point(x: Double(upright.width), y: Double(upright.height)))
        let left = Placement.clamped((topLeft.x + 1e-3).rounded(.down), to: canvas.width)
        let top = Placement.clamped((topLeft.y + 1e-3).rounded(.down), to: canvas.height)
        let right = Placement.clamped((bottomRight.x - 1e-3).rounded(.up), to: canvas.width)
        let bottom = Placement.clamped((bottomRight.y - 1e-3).rounded(.up), to: canvas.height)
        return Rect(x: left, y: top, width: max(0, right - left), height: max(0, bottom - top))
    }
}

extension Placement: CustomStringConvertible {
    public var description: String {
        var parts = ["\(original)"]
        if orientation != .up { parts.append("orientation \(orientation.rawValue) → \(upright)") }
        if scaleX != 1 || scaleY != 1 { parts.append("× \(Placement.short(scaleX)), \(Placement.short(scaleY))") }
        if offsetX != 0 || offsetY != 0 { parts.append("at \(Placement.short(offsetX)), \(Placement.short(offsetY))") }
        return parts.joined(separator: " ") + " on \(canvas)"
    }

    private static func short(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
}
