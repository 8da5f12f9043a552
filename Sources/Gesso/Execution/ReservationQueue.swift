/// Decides who may use how much of a fixed number of bytes, and who has to wait: the rules without threads or clocks.
///
/// Waiters of a higher priority are admitted first, as ``PriorityTurns`` bounds it, and those of one priority in order of
/// arrival. While the first one does not fit, smaller ones of its priority that fit may pass it, the smallest first; none
/// is passed more than `maximumOvertakes` times by its own, after which what becomes free is kept for the first until it
/// fits. Nobody of a lower priority passes: when it is the turn of a lower one while higher ones wait, that is the first
/// of its line alone. Every operation takes O(log n) time for n waiters, on average over many.
struct ReservationQueue<Waiter> {
    typealias ID = WaitingLine<Waiter>.ID
    typealias Level = PriorityTurns.Level

    enum Outcome: Equatable {
        case admitted, queued
        case refused(Rejection)
    }

    enum Rejection: Equatable {
        case negative, exceedsLimit, tooManyWaiters
    }

    let limit: Int
    let maximumWaiters: Int
    let maximumOvertakes: Int
    /// Bytes reserved now.
    private(set) var used = 0
    /// One for each level of priority.
    private var lines = [WaitingLine<Waiter>](repeating: WaitingLine(), count: PriorityTurns.levelCount)
    private var turns = PriorityTurns()

    init(limit: Int, maximumWaiters: Int, maximumOvertakes: Int) {
        self.limit = max(0, limit)
        self.maximumWaiters = max(0, maximumWaiters)
        self.maximumOvertakes = max(0, maximumOvertakes)
    }

    var waiterCount: Int { lines.reduce(0) { $0 + $1.count } }

    /// The identifiers that are held in any place, those of departed waiters included.
    var storedCount: Int { lines.reduce(0) { $0 + $1.storedCount } }

    /// The first deadline of those who wait.
    var nextDeadline: ContinuousClock.Instant? { lines.compactMap { $0.first?.entry.deadline }.min() }

    /// Why `bytes` can neither be admitted now nor wait.
    func rejection(of bytes: Int, level: Level = 1) -> Rejection? {
        if bytes < 0 { return .negative }
        if bytes > limit { return .exceedsLimit }
        return canAdmit(bytes, level) || waiterCount < maximumWaiters ? nil : .tooManyWaiters
    }

    /// Reserves `bytes` if that is possible now.
    mutating func admit(_ bytes: Int, level: Level = 1) -> Bool {
        guard canAdmit(bytes, level) else { return false }
        if bytes > 0 {
            lines[level].pass()
            turns.go(level, isFirst: false) { lines[$0].count > 0 }
        }
        used += bytes
        return true
    }

    private func canAdmit(_ bytes: Int, _ level: Level) -> Bool {
        guard bytes >= 0, bytes <= limit - used else { return false }
        // What needs nothing delays nobody.
        if bytes == 0 { return true }
        return lines[level].mayBePassed(maximumOvertakes) && !isHigherWaiting(level)
            && turns.mayPassLower(level) { lines[$0].count > 0 }
    }

    private func isHigherWaiting(_ level: Level) -> Bool { lines[(level + 1)...].contains { $0.count > 0 } }

    /// Reserves `bytes`, or lets `waiter` wait for them.
    ///
    /// `id` is new and larger than all before it, and `deadline` not before theirs.
    mutating func request(
        _ bytes: Int, id: ID, level: Level = 1, deadline: ContinuousClock.Instant, _ waiter: Waiter
    ) -> Outcome {
        if let rejection = rejection(of: bytes, level: level) { return .refused(rejection) }
        if admit(bytes, level: level) { return .admitted }
        lines[level].append(bytes, id, deadline, waiter)
        return .queued
    }

    /// Gives `bytes` back and returns those who are admitted in consequence.
    mutating func release(_ bytes: Int) -> [Waiter] {
        used = max(0, used - bytes)
        return admitWaiters()
    }

    /// Takes a waiter out; nil when it does not wait (any more). Others may be admitted in consequence.
    mutating func remove(_ id: ID) -> (waiter: Waiter, admitted: [Waiter])? {
        for level in lines.indices {
            guard let entry = lines[level].remove(id) else { continue }
            forgetPasses(level)
            return (entry.waiter, admitWaiters())
        }
        return nil
    }

    /// Takes out those whose deadline has come. Others may be admitted in consequence.
    mutating func expire(at now: ContinuousClock.Instant) -> (expired: [Waiter], admitted: [Waiter]) {
        var expired: [Waiter] = []
        for level in lines.indices {
            expired += lines[level].expire(at: now)
            forgetPasses(level)
        }
        return (expired, admitWaiters())
    }

    /// Passes that were counted for waiters which left without a turn do not count for those that come later.
    private mutating func forgetPasses(_ level: Level) {
        if lines[level].count == 0 { turns.forget(level) }
    }

    private mutating func admitWaiters() -> [Waiter] {
        var admitted: [Waiter] = []
        while let level = turns.next({ lines[$0].count > 0 }), let next = nextToAdmit(level) {
            let isFirst = next.id == lines[level].first?.id
            _ = lines[level].remove(next.id)
            turns.go(level, isFirst: isFirst) { lines[$0].count > 0 }
            used += next.entry.bytes
            admitted.append(next.entry.waiter)
        }
        return admitted
    }

    /// The first of a line if it fits, else a smaller one that may pass it and all who wait in higher lines.
    private mutating func nextToAdmit(_ level: Level) -> (id: ID, entry: WaitingLine<Waiter>.Entry)? {
        guard let first = lines[level].first else { return nil }
        if first.entry.bytes <= limit - used { return first }
        guard lines[level].mayBePassed(maximumOvertakes), !isHigherWaiting(level),
            let smallest = lines[level].smallest, smallest.entry.bytes <= limit - used
        else { return nil }
        lines[level].pass()
        return smallest
    }
}
