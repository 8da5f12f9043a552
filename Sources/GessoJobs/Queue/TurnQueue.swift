#if SQLite
import DequeModule

/// Jobs that wait, by owner: owners take turns, and each one's jobs go in the order of their submission.
struct TurnQueue {
    /// Owners with waiting jobs, the one whose turn is next first.
    private var owners: Deque<String> = []
    private var jobs: [String: Deque<String>] = [:]
    private(set) var count = 0

    mutating func append(_ id: String, owner: String) {
        if jobs[owner] == nil { owners.append(owner) }
        jobs[owner, default: []].append(id)
        count += 1
    }

    /// Removes the next job; its owner's turn comes again after all others'.
    mutating func next() -> String? {
        guard let owner = owners.popFirst() else { return nil }
        let id = jobs[owner]?.popFirst()
        if jobs[owner]?.isEmpty == false { owners.append(owner) } else { jobs[owner] = nil }
        if id != nil { count -= 1 }
        return id
    }

    mutating func remove(_ id: String, owner: String) {
        guard let index = jobs[owner]?.firstIndex(of: id) else { return }
        jobs[owner]?.remove(at: index)
        count -= 1
        guard jobs[owner]?.isEmpty == true else { return }
        jobs[owner] = nil
        owners.removeAll { $0 == owner }
    }
}
#endif
