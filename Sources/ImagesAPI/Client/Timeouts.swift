extension ImagesClient {
    /// How long a request may take, each phase apart.
    ///
    /// Generous by default: the server may be silent for minutes while it paints.
    public struct Timeouts: Sendable, Hashable, Codable {
        /// From the start until the connection, TLS included, is ready to carry the request.
        public var connect: Duration
        /// From the last byte of the request to the first byte of the answer.
        public var firstByte: Duration
        /// Between two bytes, of the request on its way out and of the answer once it has begun.
        public var idle: Duration
        /// From the start to the end, waiting for a free place included.
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
