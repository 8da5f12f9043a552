/// What the content filter objected to.
public struct ModerationDetails: Sendable, Hashable {
    /// Where in the course of a request the filter stepped in.
    public struct Stage: ExtensibleString {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The prompt or an image that was sent.
        public static let input = Self(rawValue: "input")
        /// The image that was made.
        public static let output = Self(rawValue: "output")
        public static let unknown = Self(rawValue: "unknown")
    }

    public var stage: Stage?
    /// Words such as `violence` or `self-harm`, from an open list.
    public var categories: [String]
}

extension ImagesAPIError.ErrorObject {
    /// What the content filter objected to, when the server says so.
    public var moderationDetails: ModerationDetails? {
        guard let details = extra["moderation_details"], details.objectValue != nil else { return nil }
        return ModerationDetails(
            stage: details["moderation_stage"]?.stringValue.map(ModerationDetails.Stage.init(rawValue:)),
            categories: (details["categories"]?.arrayValue ?? []).compactMap(\.stringValue))
    }
}
