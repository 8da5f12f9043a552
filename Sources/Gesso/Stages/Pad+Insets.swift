import GessoPixels

extension Pad {
    /// Whole pixels on each side of an image.
    public struct Insets: Hashable, Sendable, Codable {
        /// Pixels on the left side.
        public var left: Int
        /// Pixels above.
        public var top: Int
        /// Pixels on the right side.
        public var right: Int
        /// Pixels below.
        public var bottom: Int

        /// Insets in pixels; sides that are left out are 0.
        public init(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) {
            self.left = left
            self.top = top
            self.right = right
            self.bottom = bottom
        }

        /// What surrounds `inner` in `outer`, with the share of `anchor` to the left and above; in the middle an odd pixel
        /// goes right and down.
        init(centering inner: Size, in outer: Size, anchor: Point = Point(x: 0.5, y: 0.5)) {
            let (x, y) = (max(0, outer.width - inner.width), max(0, outer.height - inner.height))
            let (left, top) = (Int(Double(x) * anchor.x), Int(Double(y) * anchor.y))
            self.init(left: left, top: top, right: x - left, bottom: y - top)
        }

        /// These insets, and what the image of `size` with them still lacks to have the shape of `aspect`.
        func adding(_ aspect: Pad.AspectRatio, to size: Size) -> Insets {
            let more = aspect.insets(
                around: Size(width: size.width &+ left &+ right, height: size.height &+ top &+ bottom))
            return Insets(
                left: left &+ more.left, top: top &+ more.top, right: right &+ more.right, bottom: bottom &+ more.bottom
            )
        }

        /// Whether all sides are 0.
        public var isZero: Bool { left == 0 && top == 0 && right == 0 && bottom == 0 }
    }
}

extension Pad.Insets: CustomStringConvertible {
    public var description: String { "\(left),\(top),\(right),\(bottom)" }

    /// Reads `left,top,right,bottom`, none negative; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let sides = text.split(separator: ",", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard sides.count == 4, sides.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        self.init(left: sides[0], top: sides[1], right: sides[2], bottom: sides[3])
    }
}
