/// Who waits for a turn, first come first served, as a pure function of what is asked and when.
struct RateLimitQueue: Sendable {
    typealias Instant = RateLimitSchedule.Instant

    /// Somebody who waits.
    struct Waiter: Sendable {
        var id: Int
        var out: Int
        var input: Int
        /// When waiting any longer is pointless.
        var deadline: Instant
    }

    /// What may happen now.
    struct Step: Sendable, Equatable {
        var admitted: [Int] = []
        var refused: [Int] = []
        /// When to look again.
        var next: Instant?
    }

    private var machine: RateLimitSchedule
    private var waiters: [Waiter] = []

    init(_ machine: RateLimitSchedule) { self.machine = machine }

    mutating func join(_ waiter: Waiter) { waiters.append(waiter) }

    /// Leaves without a trace: those behind move up. False for somebody who does not wait.
    mutating func leave(_ id: Int) -> Bool {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return false }
        waiters.remove(at: index)
        return true
    }

    /// Everybody who waits, sent away.
    mutating func close() -> [Int] {
        defer { waiters = [] }
        return waiters.map(\.id)
    }

    mutating func throttled(retryAfter: Duration?, now: Instant) { machine.throttled(retryAfter: retryAfter, now: now) }

    mutating func succeeded() { machine.succeeded() }

    /// Admits those whose turn it is and refuses those whose turn would come too late.
    mutating func advance(now: Instant) -> Step {
        var step = Step()
        var remaining: [Waiter] = []
        // What is planned for those behind the first who must wait is only a forecast.
        var forecast = machine
        for waiter in waiters {
            let start = forecast.earliest(in: waiter.input, now: now)
            guard start <= waiter.deadline else {
                step.refused.append(waiter.id)
                continue
            }
            _ = forecast.reserve(out: waiter.out, in: waiter.input, now: now)
            if start <= now, remaining.isEmpty {
                machine = forecast
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
