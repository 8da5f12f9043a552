/// Width and height in whole pixels.
public struct Size: Hashable, Sendable, Codable {
    /// The width in pixels.
    public var width: Int
    /// The height in pixels.
    public var height: Int

    /// A size of these sides; not checked.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// Width × height; nil if that overflows or a side is negative.
    public var pixelCount: Int? {
        guard width >= 0, height >= 0 else { return nil }
        let (product, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? nil : product
    }

    /// Whether a side is 0 or less.
    public var isEmpty: Bool { width <= 0 || height <= 0 }
    /// The longer side in pixels.
    public var longEdge: Int { max(width, height) }
    /// The shorter side in pixels.
    public var shortEdge: Int { min(width, height) }
    /// The size with width and height exchanged.
    public var transposed: Size { Size(width: height, height: width) }
}

extension Size: CustomStringConvertible {
    public var description: String { "\(width)x\(height)" }

    /// Parses `WIDTHxHEIGHT`, as the Images API writes sizes; nil if the text is not a valid size.
    public init?(_ text: some StringProtocol) {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false)
        guard sides.count == 2, let width = Int(sides[0]), let height = Int(sides[1]), width > 0, height > 0 else {
            return nil
        }
        self.init(width: width, height: height)
    }
}
