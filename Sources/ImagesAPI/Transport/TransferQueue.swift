/// Transfers that wait, first in, first out; any of them can be removed. Not a Deque of swift-collections, since that
/// removes from the middle in linear time.
struct TransferQueue {
    private var waiting: [UInt64: Transfer] = [:]
    /// The lowest number that may still be in the queue, and the next one to assign.
    private var first: UInt64 = 0
    private var next: UInt64 = 0

    var count: Int { waiting.count }
    var all: some Sequence<Transfer> { waiting.values }

    mutating func append(_ transfer: Transfer) {
        transfer.queueNumber = next
        waiting[next] = transfer
        next += 1
    }

    mutating func popFirst() -> Transfer? {
        while !waiting.isEmpty {
            defer { first += 1 }
            guard let transfer = waiting.removeValue(forKey: first) else { continue }
            transfer.queueNumber = nil
            return transfer
        }
        return nil
    }

    mutating func remove(_ transfer: Transfer) {
        guard let number = transfer.queueNumber else { return }
        waiting[number] = nil
        transfer.queueNumber = nil
    }
}
