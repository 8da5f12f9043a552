extension ImagesClient {
    /// Observes every attempt of every request, for logs, metrics and traces.
    ///
    /// An observer receives facts about the exchange, never key, prompt, images, URLs or bodies.
    public protocol Observer: Sendable {
        /// An attempt is about to begin; called on the task that made the request.
        ///
        /// Returns header fields to send with it, such as `traceparent`, and what is called once when it has ended, on the
        /// transport's thread: return quickly there.
        func begin(
            _ attempt: ImagesClient.Attempt
        ) -> (headers: [(String, String)], ended: @Sendable (ImagesClient.Attempt.Outcome) -> Void)
    }
}

extension ImagesClient {
    /// One attempt to send a request.
    public struct Attempt: Sendable, Hashable {
        /// The operation: `images.generations`, `images.edits`, `images.variations`, `files`, `batches`, `fetch` and the like; a
        /// bounded set, safe as a metric label.
        public var operation: String
        /// The requested model, if any.
        public var model: Model?
        /// Bytes of the request's body.
        public var bytesToSend: Int

        /// How an attempt ended.
        public struct Outcome: Sendable, Hashable {
            /// `ok`, or the label of the error; a bounded set.
            public var label: String
            /// The HTTP status, if a response came.
            public var status: Int?
            /// The server's id of the request (`x-request-id`).
            public var requestID: String?
            /// From the start to the end of the attempt.
            public var duration: Duration
            /// From the start to the head of the response, if one came.
            public var timeToHead: Duration?
            /// Bytes of the response's body.
            public var bytesReceived: Int
            /// Events of a stream that were ignored: unknown, without data, duplicate, or after the last image.
            public var ignoredEvents: Int
            /// The path of the raw response, if a spool is set.
            public var spooledFile: String?
        }
    }
}
