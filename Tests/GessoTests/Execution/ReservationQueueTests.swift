import Testing

@testable import Gesso

@Suite("The queue of reservations")
struct ReservationQueueTests {
    private let start = ContinuousClock.now

    private func queue(_ limit: Int, waiters: Int = 1_024, overtakes: Int = 3) -> ReservationQueue<Int> {
        ReservationQueue(limit: limit, maximumWaiters: waiters, maximumOvertakes: overtakes)
    }

    /// Requests `bytes` for a waiter whose name is its identifier.
    private func request(_ queue: inout ReservationQueue<Int>, _ bytes: Int, _ id: Int) -> ReservationQueue<Int>.Outcome
    {
        queue.request(bytes, id: UInt64(id), deadline: start + .seconds(id), id)
    }

    @Test(
        "refuses sizes that are negative or above the limit, up to the ends of Int",
        arguments: [
            (-1, .negative), (.min, .negative), (11, .exceedsLimit), (.max, .exceedsLimit),
        ] as [(Int, ReservationQueue<Int>.Rejection)])
    func sizes(bytes: Int, refusal: ReservationQueue<Int>.Rejection) {
        var queue = queue(10)
        #expect(request(&queue, 10, 1) == .admitted)
        #expect(request(&queue, bytes, 2) == .refused(refusal))
        let isAdmitted = queue.admit(bytes)
        #expect(!isAdmitted)
        #expect((queue.used, queue.waiterCount) == (10, 0))
    }

    @Test("does not overflow at a limit of the largest number")
    func largest() {
        var queue = queue(.max)
        #expect(request(&queue, .max, 1) == .admitted)
        #expect(request(&queue, .max, 2) == .queued)
        #expect(queue.release(.max) == [2])
        #expect(queue.release(.max) == [])
        #expect(queue.used == 0)
    }

    @Test("takes limits below 0 as 0 and then admits what needs nothing")
    func nothing() {
        var queue = queue(-5, waiters: -1, overtakes: -1)
        #expect(request(&queue, 0, 1) == .admitted)
        #expect(request(&queue, 1, 2) == .refused(.exceedsLimit))
    }

    @Test("admits in order of arrival")
    func order() {
        var queue = queue(10)
        #expect(request(&queue, 10, 1) == .admitted)
        for id in 2...5 { #expect(request(&queue, 10, id) == .queued) }
        for id in 2...5 { #expect(queue.release(10) == [id]) }
        #expect(queue.release(10) == [])
    }

    @Test(
        "lets small ones pass a large one as often as is allowed, and no more, whether they wait or come",
        arguments: [
            true, false,
        ])
    func overtaking(theyWait: Bool) {
        var queue = queue(100, overtakes: 3)
        #expect(request(&queue, theyWait ? 100 : 60, 1) == .admitted)
        #expect(request(&queue, 90, 2) == .queued)
        var passed: [Int] = []
        for id in 3...9 where request(&queue, 5, id) == .admitted { passed.append(id) }
        if theyWait {
            #expect(passed == [])
            // 40 are free for those of 5, the first of the line needs 90.
            #expect(queue.release(40) == [3, 4, 5])
        } else {
            #expect(passed == [3, 4, 5])
        }
        #expect(queue.admit(5) == false)
        // What becomes free is kept for the first now.
        #expect(queue.release(5) == [] && queue.release(5) == [] && queue.release(5) == [])
        #expect(queue.used == 60)
        #expect(queue.release(60) == [2, 6, 7])
        #expect(queue.used == 100)
    }

    @Test(
        "passes nobody more than is allowed, whatever comes, and never waits with what would fit the first",
        arguments: 0..<20)
    func bound(seed: Int) {
        var random = SeededGenerator(state: UInt64(seed) &* 7919 &+ 1)
        let allowed = Int.random(in: 0...5, using: &random)
        var queue = queue(1_000, waiters: 50, overtakes: allowed)
        var waiting: [Int: (bytes: Int, passed: Int)] = [:]
        var held: [Int] = []
        var most = 0

        func admitted(_ id: Int, _ bytes: Int) {
            waiting[id] = nil
            held.append(bytes)
            for (other, entry) in waiting where other < id {
                waiting[other] = (entry.bytes, entry.passed + 1)
                most = max(most, entry.passed + 1)
            }
        }
        func admit(_ ids: [Int]) {
            for id in ids { admitted(id, waiting[id]?.bytes ?? 0) }
        }
        for id in 1...3_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5:
                let bytes = Bool.random(using: &random) ? Int.random(in: 1...1_000, using: &random) : 10
                switch request(&queue, bytes, id) {
                case .admitted: admitted(id, bytes)
                case .queued: waiting[id] = (bytes, 0)
                case .refused(let refusal): #expect(refusal == .tooManyWaiters && waiting.count == 50)
                }
            case 5..<9:
                guard let index = held.indices.randomElement(using: &random) else { continue }
                admit(queue.release(held.remove(at: index)))
            default:
                guard let victim = waiting.keys.sorted().randomElement(using: &random) else { continue }
                let removed = queue.remove(UInt64(victim))
                #expect(removed?.waiter == victim)
                waiting[victim] = nil
                admit(removed?.admitted ?? [])
            }
            #expect(queue.used == held.reduce(0, +))
            #expect(queue.used <= 1_000)
            #expect(queue.waiterCount == waiting.count)
            if let first = waiting.keys.min(), let bytes = waiting[first]?.bytes { #expect(queue.used + bytes > 1_000) }
        }
        #expect(most <= allowed)
        #expect(most == allowed || allowed > 3)
        while !held.isEmpty { admit(queue.release(held.removeLast())) }
        #expect(waiting.isEmpty)
    }

    @Test("takes a waiter out from any place, and then admits whom it held up")
    func removal() {
        var queue = queue(10, overtakes: 0)
        #expect(request(&queue, 6, 1) == .admitted)
        #expect(request(&queue, 8, 2) == .queued)
        #expect(request(&queue, 3, 3) == .queued)
        #expect(request(&queue, 9, 4) == .queued)
        #expect(request(&queue, 1, 5) == .queued)
        #expect(queue.remove(9) == nil)
        #expect(queue.remove(4)?.admitted == [])
        let removed = queue.remove(2)
        #expect(removed?.waiter == 2)
        #expect(removed?.admitted == [3, 5])
        #expect(queue.remove(3) == nil)
    }

    @Test("ends the waits whose time has come, and then admits whom they held up")
    func deadlines() {
        var queue = queue(10, overtakes: 0)
        #expect(request(&queue, 6, 1) == .admitted)
        #expect(queue.nextDeadline == nil)
        #expect(request(&queue, 8, 2) == .queued)
        #expect(request(&queue, 9, 3) == .queued)
        #expect(request(&queue, 2, 4) == .queued)
        #expect(queue.nextDeadline == start + .seconds(2))
        let early = queue.expire(at: start + .milliseconds(1_999))
        #expect(early.expired == [] && early.admitted == [])
        let late = queue.expire(at: start + .seconds(3))
        #expect(late.expired == [2, 3] && late.admitted == [4])
        #expect(queue.nextDeadline == nil)
        #expect(queue.remove(2) == nil)
    }

    @Test("keeps nothing of those who left, though the first waits on")
    func storage() {
        var queue = queue(10, overtakes: 1_000_000)
        #expect(request(&queue, 9, 1) == .admitted)
        #expect(request(&queue, 10, 2) == .queued)
        var id = 2
        for round in 0..<20_000 {
            id += 1
            // Left by cancelling, by passing the first, or at once.
            switch round % 3 {
            case 0:
                #expect(request(&queue, 5, id) == .queued)
                #expect(queue.remove(UInt64(id))?.waiter == id)
            case 1:
                let isAdmitted = queue.admit(1)
                #expect(isAdmitted)
                #expect(request(&queue, 1, id) == .queued)
                #expect(queue.release(1) == [id])
                #expect(queue.release(1) == [])
            default:
                #expect(request(&queue, 1, id) == .admitted)
                #expect(queue.release(1) == [])
            }
            #expect(queue.storedCount <= 2 * queue.waiterCount + 18)
        }
    }

    @Test("takes time in proportion to the work with 200,000 waiters", .timeLimit(.minutes(5)))
    func many() {
        let count = 200_000
        var queue = queue(count, waiters: count, overtakes: .max)
        #expect(request(&queue, count, 1) == .admitted)
        for id in 2...count + 1 { _ = request(&queue, 1 + id % 7, id) }
        #expect(queue.waiterCount == count)
        // From the far end, from the near end, and by passing: each would take n² / 4 steps in a plain array.
        for id in stride(from: count + 1, to: count / 2, by: -1) { _ = queue.remove(UInt64(id)) }
        _ = queue.expire(at: start + .seconds(count / 4))
        #expect(queue.waiterCount == count / 4)
        var admitted = 0
        for _ in 0..<count { admitted += queue.release(1).count }
        #expect(admitted > count / 8)
    }
}
