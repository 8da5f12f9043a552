/// The deadlines of a transfer, as a pure function of events and times.
struct Deadlines: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Kind: String, Sendable {
        case connect, firstByte, idle, total
        /// The time for a transfer whose remaining bytes are not needed.
        case drain
    }

    enum Phase: Sendable, Equatable {
        case queued
        case connecting(since: Instant)
        case sending(last: Instant)
        case awaiting(since: Instant)
        case receiving(last: Instant)
        case draining(since: Instant)
    }

    static let drainTime = Duration.milliseconds(250)

    let timeouts: ImagesClient.Timeouts
    let created: Instant
    private(set) var phase = Phase.queued
    /// While the consumer pauses the transfer, the idle timeout does not apply.
    private(set) var isPaused = false

    init(timeouts: ImagesClient.Timeouts, created: Instant) {
        self.timeouts = timeouts
        self.created = created
    }

    mutating func start(at now: Instant) { phase = .connecting(since: now) }

    mutating func connected(at now: Instant, hasBody: Bool) {
        phase = hasBody ? .sending(last: now) : .awaiting(since: now)
    }

    mutating func sent(at now: Instant, isAtEnd: Bool) {
        // A response may begin before the request has ended.
        switch phase {
        case .receiving, .draining: return
        default: break
        }
        phase = isAtEnd ? .awaiting(since: now) : .sending(last: now)
    }

    mutating func received(at now: Instant) {
        if case .draining = phase { return }
        phase = .receiving(last: now)
    }

    /// Starts the time for the rest; later calls do not extend it.
    mutating func drain(at now: Instant) {
        if case .draining = phase { return }
        phase = .draining(since: now)
    }
    mutating func pause() { isPaused = true }

    mutating func resume(at now: Instant) {
        isPaused = false
        if case .receiving = phase { phase = .receiving(last: now) }
    }

    /// The next deadline.
    var next: (instant: Instant, kind: Kind) {
        let total = (created + timeouts.total, Kind.total)
        let phased: (Instant, Kind)? =
            switch phase {
            case .queued: nil
            case .connecting(let since): (since + timeouts.connect, .connect)
            case .sending(let last): (last + timeouts.idle, .idle)
            case .awaiting(let since): (since + timeouts.firstByte, .firstByte)
            case .receiving(let last): isPaused ? nil : (last + timeouts.idle, .idle)
            case .draining(let since): (since + Self.drainTime, .drain)
            }
        guard let phased, phased.0 < total.0 else { return total }
        return phased
    }
}
