/// Spaces requests so that images per minute stay under a limit, as a pure function of requests and times.
///
/// Each request takes the next free moment, so tasks are served in the order they come. A 429 halves the rate and holds
/// all requests back for as long as the server asks, up to ``longestHold``; every success raises the rate again by a
/// twentieth of the limit.
struct RateLimitSchedule: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The longest time that one response can hold all requests back; retries give up on longer waits too.
    static let longestHold = ImagesClient.RetryPolicy().maxServerDelay

    private let imageLimit: Double?
    private let inputLimit: Double?
    /// The part of the limits in force; 1 until a 429 lowers it.
    private(set) var share = 1.0
    private var nextImage: Instant
    private var nextInput: Instant
    private var heldUntil: Instant

    /// - Parameters:
    ///   - imagesPerMinute: images requested a minute; nil for no limit.
    ///   - inputImagesPerMinute: input images sent a minute; nil for no limit.
    init(imagesPerMinute: Int?, inputImagesPerMinute: Int? = nil, now: Instant) {
        imageLimit = imagesPerMinute.map { max(Double($0), 1) }
        inputLimit = inputImagesPerMinute.map { max(Double($0), 1) }
        nextImage = now
        nextInput = now
        heldUntil = now
    }

    /// The moment at which a request with so many input images may be sent.
    func earliest(inputImages: Int, now: Instant) -> Instant {
        var start = max(now, heldUntil)
        if imageLimit != nil { start = max(start, nextImage) }
        if inputLimit != nil, inputImages > 0 { start = max(start, nextInput) }
        return start
    }

    /// Takes that moment.
    mutating func reserve(images: Int, inputImages: Int, now: Instant) -> Instant {
        let start = earliest(inputImages: inputImages, now: now)
        if let imageLimit { nextImage = start + .seconds(60 * Double(max(images, 1)) / (imageLimit * share)) }
        if let inputLimit, inputImages > 0 {
            nextInput = start + .seconds(60 * Double(inputImages) / (inputLimit * share))
        }
        return start
    }

    mutating func throttled(retryAfter: Duration?, now: Instant) {
        share = max(share / 2, 0.05)
        heldUntil = max(heldUntil, now + min(retryAfter ?? .seconds(1), Self.longestHold))
    }

    mutating func succeeded() { share = min(share + 0.05, 1) }
}

/// The requests that wait for the rate limit, first come, first served, as a pure function of requests and times.
///
/// An array and not a Deque of swift-collections, since every step removes waiters from the middle too.
struct RateLimitQueue: Sendable {
    typealias Instant = RateLimitSchedule.Instant

    /// A request that waits.
    struct Waiter: Sendable {
        var id: Int
        var images: Int
        var inputImages: Int
        /// The last moment at which sending it still makes sense.
        var deadline: Instant
    }

    /// What may happen now.
    struct Step: Sendable, Equatable {
        var admitted: [Int] = []
        var refused: [Int] = []
        /// When to call ``RateLimitQueue/advance(now:)`` again.
        var next: Instant?
    }

    private var schedule: RateLimitSchedule
    private var waiters: [Waiter] = []

    init(_ schedule: RateLimitSchedule) { self.schedule = schedule }

    mutating func join(_ waiter: Waiter) { waiters.append(waiter) }

    /// Removes a waiter, so that those behind it move up; false when it is not in the queue.
    mutating func leave(_ id: Int) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Empties the queue and returns the ids of those who waited.
    mutating func close() -> [Int] {
        defer { waiters = [] }
        return waiters.map(\.id)
    }

    mutating func throttled(retryAfter: Duration?, now: Instant) {
        schedule.throttled(retryAfter: retryAfter, now: now)
    }

    mutating func succeeded() { schedule.succeeded() }

    /// Admits the requests that may be sent now and refuses those whose moment lies behind their deadline.
    mutating func advance(now: Instant) -> Step {
        var step = Step()
        var remaining: [Waiter] = []
        // Moments of those behind the first who must wait are a forecast, not a reservation.
        var forecast = schedule
        for waiter in waiters {
            let start = forecast.earliest(inputImages: waiter.inputImages, now: now)
            guard start <= waiter.deadline else {
                step.refused.append(waiter.id)
                continue
            }
            _ = forecast.reserve(images: waiter.images, inputImages: waiter.inputImages, now: now)
            if start <= now, remaining.isEmpty {
                schedule = forecast
                step.admitted.append(waiter.id)
            } else {
                step.next = step.next ?? start
                remaining.append(waiter)
            }
        }
        waiters = remaining
        return step
    }
}
