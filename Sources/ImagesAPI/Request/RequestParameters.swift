/// A value that the server defines and may extend: known ones are static members, any other is kept as it is.
package protocol ExtensibleString: RawRepresentable, Hashable, Sendable, Codable, ExpressibleByStringLiteral,
    CustomStringConvertible, LosslessStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension ExtensibleString {
    /// Any string, so that new values need no new release.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public init(_ description: String) { self.init(rawValue: description) }
    public var description: String { rawValue }
}

/// The name of an image model, an open set: `Model(rawValue: "gpt-image-9")` and `"gpt-image-9"` are models too.
public struct Model: ExtensibleString {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `gpt-image-2.6-sunburst`.
    public static let gptImage26Sunburst = Self(rawValue: "gpt-image-2.6-sunburst")
    /// `gpt-image-2.6-flare`.
    public static let gptImage26Flare = Self(rawValue: "gpt-image-2.6-flare")
    /// `gpt-image-2.5-sunburst`.
    public static let gptImage25Sunburst = Self(rawValue: "gpt-image-2.5-sunburst")
    /// `gpt-image-2.5-flare`.
    public static let gptImage25Flare = Self(rawValue: "gpt-image-2.5-flare")
    /// `gpt-image-2`.
    public static let gptImage2 = Self(rawValue: "gpt-image-2")
    /// Deprecated; ends on 2026-12-01.
    public static let gptImage15 = Self(rawValue: "gpt-image-1.5")
    /// Deprecated; ends on 2026-12-01.
    public static let gptImage1Mini = Self(rawValue: "gpt-image-1-mini")
    /// Deprecated; ends on 2026-12-01.
    public static let chatGPTImageLatest = Self(rawValue: "chatgpt-image-latest")
}

/// The size of an image as the API writes it: `WIDTHxHEIGHT` in pixels, or `auto`.
public struct ImageSize: ExtensibleString {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `WIDTHxHEIGHT`, in pixels.
    public init(width: Int, height: Int) { self.init(rawValue: "\(width)x\(height)") }

    /// The server chooses.
    public static let auto = Self(rawValue: "auto")
    /// 1024x1024.
    public static let square1024 = Self(rawValue: "1024x1024")
    /// 1536x1024.
    public static let landscape1536x1024 = Self(rawValue: "1536x1024")
    /// 1024x1536.
    public static let portrait1024x1536 = Self(rawValue: "1024x1536")
    /// 2048x2048.
    public static let square2048 = Self(rawValue: "2048x2048")
    /// 2048x1152.
    public static let landscape2048x1152 = Self(rawValue: "2048x1152")
    /// 3840x2160.
    public static let landscape3840x2160 = Self(rawValue: "3840x2160")
    /// 2160x3840.
    public static let portrait2160x3840 = Self(rawValue: "2160x3840")

    /// The width in pixels; nil for `auto` and text that is not `WIDTHxHEIGHT`.
    public var width: Int? { dimensions?.width }

    /// The height in pixels; nil for `auto` and text that is not `WIDTHxHEIGHT`.
    public var height: Int? { dimensions?.height }

    private var dimensions: (width: Int, height: Int)? {
        let parts = rawValue.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]), width > 0, height > 0
        else { return nil }
        return (width, height)
    }
}

extension GenerationRequest {
    /// How much of something: the work put into an image, its planning, the fidelity to an input, or moderation.
    ///
    /// A model lists the levels that it knows, see ``ModelProfile``.
    public struct Level: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The server chooses.
        public static let auto = Self(rawValue: "auto")
        /// Low.
        public static let low = Self(rawValue: "low")
        /// Medium.
        public static let medium = Self(rawValue: "medium")
        /// High.
        public static let high = Self(rawValue: "high")
        /// Above high.
        public static let xhigh = Self(rawValue: "xhigh")
        /// The highest.
        public static let max = Self(rawValue: "max")
    }

    /// Whether the image has a transparent background; `transparent` needs PNG or WebP.
    public struct Background: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The model chooses.
        public static let auto = Self(rawValue: "auto")
        /// Opaque.
        public static let opaque = Self(rawValue: "opaque")
        /// Transparent; needs a format with alpha.
        public static let transparent = Self(rawValue: "transparent")
    }

    /// The file format of the images in the response.
    public struct OutputFormat: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// PNG.
        public static let png = Self(rawValue: "png")
        /// JPEG.
        public static let jpeg = Self(rawValue: "jpeg")
        /// WebP.
        public static let webp = Self(rawValue: "webp")
        /// An animation; needs model and project access.
        public static let gif = Self(rawValue: "gif")
        /// A vector image; needs model and project access.
        public static let svg = Self(rawValue: "svg")
    }
}
