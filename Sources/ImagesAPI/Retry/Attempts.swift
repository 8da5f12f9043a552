extension ImagesClient {
    /// Runs a request until it succeeds or the policy gives up; the error tells how many attempts there were.
    func withRetries<Success: Sendable>(
        _ attempt: () async throws(ImagesAPIError) -> Success
    ) async throws(ImagesAPIError) -> (success: Success, attempts: Int) {
        var attempts = 0
        while true {
            attempts += 1
            do throws(ImagesAPIError) {
                return (try await attempt(), attempts)
            } catch {
                try await Self.waitOrThrow(scrubbed(error), attempts: attempts, policy: configuration.retryPolicy)
            }
        }
    }

    /// Waits before a repeat, or throws when there will be none.
    static func waitOrThrow(
        _ error: ImagesAPIError, attempts: Int, policy: RetryPolicy
    ) async throws(ImagesAPIError) {
        var error = error
        // Zero attempts: nothing was sent.
        if error.attempts > 0 { error.attempts = attempts }
        guard !Task.isCancelled,
            case .retry(let delay) = policy.decision(after: error, attempts: attempts, jitter: .random(in: 0..<1))
        else { throw error }
        do {
            try await Task.sleep(for: delay)
        } catch {
            throw ImagesAPIError(
                .cancelled, "The request was cancelled while waiting to be repeated.", attempts: attempts)
        }
    }
}
