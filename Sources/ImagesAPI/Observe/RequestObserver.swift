/// Told about every attempt of every request; the place for logs, metrics and traces.
///
/// What it is told are facts about the exchange, never key, prompt, images, addresses or bodies.
public protocol RequestObserver: Sendable {
    /// An attempt is about to begin, on the task that asked for it.
    func begin(_ attempt: RequestAttempt) -> RequestAttempt.Observation
}

/// Which attempt it is.
public struct RequestAttempt: Sendable, Hashable {
    /// What is done: `images.generations`, `images.edits`, `images.variations`, `files`, `batches`, `fetch` and the like; a
    /// bounded set, safe as a metric label.
    public var operation: String
    /// The model asked for, if any.
    public var model: Model?
    /// Bytes of the request's body.
    public var bytesToSend: Int

    /// What an observer wants of an attempt.
    public struct Observation: Sendable {
        /// Header fields to send along, such as `traceparent`.
        public var headers: [(String, String)]
        /// Called once when the attempt has ended, on the transport's thread: be quick.
        public var ended: @Sendable (RequestAttempt.Outcome) -> Void

        public init(
            headers: [(String, String)] = [], ended: @escaping @Sendable (RequestAttempt.Outcome) -> Void = { _ in }
        ) {
            self.headers = headers
            self.ended = ended
        }
    }

    /// How an attempt ended.
    public struct Outcome: Sendable, Hashable {
        /// `ok`, or the label of the error; a bounded set.
        public var label: String
        public var status: Int?
        public var requestID: String?
        public var duration: Duration
        /// From the start to the head of the answer, if one came.
        public var timeToHead: Duration?
        public var bytesReceived: Int
        /// Events of a stream that were passed over: unknown, without data, doubled, or after the last image.
        public var ignoredEvents: Int
        /// Where the raw answer was kept, if a spool is set.
        public var spooledFile: String?
    }
}
