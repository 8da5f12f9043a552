extension Placement {
    /// Which part of an image is kept where it is cropped, and where it stands where it is padded.
    public enum Gravity: String, Sendable, Codable, CaseIterable {
        /// The middle.
        case center
        /// The top edge.
        case north
        /// The top right corner.
        case northeast
        /// The right edge.
        case east
        /// The bottom right corner.
        case southeast
        /// The bottom edge.
        case south
        /// The bottom left corner.
        case southwest
        /// The left edge.
        case west
        /// The top left corner.
        case northwest
        /// What people look at: the box of the frame's mask if it has one, else the point where edges, colors of skin and
        /// red are strongest. Padding is even then.
        case attention

        /// The share of what is cut off, or added, that lies to the left and above; nil if it follows from the pixels.
        package var anchor: Point? {
            switch self {
            case .center: Point(x: 0.5, y: 0.5)
            case .north: Point(x: 0.5, y: 0)
            case .northeast: Point(x: 1, y: 0)
            case .east: Point(x: 1, y: 0.5)
            case .southeast: Point(x: 1, y: 1)
            case .south: Point(x: 0.5, y: 1)
            case .southwest: Point(x: 0, y: 1)
            case .west: Point(x: 0, y: 0.5)
            case .northwest: Point(x: 0, y: 0)
            case .attention: nil
            }
        }
    }
}

extension Placement.Fit {
    /// The anchor that puts `focus`, in fractions of the image's sides, as near to the middle of the crop as the image's
    /// edges allow.
    package func anchor(for focus: Point, of source: Size, in frame: Size) -> Point {
        let box = sourceBox(for: source, in: frame)
        func share(_ focus: Double, _ side: Int, _ kept: Double) -> Double {
            let rest = Double(side) - kept
            return rest > 1e-9 ? min(max((focus * Double(side) - kept / 2) / rest, 0), 1) : 0.5
        }
        return Point(x: share(focus.x, source.width, box.width), y: share(focus.y, source.height, box.height))
    }
}
