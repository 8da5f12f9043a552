/// An element of a stream that generates or edits images.
public enum ImageEvent: Sendable {
    /// A whole image of an early state of the result.
    case partial(Partial)
    /// A finished image.
    case completed(Completed)

    /// A whole image of an early state of the result.
    public struct Partial: Sendable {
        /// The server's count of partial images, from 0; counted here where the server's count is missing or invalid.
        public var index: Int
        /// False when a partial image with a higher index came before this one.
        public var isInOrder: Bool
        /// The image.
        public var image: ImagesResponse.GeneratedImage
        /// What the server says about it.
        public var details: Details
    }

    /// A finished image.
    public struct Completed: Sendable {
        /// The image.
        public var image: ImagesResponse.GeneratedImage
        /// The tokens of this image; of several in one response that is not streamed, the last has those of all.
        public var usage: Usage?
        /// What the server says about it.
        public var details: Details
        /// The server's id of the request (`x-request-id`).
        public var requestID: String?
    }

    /// What the server says about a streamed image; each field may be absent.
    public struct Details: Sendable, Hashable {
        /// When the image was made, in Unix seconds.
        public var created: Int?
        /// The size of the image.
        public var size: ImageSize?
        /// The quality that was used.
        public var quality: GenerationRequest.Quality?
        /// The background that was used.
        public var background: GenerationRequest.Background?
        /// The format that was used.
        public var outputFormat: GenerationRequest.OutputFormat?
        /// The id of the end user that was sent.
        public var safetyIdentifier: String?
        /// The whole event; the image is replaced by null.
        public var raw: JSONValue

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

    /// The image of the event, partial or finished.
    public var image: ImagesResponse.GeneratedImage {
        switch self {
        case .partial(let partial): partial.image
        case .completed(let completed): completed.image
        }
    }
}

extension ImageEvent {
    /// The events that a response without streaming amounts to; its usage, which is of all images, comes with the last.
    static func completed(_ response: ImagesResponse) -> [ImageEvent] {
        let details = Details(response.raw)
        let last = response.images.count - 1
        return response.images.enumerated().map { index, image in
            .completed(
                Completed(
                    image: image, usage: index == last ? response.usage : nil, details: details,
                    requestID: response.requestID))
        }
    }
}
