/// The attempts at one request: how many there were, and whether one of them may have been paid for.
struct Attempts: Sendable {
    private(set) var count = 0
    private var mayHaveBeenBilled = false

    mutating func begin() { count += 1 }

    /// A failure as the caller is told it: with what the attempts before it may have cost.
    mutating func noting(_ error: ImagesAPIError) -> ImagesAPIError {
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

    /// Waits before a repeat, or throws when there will be none.
    mutating func waitOrThrow(_ error: ImagesAPIError, policy: ImagesClient.RetryPolicy) async throws(ImagesAPIError) {
        let told = noting(error)
        // The rule judges the attempt by itself.
        var alone = error
        alone.attempts = told.attempts
        guard !Task.isCancelled,
            case .retry(let delay) = policy.decision(after: alone, attempts: count, jitter: .random(in: 0..<1))
        else { throw told }
        do {
            try await Task.sleep(for: delay)
        } catch {
            throw ImagesAPIError(
                .cancelled, "The request was cancelled while waiting to be repeated.",
                mayHaveBeenBilled: mayHaveBeenBilled, attempts: count)
        }
    }
}

extension ImagesClient {
    /// Runs a request until it succeeds or the policy gives up; the error tells how many attempts there were.
    func withRetries<Success: Sendable>(
        _ attempt: () async throws(ImagesAPIError) -> Success
    ) async throws(ImagesAPIError) -> (success: Success, attempts: Int) {
        var attempts = Attempts()
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
