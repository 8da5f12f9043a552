public import GessoPixels

extension Pad {
    /// An image's shape: so wide to so high, in whole numbers.
    public struct AspectRatio: Hashable, Sendable, Codable {
        /// The horizontal part, 1…100,000.
        public let width: Int
        /// The vertical part, 1…100,000.
        public let height: Int

        /// Nil unless both are within 1…100,000.
        public init?(width: Int, height: Int) {
            guard (1...100_000).contains(width), (1...100_000).contains(height) else { return nil }
            self.width = width
            self.height = height
        }

        public init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            let (width, height) = try (
                container.decode(Int.self, forKey: .width), container.decode(Int.self, forKey: .height)
            )
            guard let ratio = AspectRatio(width: width, height: height) else {
                throw DecodingError.dataCorrupted(
                    .init(codingPath: container.codingPath, debugDescription: "Both sides are within 1…100000."))
            }
            self = ratio
        }

        /// The fewest pixels to add around an image of `size` for it to have this shape, to the pixel; as many on one side
        /// as on the other, an odd one right or down.
        public func insets(around size: Size) -> Pad.Insets {
            let (width, height) = (Double(self.width), Double(self.height))
            // An overflow becomes a size that padding refuses instead of a trap.
            func side(_ value: Double) -> Int { Int(exactly: value.rounded()) ?? Int.max / 4 }
            let wider = side(Double(size.height) * width / height)
            guard wider < size.width else {
                return Pad.Insets(centering: size, in: Size(width: wider, height: size.height))
            }
            let higher = side(Double(size.width) * height / width)
            return Pad.Insets(centering: size, in: Size(width: size.width, height: max(higher, size.height)))
        }
    }
}

extension Pad.AspectRatio: CustomStringConvertible {
    public var description: String { "\(width):\(height)" }

    /// Reads `WIDTH:HEIGHT`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let sides = text.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard sides.count == 2 else { return nil }
        self.init(width: sides[0], height: sides[1])
    }
}
