import DequeModule
import HeapModule

/// Decides who may use how much of a fixed number of bytes, and who has to wait: the rules without threads or clocks.
///
/// Waiters are admitted in order of arrival. While the first one does not fit, smaller ones that fit may pass it, the
/// smallest first; no waiter is passed more than `maximumOvertakes` times, after which what becomes free is kept for the
/// first until it fits. Every operation takes O(log n) time for n waiters, on average over many.
struct ReservationQueue<Waiter> {
    typealias ID = UInt64

    enum Outcome: Equatable {
        case admitted, queued
        case refused(Rejection)
    }

    enum Rejection: Equatable {
        case negative, exceedsLimit, tooManyWaiters
    }

    private struct Entry {
        let bytes: Int
        let deadline: ContinuousClock.Instant
        let overtakesBefore: Int
        let waiter: Waiter
    }

    /// Ordered by bytes, then by arrival.
    private struct Size: Comparable {
        let bytes: Int
        let id: ID

        static func < (a: Size, b: Size) -> Bool { (a.bytes, a.id) < (b.bytes, b.id) }
    }

    let limit: Int
    let maximumWaiters: Int
    let maximumOvertakes: Int
    /// Bytes reserved now.
    private(set) var used = 0
    private var entries: [ID: Entry] = [:]
    // Both may hold identifiers of waiters that have left; they are dropped when they come first, or when they are many.
    private var arrivals: Deque<ID> = []
    private var sizes = Heap<Size>()
    // How often anyone was passed. A waiter was passed at most as often as this has grown since it arrived, and the first
    // to arrive has seen the most of that, so that comparing its number alone keeps the bound for all.
    private var overtakes = 0

    init(limit: Int, maximumWaiters: Int, maximumOvertakes: Int) {
        self.limit = max(0, limit)
        self.maximumWaiters = max(0, maximumWaiters)
        self.maximumOvertakes = max(0, maximumOvertakes)
    }

    var waiterCount: Int { entries.count }

    /// The first deadline of those who wait.
    var nextDeadline: ContinuousClock.Instant? { first.map(\.deadline) }

    /// Why `bytes` can neither be admitted now nor wait.
    func rejection(of bytes: Int) -> Rejection? {
        if bytes < 0 { return .negative }
        if bytes > limit { return .exceedsLimit }
        return canAdmit(bytes) || entries.count < maximumWaiters ? nil : .tooManyWaiters
    }

    /// Reserves `bytes` if that is possible now.
    mutating func admit(_ bytes: Int) -> Bool {
        guard canAdmit(bytes) else { return false }
        if first != nil, bytes > 0 { overtakes += 1 }
        used += bytes
        return true
    }

    private func canAdmit(_ bytes: Int) -> Bool {
        guard bytes >= 0, bytes <= limit - used else { return false }
        // What needs nothing delays nobody.
        guard let first, bytes > 0 else { return true }
        return mayBePassed(first)
    }

    /// Reserves `bytes`, or lets `waiter` wait for them.
    ///
    /// `id` is new and larger than all before it, and `deadline` not before theirs.
    mutating func request(_ bytes: Int, id: ID, deadline: ContinuousClock.Instant, _ waiter: Waiter) -> Outcome {
        if let rejection = rejection(of: bytes) { return .refused(rejection) }
        if admit(bytes) { return .admitted }
        entries[id] = Entry(bytes: bytes, deadline: deadline, overtakesBefore: overtakes, waiter: waiter)
        arrivals.append(id)
        sizes.insert(Size(bytes: bytes, id: id))
        return .queued
    }

    /// Gives `bytes` back and returns those who are admitted in consequence.
    mutating func release(_ bytes: Int) -> [Waiter] {
        used = max(0, used - bytes)
        return admitWaiters()
    }

    /// Takes a waiter out; nil when it does not wait (any more). Others may be admitted in consequence.
    mutating func remove(_ id: ID) -> (waiter: Waiter, admitted: [Waiter])? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        return (entry.waiter, admitWaiters())
    }

    /// Takes out those whose deadline has come. Others may be admitted in consequence.
    mutating func expire(at now: ContinuousClock.Instant) -> (expired: [Waiter], admitted: [Waiter]) {
        var expired: [Waiter] = []
        dropDeparted()
        while let id = arrivals.first, let entry = entries[id], entry.deadline <= now {
            entries[id] = nil
            expired.append(entry.waiter)
            dropDeparted()
        }
        return (expired, admitWaiters())
    }

    /// The identifiers that are held in any place, those of departed waiters included.
    var storedCount: Int { max(entries.count, arrivals.count, sizes.count) }

    private var first: Entry? { arrivals.first.flatMap { entries[$0] } }

    private func mayBePassed(_ first: Entry) -> Bool { overtakes - first.overtakesBefore < maximumOvertakes }

    private mutating func admitWaiters() -> [Waiter] {
        var admitted: [Waiter] = []
        dropDeparted()
        while let id = arrivals.first, let first = entries[id] {
            if first.bytes <= limit - used {
                admitted.append(take(id, first))
            } else if mayBePassed(first), let smallest = sizes.min, let entry = entries[smallest.id],
                entry.bytes <= limit - used
            {
                overtakes += 1
                admitted.append(take(smallest.id, entry))
            } else {
                break
            }
            dropDeparted()
        }
        return admitted
    }

    private mutating func take(_ id: ID, _ entry: Entry) -> Waiter {
        entries[id] = nil
        used += entry.bytes
        return entry.waiter
    }

    /// Afterwards whoever comes first in either order is waiting, and at most as many others are not as are.
    private mutating func dropDeparted() {
        while let id = arrivals.first, entries[id] == nil { arrivals.removeFirst() }
        while let size = sizes.min, entries[size.id] == nil { sizes.removeMin() }
        if arrivals.count > 2 * entries.count + 16 { arrivals = Deque(arrivals.filter { entries[$0] != nil }) }
        if sizes.count > 2 * entries.count + 16 { sizes = Heap(sizes.unordered.filter { entries[$0.id] != nil }) }
    }
}
