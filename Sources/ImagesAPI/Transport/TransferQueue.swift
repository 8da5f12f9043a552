/// Transfers that wait for a free place: first come, first served, and any of them may leave at any time.
struct TransferQueue {
    private var waiting: [UInt64: Transfer] = [:]
    /// The lowest place that may still be taken, and the next one to give out.
    private var first: UInt64 = 0
    private var next: UInt64 = 0

    var count: Int { waiting.count }
    var all: some Sequence<Transfer> { waiting.values }

    mutating func append(_ transfer: Transfer) {
        transfer.placeInLine = next
        waiting[next] = transfer
        next += 1
    }

    mutating func popFirst() -> Transfer? {
        while !waiting.isEmpty {
            defer { first += 1 }
            guard let transfer = waiting.removeValue(forKey: first) else { continue }
            transfer.placeInLine = nil
            return transfer
        }
        return nil
    }

    mutating func remove(_ transfer: Transfer) {
        guard let place = transfer.placeInLine else { return }
        waiting[place] = nil
        transfer.placeInLine = nil
    }
}
