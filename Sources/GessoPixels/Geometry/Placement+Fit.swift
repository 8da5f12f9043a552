extension Placement {
    /// How an image is fitted into a frame of another aspect ratio.
    public enum Fit: String, Sendable, Codable, CaseIterable {
        /// As large as possible inside the frame; one side may be smaller than the frame.
        case inside
        /// As small as possible while covering the frame; one side may be larger than the frame.
        case outside
        /// Covers the frame, cropped to it around the center or another place (``Placement/Gravity``).
        case cover
        /// Fits inside the frame and is padded to it around the center or another place.
        case contain
        /// Stretched to the frame, without keeping the aspect ratio.
        case fill

        /// The size that the visible part of an image is scaled to.
        ///
        /// Sides are rounded to the nearest pixel, at least 1. If `enlarging` is false, an image is never scaled up: a
        /// smaller one keeps its size (with `cover`, its largest part with the frame's aspect ratio does).
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
                return enlarging || scale <= 1 ? frame : Self.scaled(frame, by: 1 / scale)
            case .inside, .contain:
                let scale = min(horizontal, vertical)
                if !enlarging, scale >= 1 { return source }
                return horizontal <= vertical
                    ? Size(width: frame.width, height: Self.side(source.height, horizontal))
                    : Size(width: Self.side(source.width, vertical), height: frame.height)
            case .outside:
                let scale = max(horizontal, vertical)
                if !enlarging, scale >= 1 { return source }
                return horizontal >= vertical
                    ? Size(width: frame.width, height: Self.side(source.height, horizontal))
                    : Size(width: Self.side(source.width, vertical), height: frame.height)
            }
        }

        /// The visible part of the image: all of it, except with `cover`, which crops to the frame's aspect ratio.
        ///
        /// - Parameter anchor: the share of what is cut off that lies to the left and above.
        package func sourceBox(for source: Size, in frame: Size, anchor: Point = Point(x: 0.5, y: 0.5)) -> Box {
            guard self == .cover, !source.isEmpty, !frame.isEmpty else { return Box(source) }
            let scale = max(Double(frame.width) / Double(source.width), Double(frame.height) / Double(source.height))
            let width = min(Double(source.width), Double(frame.width) / scale)
            let height = min(Double(source.height), Double(frame.height) / scale)
            let left = (Double(source.width) - width) * anchor.x
            let top = (Double(source.height) - height) * anchor.y
            return Box(left: left, top: top, right: left + width, bottom: top + height)
        }

        /// The size of the result: the frame for `contain`, otherwise the target.
        public func canvas(for source: Size, in frame: Size, enlarging: Bool = true) -> Size {
            self == .contain ? frame : target(for: source, in: frame, enlarging: enlarging)
        }

        package static func side(_ length: Int, _ scale: Double) -> Int {
            // On overflow, a size that no bitmap accepts, in place of a trap.
            max(1, Int(exactly: (Double(length) * scale).rounded()) ?? Int.max)
        }

        private static func scaled(_ size: Size, by scale: Double) -> Size {
            Size(width: side(size.width, scale), height: side(size.height, scale))
        }
    }
}
