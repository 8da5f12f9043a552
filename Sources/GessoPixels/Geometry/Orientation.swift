/// How stored pixels relate to the upright image: the eight values of EXIF tag 0x0112 (EXIF 2.32, 4.6.4 A).
public enum Orientation: Int, Sendable, Codable, CaseIterable {
    /// Stored upright.
    case up = 1
    /// Mirrored left to right.
    case upMirrored = 2
    /// Rotated by 180°.
    case down = 3
    /// Mirrored top to bottom.
    case downMirrored = 4
    /// Mirrored along the main diagonal (transpose).
    case leftMirrored = 5
    /// Needs a rotation by 90° clockwise.
    case right = 6
    /// Mirrored along the other diagonal (transverse).
    case rightMirrored = 7
    /// Needs a rotation by 90° counterclockwise.
    case left = 8

    /// Whether the upright image has width and height exchanged.
    public var swapsSides: Bool { rawValue >= 5 }

    /// The size of the upright image whose stored size is `stored`.
    public func upright(_ stored: Size) -> Size { swapsSides ? stored.transposed : stored }

    /// The orientation that maps the upright image back to the stored one.
    public var inverse: Orientation {
        switch self {
        case .right: .left
        case .left: .right
        default: self
        }
    }
}

extension Orientation {
    /// The orientation as mirroring in stored coordinates, followed by exchanging the axes.
    private var steps: (mirrorX: Bool, mirrorY: Bool, swap: Bool) {
        switch self {
        case .up: (false, false, false)
        case .upMirrored: (true, false, false)
        case .down: (true, true, false)
        case .downMirrored: (false, true, false)
        case .leftMirrored: (false, false, true)
        case .right: (false, true, true)
        case .rightMirrored: (true, true, true)
        case .left: (true, false, true)
        }
    }

    /// The position in the upright image of a point of the stored image of that size.
    public func upright(_ point: Point, stored: Size) -> Point {
        let (mirrorX, mirrorY, swap) = steps
        let x = mirrorX ? Double(stored.width) - point.x : point.x
        let y = mirrorY ? Double(stored.height) - point.y : point.y
        return swap ? Point(x: y, y: x) : Point(x: x, y: y)
    }

    /// The rectangle of the stored image that corresponds to one of the upright image of that size.
    public func stored(_ rect: Rect, upright size: Size) -> Rect {
        let first = inverse.upright(Point(x: Double(rect.x), y: Double(rect.y)), stored: size)
        let last = inverse.upright(Point(x: Double(rect.maxX), y: Double(rect.maxY)), stored: size)
        return Rect(
            enclosing: Box(
                left: min(first.x, last.x), top: min(first.y, last.y), right: max(first.x, last.x),
                bottom: max(first.y, last.y)))
    }

    /// The orientation equivalent to this one followed by `next`.
    public func followed(by next: Orientation) -> Orientation {
        let (mirrorX, mirrorY, swap) = steps
        let (nextX, nextY, nextSwap) = next.steps
        // If the axes were exchanged, the x of the next step is the y of this one.
        let combined = (
            mirrorX != (swap ? nextY : nextX), mirrorY != (swap ? nextX : nextY), swap != nextSwap
        )
        return Orientation.allCases.first { $0.steps == combined } ?? .up
    }
}
