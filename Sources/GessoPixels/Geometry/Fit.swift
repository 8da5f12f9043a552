/// How an image of one shape goes into a frame of another.
public enum Fit: String, Sendable, Codable, CaseIterable {
    /// As large as fits inside the frame; the result may be smaller than the frame on one side.
    case inside
    /// As small as covers the frame; the result may be larger than the frame on one side.
    case outside
    /// Covers the frame and is cut to it around the center.
    case cover
    /// Fits inside the frame and is padded to it around the center.
    case contain
    /// Stretched to the frame; the shape is not kept.
    case fill

    /// The size that the shown part of an image is scaled to.
    ///
    /// Sides are rounded to the nearest pixel, at least 1. With `enlarging` false an image is never scaled up:
    /// one that is too small keeps its size (for `cover`, the part of it that has the frame's shape).
    public func target(for source: Size, in frame: Size, enlarging: Bool = true) -> Size {
        guard !source.isEmpty, !frame.isEmpty else { return Size(width: 0, height: 0) }
        let horizontal = Double(frame.width) / Double(source.width)
        let vertical = Double(frame.height) / Double(source.height)
        switch self {
        case .fill:
            return enlarging
                ? frame
                : Size(width: min(frame.width, source.width), height: min(frame.height, source.height))
        case .cover:
            let scale = max(horizontal, vertical)
            return enlarging || scale <= 1 ? frame : Fit.scaled(frame, by: 1 / scale)
        case .inside, .contain:
            let scale = min(horizontal, vertical)
            if !enlarging, scale >= 1 { return source }
            return horizontal <= vertical
                ? Size(width: frame.width, height: Fit.side(source.height, horizontal))
                : Size(width: Fit.side(source.width, vertical), height: frame.height)
        case .outside:
            let scale = max(horizontal, vertical)
            if !enlarging, scale >= 1 { return source }
            return horizontal >= vertical
                ? Size(width: frame.width, height: Fit.side(source.height, horizontal))
                : Size(width: Fit.side(source.width, vertical), height: frame.height)
        }
    }

    /// The part of the image that is shown: all of it, except for `cover`, which cuts to the frame's shape.
    public func sourceBox(for source: Size, in frame: Size) -> Box {
        guard self == .cover, !source.isEmpty, !frame.isEmpty else { return Box(source) }
        let scale = max(Double(frame.width) / Double(source.width), Double(frame.height) / Double(source.height))
        let width = min(Double(source.width), Double(frame.width) / scale)
        let height = min(Double(source.height), Double(frame.height) / scale)
        let left = (Double(source.width) - width) / 2
        let top = (Double(source.height) - height) / 2
        return Box(left: left, top: top, right: left + width, bottom: top + height)
    }

    /// The size of the result: the frame for `contain`, otherwise the target.
    public func canvas(for source: Size, in frame: Size, enlarging: Bool = true) -> Size {
        self == .contain ? frame : target(for: source, in: frame, enlarging: enlarging)
    }

    private static func side(_ length: Int, _ scale: Double) -> Int {
        // An overflow becomes a size that no bitmap accepts instead of a trap.
        max(1, Int(exactly: (Double(length) * scale).rounded()) ?? Int.max)
    }

    private static func scaled(_ size: Size, by scale: Double) -> Size {
        Size(width: side(size.width, scale), height: side(size.height, scale))
    }
}
