import DequeModule
import HeapModule

/// Those of one priority who wait for bytes: in order of arrival, and the smallest to be found at once.
///
/// Every operation takes O(log n) time for n waiters, on average over many.
struct WaitingLine<Waiter> {
    typealias ID = UInt64

    struct Entry {
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

    private var entries: [ID: Entry] = [:]
    // Both may hold identifiers of waiters that have left; they are dropped when they come first, or when they are many.
    private var arrivals: Deque<ID> = []
    private var sizes = Heap<Size>()
    // How often anyone was passed. A waiter was passed at most as often as this has grown since it arrived, and the first
    // to arrive has seen the most of that, so that comparing its number alone keeps the bound for all.
    private var overtakes = 0

    var count: Int { entries.count }

    /// The identifiers that are held in any place, those of departed waiters included.
    var storedCount: Int { max(entries.count, arrivals.count, sizes.count) }

    /// The first to have arrived.
    var first: (id: ID, entry: Entry)? { arrivals.first.flatMap { id in entries[id].map { (id, $0) } } }

    /// The one that wants the fewest bytes.
    var smallest: (id: ID, entry: Entry)? { sizes.min.flatMap { size in entries[size.id].map { (size.id, $0) } } }

    /// Whether the first may be passed by others of its line once more.
    func mayBePassed(_ maximumOvertakes: Int) -> Bool {
        first.map { overtakes - $0.entry.overtakesBefore < maximumOvertakes } ?? true
    }

    mutating func pass() { overtakes += 1 }

    mutating func append(_ bytes: Int, _ id: ID, _ deadline: ContinuousClock.Instant, _ waiter: Waiter) {
        entries[id] = Entry(bytes: bytes, deadline: deadline, overtakesBefore: overtakes, waiter: waiter)
        arrivals.append(id)
        sizes.insert(Size(bytes: bytes, id: id))
    }

    /// Takes out a waiter; nil when it does not wait (any more).
    mutating func remove(_ id: ID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        dropDeparted()
        return entry
    }

    /// Takes out those whose deadline has come.
    mutating func expire(at now: ContinuousClock.Instant) -> [Waiter] {
        var expired: [Waiter] = []
        while let (id, entry) = first, entry.deadline <= now {
            _ = remove(id)
            expired.append(entry.waiter)
        }
        return expired
    }

    /// Afterwards whoever comes first in either order is waiting, and at most as many others are not as are.
    private mutating func dropDeparted() {
        while let id = arrivals.first, entries[id] == nil { arrivals.removeFirst() }
        while let size = sizes.min, entries[size.id] == nil { sizes.removeMin() }
        if arrivals.count > 2 * entries.count + 16 { arrivals = Deque(arrivals.filter { entries[$0] != nil }) }
        if sizes.count > 2 * entries.count + 16 { sizes = Heap(sizes.unordered.filter { entries[$0.id] != nil }) }
    }
}
