extension ImageStream {
    /// What a stream of a server brings.
    enum Event: Sendable {
        /// A whole image of an early state of the result.
        case partial(ReceivedImage)
        /// A finished image.
        case completed(ReceivedImage)

        /// The image of the event, partial or finished.
        var image: ImagesResponse.GeneratedImage { received.image }

        var received: ReceivedImage {
            switch self {
            case .partial(let received), .completed(let received): received
            }
        }
    }

    /// An image of a stream and what the server says about it; each field that only the server knows may be absent.
    public struct ReceivedImage: Sendable {
        /// The image.
        public var image: ImagesResponse.GeneratedImage
        /// Whether this is an early state of the result; otherwise the image is finished.
        public internal(set) var isPartial = false
        /// Of partial and of finished images each: the server's count, from 0; counted here where the server's count is
        /// missing or invalid.
        public var index: Int
        /// False when a partial image with a higher index came before this one.
        public var isInOrder = true
        /// The tokens of a finished image; of several in one response that is not streamed, the last has those of all.
        public var usage: Usage?
        /// The cost of a finished image in US dollars as the server states it; of several in one response that is not
        /// streamed, the last has that of all.
        public var reportedCost: Double?
        /// The server's id of the request (`x-request-id`, or as a gateway names it).
        public var requestID: String?
        /// When the image was made, in Unix seconds.
        public var created: Int?
        /// The size of the image.
        public var size: ImageSize?
        /// The quality that was used.
        public var quality: GenerationRequest.Level?
        /// The background that was used.
        public var background: GenerationRequest.Background?
        /// The format that was used.
        public var outputFormat: GenerationRequest.OutputFormat?
        /// The id of the end user that was sent.
        public var safetyIdentifier: String?
        /// The whole event; the image is replaced by null.
        public var raw: JSONValue

        init(_ image: ImagesResponse.GeneratedImage, index: Int, _ value: JSONValue, requestID: String?) {
            self.image = image
            self.index = index
            self.requestID = requestID
            created = (value["created_at"] ?? value["created"])?.unixSeconds
            size = value["size"]?.stringValue.map(ImageSize.init(rawValue:))
            quality = value["quality"]?.stringValue.map(GenerationRequest.Level.init(rawValue:))
            background = value["background"]?.stringValue.map(GenerationRequest.Background.init(rawValue:))
            outputFormat = value["output_format"]?.stringValue.map(GenerationRequest.OutputFormat.init(rawValue:))
            safetyIdentifier = value["safety_identifier"]?.stringValue
            raw = value
        }
    }
}

extension ImageStream.Event {
    /// The events that a response without streaming amounts to; its usage, which is of all images, comes with the last.
    static func completed(_ response: ImagesResponse) -> [ImageStream.Event] {
        response.images.enumerated().map { index, image in
            var received = ImageStream.ReceivedImage(
                image, index: index, response.raw, requestID: response.requestID)
            if index == response.images.count - 1 {
                received.usage = response.usage
                received.reportedCost = response.reportedCost
            }
            return .completed(received)
        }
    }
}
