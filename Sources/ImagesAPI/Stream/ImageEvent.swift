/// What a stream brings while the server paints.
public enum ImageEvent: Sendable {
    /// A whole image of the work so far.
    case partial(ImageEvent.Partial)
    /// A finished image.
    case completed(ImageEvent.Completed)

    /// A whole image of the work so far.
    public struct Partial: Sendable {
        /// The server's count of partial images, from 0; ours where the server gives none or nonsense.
        public var index: Int
        /// False when a partial image with a higher index came before this one.
        public var isInOrder: Bool
        public var image: GeneratedImage
        public var details: Details

        /// What the server says about a streamed image; any of it may be absent.
        public struct Details: Sendable, Hashable {
            /// When it was made, in Unix seconds.
            public var created: Int?
            public var size: ImageSize?
            public var quality: GenerationRequest.Quality?
            public var background: GenerationRequest.Background?
            public var outputFormat: GenerationRequest.OutputFormat?
            public var safetyIdentifier: String?
            /// The whole event; the image is replaced by null.
            public var raw: JSONValue
        }
    }

    /// A finished image.
    public struct Completed: Sendable {
        public var image: GeneratedImage
        /// What this image cost; of several in one answer that is not streamed, the last has what all of them cost.
        public var usage: Usage?
        public var details: ImageEvent.Details
        /// What the server calls the request (`x-request-id`).
        public var requestID: String?
    }

    /// The image the event brings, partial or finished.
    public var image: GeneratedImage {
        switch self {
        case .partial(let partial): partial.image
        case .completed(let completed): completed.image
        }
    }
}

extension ImageEvent.Details {
    init(_ value: JSONValue) {
        created = (value["created_at"] ?? value["created"])?.integerValue
        size = value["size"]?.stringValue.map(ImageSize.init(rawValue:))
        quality = value["quality"]?.stringValue.map(GenerationRequest.Quality.init(rawValue:))
        background = value["background"]?.stringValue.map(GenerationRequest.Background.init(rawValue:))
        outputFormat = value["output_format"]?.stringValue.map(GenerationRequest.OutputFormat.init(rawValue:))
        safetyIdentifier = value["safety_identifier"]?.stringValue
        raw = value
    }
}
