/// Whose turn it is among waiters of several priorities: higher ones go first, but nobody waits for ever.
///
/// Priorities of tasks fall into three levels. While the first waiter of a level waits, at most `maximumPasses` of higher
/// levels go before it; then it is its turn, unless it is that of a lower level too, which goes before it then. So a waiter
/// of the lowest level with n of its level before it waits for these and at most (n + 1) × `maximumPasses` others.
struct PriorityTurns {
    /// 0 below the priority of tasks that name none, 1 that priority, 2 above.
    typealias Level = Int

    static let levelCount = 3

    /// The level of a priority: `.background` and `.utility`; `.medium` and those without any; `.high` and above.
    static func level(of priority: UInt8) -> Level {
        if priority == 0 { return 1 }
        return priority > TaskPriority.medium.rawValue ? 2 : priority == TaskPriority.medium.rawValue ? 1 : 0
    }

    /// The level of the task that runs.
    static var current: Level { level(of: Task.currentPriority.rawValue) }

    let maximumPasses: Int
    /// How many of higher levels went since the first waiter of a level became that.
    private var passes = [Int](repeating: 0, count: levelCount)

    init(maximumPasses: Int = 16) { self.maximumPasses = max(1, maximumPasses) }

    /// The level whose first waiter goes next; nil when none waits.
    func next(_ isWaiting: (Level) -> Bool) -> Level? {
        let waiting = (0..<Self.levelCount).filter(isWaiting)
        return waiting.first { passes[$0] >= maximumPasses } ?? waiting.last
    }

    /// Whether one of that level may go before the waiters of lower levels.
    func mayPassLower(_ level: Level, _ isWaiting: (Level) -> Bool) -> Bool {
        !(0..<level).contains { isWaiting($0) && passes[$0] >= maximumPasses }
    }

    /// Nobody of that level waits any more, though none of it went.
    mutating func forget(_ level: Level) { passes[level] = 0 }

    /// One of that level goes, the first of those who waited or another, while these wait.
    mutating func go(_ level: Level, isFirst: Bool = true, _ isWaiting: (Level) -> Bool) {
        if isFirst { passes[level] = 0 }
        for lower in 0..<level { passes[lower] = isWaiting(lower) ? passes[lower] + 1 : 0 }
    }
}
