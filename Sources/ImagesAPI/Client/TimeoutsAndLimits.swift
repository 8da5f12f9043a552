extension ImagesClient {
    /// How long each phase of a request may take.
    ///
    /// The defaults are long, since a server may be silent for minutes while it generates an image.
    public struct Timeouts: Sendable, Hashable, Codable {
        /// From the start until the connection, TLS included, is ready to carry the request.
        public var connect: Duration
        /// From the last byte of the request to the first byte of the response.
        public var firstByte: Duration
        /// Between two bytes, of the request while it is sent and of the response once it has begun.
        public var idle: Duration
        /// From the start to the end, including time in queues.
        public var total: Duration

        /// Timeouts; those that are left out keep their defaults.
        public init(
            connect: Duration = .seconds(10), firstByte: Duration = .seconds(300), idle: Duration = .seconds(180),
            total: Duration = .seconds(600)
        ) {
            self.connect = connect
            self.firstByte = firstByte
            self.idle = idle
            self.total = total
        }
    }

    /// How much of a response is accepted before it is an error.
    public struct ResponseLimits: Sendable, Hashable, Codable {
        /// Bytes of the response headers, including those of interim responses.
        public var headerBytes = 256 * 1_024
        /// Fields in the response headers, including those of interim responses.
        public var headerFields = 500
        /// Base64 characters of one image.
        public var wireBytesPerImage = 96 * 1_024 * 1_024
        /// Bytes of everything in one JSON document or event that is not an image.
        public var otherBytesPerDocument = 1_024 * 1_024
        /// How deep arrays and objects may be nested.
        public var jsonDepth = 64
        /// Events in one stream.
        public var eventsPerStream = 10_000
        /// Bytes read of the body of an HTTP error.
        public var errorBodyBytes = 1_024 * 1_024
        /// Bytes kept of the body of an HTTP error.
        public var errorBodyBytesKept = 64 * 1_024

        /// The default limits.
        public init() {}

        /// A limit that is never reached, to disable one.
        public static let unlimitedBytes = Int.max / 4

        /// The most bytes that a response with so many images may have.
        func wireBytes(images: Int) -> Int {
            let (images, overflow) = wireBytesPerImage.multipliedReportingOverflow(by: max(images, 1))
            if overflow { return Int.max }
            let (sum, tooMany) = images.addingReportingOverflow(otherBytesPerDocument)
            return tooMany ? Int.max : sum
        }
    }
}
