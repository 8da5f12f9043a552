import ImagesAPI
import Synchronization
import Testing

@testable import Gesso

/// Names in the order in which they came.
private final class Sequence: Sendable {
    private let names = Mutex<[String]>([])
    var all: [String] { names.withLock { $0 } }
    func append(_ name: String) { names.withLock { $0.append(name) } }
}

@Suite("Priorities of tasks", .timeLimit(.minutes(5)))
struct PriorityTests {
    @Test(
        "fall into three levels, and none is as good as the middle one",
        arguments: zip(
            [TaskPriority.background, .utility, .low, .medium, TaskPriority(rawValue: 0), .high, .userInitiated],
            [0, 0, 0, 1, 1, 2, 2]))
    func levels(priority: TaskPriority, level: Int) {
        #expect(PriorityTurns.level(of: priority.rawValue) == level)
    }

    @Test("let higher levels go first, but no more than so many before one that waits", arguments: [1, 2, 5])
    func turns(most: Int) {
        var turns = PriorityTurns(maximumPasses: most)
        var order: [Int] = []
        for _ in 0..<(3 * (most + 1) * (most + 1)) {
            guard let level = turns.next({ _ in true }) else { break }
            turns.go(level) { _ in true }
            order.append(level)
        }
        for lower in 0..<2 {
            let gaps = order.split(separator: lower, omittingEmptySubsequences: false)
                .map { $0.filter { $0 > lower }.count }
            #expect(gaps.allSatisfy { $0 <= most } && gaps.count > 1)
        }
        #expect(order.first == 2 && Set(order) == [0, 1, 2])
    }

    @Test("let reservations of higher priority in first, those of one priority in order of arrival")
    func reservations() async throws {
        let budget = PixelBudget(bytes: 10)
        let order = Sequence()
        var tasks: [Task<Void, any Error>] = []
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        let holder = Task { try await budget.withReservation(10) { for await _ in held {} } }
        while budget.load.bytes < 10 { try await Task.sleep(for: .milliseconds(1)) }
        let names: [(String, TaskPriority)] = [
            ("low 1", .background), ("middle 1", .medium), ("low 2", .background), ("high 1", .high),
            ("middle 2", .medium), ("high 2", .high),
        ]
        for (index, (name, priority)) in names.enumerated() {
            tasks.append(
                Task.detached(priority: priority) { try await budget.withReservation(10) { order.append(name) } })
            // Not awaited: that would raise its priority.
            while budget.load.waiters <= index { try await Task.sleep(for: .milliseconds(1)) }
        }
        release.finish()
        try await holder.value
        for task in tasks { try await task.value }
        #expect(order.all == ["high 1", "high 2", "middle 1", "middle 2", "low 1", "low 2"])
    }

    @Test("let work of higher priority run first on the pool, and starve nobody")
    func pool() async throws {
        let pool = PixelPool(threadCount: 1)
        let order = Sequence()
        let gate = Semaphore()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let first = Task {
            try await pool.run {
                start.finish()
                gate.wait()
            }
        }
        for await _ in started {}
        let low = Task(executorPreference: pool, priority: .background) { order.append("low") }
        let high = (0..<20).map { _ in Task(executorPreference: pool, priority: .high) { order.append("high") } }
        gate.signal()
        try await first.value
        for task in high { await task.value }
        await low.value
        let expected = [String](repeating: "high", count: 16) + ["low"] + [String](repeating: "high", count: 4)
        #expect(order.all == expected)
    }

    @Test("pass no first of its line more often than is allowed, whatever comes", arguments: 0..<10)
    func bound(seed: Int) {
        var random = SeededGenerator(state: UInt64(seed) &* 7_919 &+ 1)
        var queue = ReservationQueue<Int>(limit: 1_000, maximumWaiters: 200, maximumOvertakes: 3)
        var lines: [[(id: Int, bytes: Int, passed: Int)]] = [[], [], []]
        var held: [Int] = []
        var most = 0

        func wentIn(_ level: Int, _ bytes: Int) {
            held.append(bytes)
            for lower in 0..<level where !lines[lower].isEmpty {
                lines[lower][0].passed += 1
                most = max(most, lines[lower][0].passed)
            }
        }
        func admit(_ ids: [Int]) {
            for id in ids {
                for level in 0..<3 {
                    guard let index = lines[level].firstIndex(where: { $0.id == id }) else { continue }
                    wentIn(level, lines[level].remove(at: index).bytes)
                }
            }
        }
        for id in 1...4_000 {
            let level = Int.random(in: 0..<3, using: &random)
            let bytes = Bool.random(using: &random) ? Int.random(in: 1...1_000, using: &random) : 10
            switch queue.request(bytes, id: UInt64(id), level: level, deadline: .now, id) {
            case .admitted: wentIn(level, bytes)
            case .queued: lines[level].append((id, bytes, 0))
            case .refused: break
            }
            // Fewer go than come, so that lines form.
            if Int.random(in: 0..<3, using: &random) > 0, let index = held.indices.randomElement(using: &random) {
                admit(queue.release(held.remove(at: index)))
            }
            #expect(queue.used == held.reduce(0, +) && queue.used <= 1_000)
            #expect(queue.waiterCount == lines.reduce(0) { $0 + $1.count })
        }
        #expect((1...16).contains(most))
        while !held.isEmpty { admit(queue.release(held.removeLast())) }
        #expect(lines.allSatisfy { $0.isEmpty })
    }

    /// A queue of 20 bytes. At low priority one waits for 6 bytes and one for 1; 16 of high priority went before them, which
    /// is the most. The last of these holds 15 bytes, and one more of high priority waits.
    private func queueAtLowTurn() -> ReservationQueue<String> {
        var queue = ReservationQueue<String>(limit: 20, maximumWaiters: 100, maximumOvertakes: 3)
        #expect(queue.request(20, id: 1, level: 2, deadline: .now, "first") == .admitted)
        #expect(queue.request(6, id: 2, level: 0, deadline: .now, "low 6") == .queued)
        #expect(queue.request(1, id: 3, level: 0, deadline: .now, "low 1") == .queued)
        for id in 4..<20 { #expect(queue.request(15, id: UInt64(id), level: 2, deadline: .now, "high") == .queued) }
        #expect(queue.request(15, id: 20, level: 2, deadline: .now, "last high") == .queued)
        #expect(queue.release(20) == ["high"])
        for _ in 1..<16 { #expect(queue.release(15) == ["high"]) }
        #expect(queue.used == 15)
        return queue
    }

    @Test("let nobody but the first of a lower line go before higher ones that wait")
    func smallOfLowerLine() {
        var queue = queueAtLowTurn()
        // 5 are free and kept for the first of the low line, though its second would fit.
        #expect(queue.release(0) == [])
        // After its turn that of the higher line comes, which fits no more.
        #expect(queue.release(15) == ["low 6"])
        #expect(queue.release(6) == ["last high", "low 1"])
    }

    @Test("do not count for one that comes later what those were passed who left", arguments: [true, false])
    func passesOfTheDeparted(isCancelled: Bool) {
        var queue = queueAtLowTurn()
        if isCancelled {
            #expect(queue.remove(3)?.admitted == [])
            #expect(queue.remove(2)?.admitted == [])
        } else {
            let all = queue.expire(at: .now).expired
            #expect(all.count == 3 && queue.waiterCount == 0)
            #expect(queue.request(15, id: 21, level: 2, deadline: .now, "last high") == .queued)
        }
        #expect(queue.request(6, id: 22, level: 0, deadline: .now, "new low") == .queued)
        #expect(queue.release(15) == ["last high"])
    }

    @Test("A thousand waiters that are cancelled leave no waiter, no byte and no place in the queue")
    func cancelled() async throws {
        let budget = PixelBudget(bytes: 10, maximumWaiters: 1_000)
        try await budget.withReservation(10) {
            let waiters = (0..<1_000).map { _ in Task.detached { try await budget.withReservation(1) {} } }
            while budget.load.waiters < 1_000 { try await Task.sleep(for: .milliseconds(1)) }
            for waiter in waiters { waiter.cancel() }
            for waiter in waiters {
                let error = await #expect(throws: GessoError.self) { try await waiter.value }
                #expect(error?.code == .cancelled)
            }
            #expect(budget.load == (10, 0))
        }
        #expect(budget.load == (0, 0))
        try await budget.withReservation(10) {}
    }
}
