/// Spaces requests so that images per minute stay under a limit, as a pure function of what is asked and when.
///
/// Each request takes the next free moment, so tasks are served in the order they come. A 429 halves the pace and holds
/// everybody back for as long as the server asks, within reason; every success brings it a twentieth of the limit nearer to it again.
struct RateLimitSchedule: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The longest that one answer can hold everybody back; who asks for more is not worth waiting for either way.
    static let longestHold = ImagesClient.RetryPolicy().maxServerDelay

    private let outLimit: Double?
    private let inLimit: Double?
    /// The part of the limits in force, 1 when nothing has been learned against it.
    private(set) var share = 1.0
    private var nextOut: Instant
    private var nextIn: Instant
    private var heldUntil: Instant

    init(_ rateLimit: ImagesClient.RateLimit, now: Instant) {
        outLimit = rateLimit.imagesPerMinute.map { max(Double($0), 1) }
        inLimit = rateLimit.inputImagesPerMinute.map { max(Double($0), 1) }
        nextOut = now
        nextIn = now
        heldUntil = now
    }

    /// The moment at which a request with so many images may go out.
    func earliest(in input: Int, now: Instant) -> Instant {
        var start = max(now, heldUntil)
        if outLimit != nil { start = max(start, nextOut) }
        if inLimit != nil, input > 0 { start = max(start, nextIn) }
        return start
    }

    /// Takes that moment.
    mutating func reserve(out: Int, in input: Int, now: Instant) -> Instant {
        let start = earliest(in: input, now: now)
        if let outLimit { nextOut = start + .seconds(60 * Double(max(out, 1)) / (outLimit * share)) }
        if let inLimit, input > 0 { nextIn = start + .seconds(60 * Double(input) / (inLimit * share)) }
        return start
    }

    mutating func throttled(retryAfter: Duration?, now: Instant) {
        share = max(share / 2, 0.05)
        heldUntil = max(heldUntil, now + min(retryAfter ?? .seconds(1), Self.longestHold))
    }

    mutating func succeeded() { share = min(share + 0.05, 1) }
}

extension ImagesClient {
    /// How many images a minute to ask for and to send, whatever the number of tasks that want some.
    public struct RateLimit: Sendable, Hashable, Codable {
        /// Images asked for a minute.
        public var imagesPerMinute: Int?
        /// Images sent a minute.
        public var inputImagesPerMinute: Int?

        public init(imagesPerMinute: Int? = nil, inputImagesPerMinute: Int? = nil) {
            self.imagesPerMinute = imagesPerMinute
            self.inputImagesPerMinute = inputImagesPerMinute
        }
    }
}
