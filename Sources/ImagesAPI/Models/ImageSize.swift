/// The size of an image as the API writes it: `WIDTHxHEIGHT` in pixels, or `auto`.
public struct ImageSize: ExtensibleString {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `WIDTHxHEIGHT`, in pixels.
    public init(width: Int, height: Int) { self.init(rawValue: "\(width)x\(height)") }

    /// The width in pixels, or nil for `auto` and words that are not `WIDTHxHEIGHT`.
    public var width: Int? { dimensions?.width }

    /// The height in pixels, or nil for `auto` and words that are not `WIDTHxHEIGHT`.
    public var height: Int? { dimensions?.height }

    private var dimensions: (width: Int, height: Int)? {
        let parts = rawValue.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), width > 0, height > 0
        else { return nil }
        return (width, height)
    }
}

extension ImageSize {
    public static let auto = Self(rawValue: "auto")
    public static let square1024 = Self(rawValue: "1024x1024")
    public static let landscape1536x1024 = Self(rawValue: "1536x1024")
    public static let portrait1024x1536 = Self(rawValue: "1024x1536")
    public static let square2048 = Self(rawValue: "2048x2048")
    public static let landscape2048x1152 = Self(rawValue: "2048x1152")
    public static let landscape3840x2160 = Self(rawValue: "3840x2160")
    public static let portrait2160x3840 = Self(rawValue: "2160x3840")
}
