/// The name of an image model, an open set: `Model(rawValue: "gpt-image-9")` and `"gpt-image-9"` are models too.
public struct Model: ExtensibleString {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
}

extension Model {
    public static let gptImage26Sunburst = Self(rawValue: "gpt-image-2.6-sunburst")
    public static let gptImage26Flare = Self(rawValue: "gpt-image-2.6-flare")
    public static let gptImage25Sunburst = Self(rawValue: "gpt-image-2.5-sunburst")
    public static let gptImage25Flare = Self(rawValue: "gpt-image-2.5-flare")
    public static let gptImage2 = Self(rawValue: "gpt-image-2")
    /// Deprecated; off on 2026-12-01.
    public static let gptImage15 = Self(rawValue: "gpt-image-1.5")
    /// Deprecated; off on 2026-12-01.
    public static let gptImage1Mini = Self(rawValue: "gpt-image-1-mini")
    /// Deprecated; off on 2026-12-01.
    public static let chatGPTImageLatest = Self(rawValue: "chatgpt-image-latest")
}
