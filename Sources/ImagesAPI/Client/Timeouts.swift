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
}
