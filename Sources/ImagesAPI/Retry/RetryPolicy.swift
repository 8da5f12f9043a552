extension ImagesClient {
    /// When a request is sent again after a failure, and after how long.
    ///
    /// The default retries only where no image can have been made: the connection failed, the request had not been sent
    /// completely, or the server responded with 408, 409, 429 (not for an exhausted quota), 500, 502, 503 or
    /// `x-should-retry: true`. A request that was sent and then met a timeout, a reset, 504 or 52x is never retried, since it
    /// may have been billed.
    public struct RetryPolicy: Sendable {
        /// The most retries, beyond the first attempt.
        public var maxRetries = 2
        /// The first delay; each further one is twice as long.
        public var baseDelay = Duration.milliseconds(500)
        /// The longest delay, unless the server asks for another.
        public var maxDelay = Duration.seconds(8)
        /// The longest delay that a server may ask for; the request fails if it asks for more.
        public var maxServerDelay = Duration.seconds(120)
        /// Replaces the rule: given the error and the number of attempts made, returns the delay before a retry, or nil for
        /// none.
        ///
        /// Check `mayHaveBeenBilled` in it: retrying such a request can pay twice.
        public var decide: (@Sendable (ImagesAPIError, Int) -> Duration?)?

        /// The default rule with a number of retries.
        public init(maxRetries: Int = 2) { self.maxRetries = maxRetries }

        /// Every failure is final.
        public static let never = RetryPolicy(maxRetries: 0)

        /// The delay before a retry, or nil when there is none.
        ///
        /// - Parameter jitter: 0..<1; shortens a delay of our own by up to a quarter, so that clients do not retry together.
        package func delay(after error: ImagesAPIError, attempts: Int, jitter: Double) -> Duration? {
            if let decide { return decide(error, attempts) }
            guard attempts <= maxRetries, error.isRetryable, !error.mayHaveBeenBilled else { return nil }
            if let asked = error.retryAfter { return asked <= maxServerDelay ? asked : nil }
            let doubled = baseDelay * Double(1 << min(max(attempts - 1, 0), 20))
            return min(doubled, maxDelay) * (1 - 0.25 * jitter)
        }
    }
}

/// The attempts at one request: how many there were, and whether one of them may have been billed.
struct AttemptCounter: Sendable {
    private(set) var count = 0
    private var mayHaveBeenBilled = false

    mutating func begin() { count += 1 }

    /// The failure with the number of attempts, and billed if an earlier attempt may have been.
    mutating func adding(to error: ImagesAPIError) -> ImagesAPIError {
        var error = error
        // Zero attempts: nothing was sent this time.
        error.attempts = error.attempts > 0 ? count : count - 1
        if mayHaveBeenBilled, !error.mayHaveBeenBilled {
            error.mayHaveBeenBilled = true
            error.isRetryable = false
        }
        mayHaveBeenBilled = error.mayHaveBeenBilled
        return error
    }

    /// Waits before a retry, or throws when there is none.
    mutating func waitOrThrow(
        _ error: ImagesAPIError, policy: ImagesClient.RetryPolicy
    ) async throws(ImagesAPIError) {
        let complete = adding(to: error)
        // The policy decides by the last attempt alone.
        var lastAttempt = error
        lastAttempt.attempts = complete.attempts
        guard !Task.isCancelled,
            let delay = policy.delay(after: lastAttempt, attempts: count, jitter: .random(in: 0..<1))
        else { throw complete }
        do {
            try await Task.sleep(for: delay)
        } catch {
            throw ImagesAPIError(
                .cancelled, "The request was cancelled while it waited for a retry.",
                mayHaveBeenBilled: mayHaveBeenBilled, attempts: count)
        }
    }
}

extension ImagesClient {
    /// Runs a request until it succeeds or the policy ends the retries; the error says how many attempts there were.
    func withRetries<Success: Sendable>(
        _ attempt: () async throws(ImagesAPIError) -> Success
    ) async throws(ImagesAPIError) -> (success: Success, attempts: Int) {
        var attempts = AttemptCounter()
        while true {
            attempts.begin()
            do throws(ImagesAPIError) {
                return (try await attempt(), attempts.count)
            } catch {
                try await attempts.waitOrThrow(scrubbed(error), policy: configuration.retryPolicy)
            }
        }
    }
}
