/// The header fields with which the Images API describes the request, the account and its limits.
enum ServiceHeaders {
    private static let requestsPerMinute = 250
    private static let tokensPerMinute = 8_000_000

    /// The headers of every response.
    static func always(since began: ContinuousClock.Instant) -> [(name: String, value: String)] {
        let took = Int((ContinuousClock.now - began) / .milliseconds(1))
        return [
            ("x-request-id", "req_\(RequestHandler.randomHexadecimal())"), ("x-gesso-mock-server", "1"),
            // The earlier name of the same header, for clients that check it.
            ("x-gesso-stand-in", "1"),
            ("openai-version", "2020-10-01"), ("openai-organization", "gesso-mock-server"),
            ("openai-processing-ms", "\(took)"),
        ]
    }

    /// The rate limit headers of responses with images, as for an account that was idle before this request.
    static func limits(after usage: TokenCount) -> [(name: String, value: String)] {
        limits("requests", tally: 1, of: requestsPerMinute) + limits("tokens", tally: usage.total, of: tokensPerMinute)
    }

    private static func limits(_ unit: String, tally: Int, of limit: Int) -> [(name: String, value: String)] {
        let milliseconds = (tally * 60_000 + limit - 1) / limit
        let reset = milliseconds < 1000 ? "\(milliseconds)ms" : "\(Double(milliseconds) / 1000)s"
        return [
            ("x-ratelimit-limit-\(unit)", "\(limit)"), ("x-ratelimit-remaining-\(unit)", "\(max(0, limit - tally))"),
            ("x-ratelimit-reset-\(unit)", reset),
        ]
    }
}
