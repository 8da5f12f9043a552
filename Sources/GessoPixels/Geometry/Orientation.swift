/// How stored pixels must be turned to stand upright: the eight values of EXIF tag 0x0112 (EXIF 2.32, 4.6.4 A).
public enum Orientation: Int, Sendable, Codable, CaseIterable {
    /// Stored upright.
    case up = 1
    /// Mirrored left to right.
    case upMirrored = 2
    /// Turned by 180°.
    case down = 3
    /// Mirrored top to bottom.
    case downMirrored = 4
    /// Mirrored along the main diagonal (transpose).
    case leftMirrored = 5
    /// To be turned 90° clockwise.
    case right = 6
    /// Mirrored along the other diagonal (transverse).
    case rightMirrored = 7
    /// To be turned 90° counter-clockwise.
    case left = 8

    /// Whether width and height change places.
    public var swapsSides: Bool { rawValue >= 5 }

    /// The size of the upright image whose stored size is `stored`.
    public func upright(_ stored: Size) -> Size { swapsSides ? stored.transposed : stored }

    /// The orientation that takes the upright image back to the stored one.
    public var inverse: Orientation {
        switch self {
        case .right: .left
        case .left: .right
        default: self
        }
    }
}

extension Orientation {
    /// The orientation as mirrors in stored coordinates, then an exchange of the axes.
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

    /// Where a point of the stored image of that size lies in the upright one.
    public func upright(_ point: Point, stored: Size) -> Point {
        let (mirrorX, mirrorY, swap) = steps
        let x = mirrorX ? Double(stored.width) - point.x : point.x
        let y = mirrorY ? Double(stored.height) - point.y : point.y
        return swap ? Point(x: y, y: x) : Point(x: x, y: y)
    }

    /// Where a rectangle of the upright image of that size lies in the stored one.
    public func stored(_ rect: Rect, upright size: Size) -> Rect {
        let first = inverse.upright(Point(x: Double(rect.x), y: Double(rect.y)), stored: size)
        let last = inverse.upright(Point(x: Double(rect.maxX), y: Double(rect.maxY)), stored: size)
        return Rect(
            enclosing: Box(
                left: min(first.x, last.x), top: min(first.y, last.y), right: max(first.x, last.x),
                bottom: max(first.y, last.y)))
    }

    /// The one orientation that has the effect of this one followed by `next`.
    public func followed(by next: Orientation) -> Orientation {
        let (mirrorX, mirrorY, swap) = steps
        let (nextX, nextY, nextSwap) = next.steps
        // After an exchange of axes, the next step's x is this one's y.
        let combined = (
            mirrorX != (swap ? nextY : nextX), mirrorY != (swap ? nextX : nextY), swap != nextSwap
        )
        return Orientation.allCases.first { $0.steps == combined } ?? .up
    }
}
