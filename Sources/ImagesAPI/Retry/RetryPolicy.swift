extension ImagesClient {
    /// When a request is sent again after a failure, and after how long.
    ///
    /// The default repeats only where no image can have been made: the connection failed, the request had not gone out
    /// whole, or the server answered 408, 409, 429 (not for an exhausted quota), 500, 502, 503 or `x-should-retry: true`. A
    /// request that was sent and then met a timeout, a reset, 504 or 52x is never repeated, since it may have been paid for.
    public struct RetryPolicy: Sendable {
        /// Repeats at most, beyond the first attempt.
        public var maxRetries = 2
        /// The first wait; each further one is twice as long.
        public var baseDelay = Duration.milliseconds(500)
        /// The longest wait of our own choosing.
        public var maxDelay = Duration.seconds(8)
        /// The longest wait a server may ask for; beyond it the request is given up.
        public var maxServerDelay = Duration.seconds(120)
        /// Replaces the rule: given the error and how many attempts have been made, says what to do.
        ///
        /// Check `mayHaveBeenBilled` in it: repeating such a request can pay twice.
        public var decide: (@Sendable (ImagesAPIError, Int) -> Decision)?

        public enum Decision: Sendable, Hashable {
            case giveUp
            case retry(after: Duration)
        }

        public init(maxRetries: Int = 2) { self.maxRetries = maxRetries }

        /// Every failure is final.
        public static let never = ImagesClient.RetryPolicy(maxRetries: 0)

        /// What to do after so many attempts.
        ///
        /// - Parameter jitter: 0..<1; shortens a wait of our own by up to a quarter so that clients do not come back together.
        func decision(after error: ImagesAPIError, attempts: Int, jitter: Double) -> Decision {
            if let decide { return decide(error, attempts) }
            guard attempts <= maxRetries, error.isRetryable, !error.mayHaveBeenBilled else { return .giveUp }
            if let asked = error.retryAfter {
                return asked <= maxServerDelay ? .retry(after: asked) : .giveUp
            }
            let doubled = baseDelay * Double(1 << min(max(attempts - 1, 0), 20))
            return .retry(after: min(doubled, maxDelay) * (1 - 0.25 * jitter))
        }
    }
}
