extension GenerationRequest {
    /// How much work the model puts into an image.
    public struct Quality: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let auto = Self(rawValue: "auto")
        public static let low = Self(rawValue: "low")
        public static let medium = Self(rawValue: "medium")
        public static let high = Self(rawValue: "high")
        public static let xhigh = Self(rawValue: "xhigh")
        public static let max = Self(rawValue: "max")
    }

    /// Whether the image has a transparent background; `transparent` needs PNG or WebP.
    public struct Background: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let auto = Self(rawValue: "auto")
        public static let opaque = Self(rawValue: "opaque")
        public static let transparent = Self(rawValue: "transparent")
    }

    /// The file format of the images that come back.
    public struct OutputFormat: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let png = Self(rawValue: "png")
        public static let jpeg = Self(rawValue: "jpeg")
        public static let webp = Self(rawValue: "webp")
        /// An animation; needs model and project access.
        public static let gif = Self(rawValue: "gif")
        /// A vector drawing; needs model and project access.
        public static let svg = Self(rawValue: "svg")
    }

    /// How strict the server's content filter is.
    public struct Moderation: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let auto = Self(rawValue: "auto")
        public static let low = Self(rawValue: "low")
    }
}

extension EditRequest {
    /// How closely an edit keeps to its input, where the model lets you choose.
    public struct InputFidelity: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let low = Self(rawValue: "low")
        public static let high = Self(rawValue: "high")
    }

    /// How much the model plans before it paints, apart from ``GenerationRequest/Quality``.
    public struct Complexity: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let low = Self(rawValue: "low")
        public static let medium = Self(rawValue: "medium")
        public static let high = Self(rawValue: "high")
    }

    /// How a legacy or compatible server hands back images: as base64, or as an address to fetch.
    public struct ResponseFormat: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let b64JSON = Self(rawValue: "b64_json")
        public static let url = Self(rawValue: "url")
    }

    /// How hard the author model of an SVG thinks.
    public struct ReasoningEffort: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let none = Self(rawValue: "none")
        public static let minimal = Self(rawValue: "minimal")
        public static let low = Self(rawValue: "low")
        public static let medium = Self(rawValue: "medium")
        public static let high = Self(rawValue: "high")
        public static let xhigh = Self(rawValue: "xhigh")
        public static let max = Self(rawValue: "max")
    }
}
