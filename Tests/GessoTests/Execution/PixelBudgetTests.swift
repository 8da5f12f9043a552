import Synchronization
import Testing

@testable import Gesso

/// How many bytes are in use, and the most there ever were.
private final class Load: Sendable {
    private let state = Mutex((now: 0, most: 0))
    var now: Int { state.withLock { $0.now } }
    var most: Int { state.withLock { $0.most } }

    func add(_ bytes: Int) {
        state.withLock { $0 = ($0.now + bytes, max($0.most, $0.now + bytes)) }
    }
}

@Suite("The pixel budget", .timeLimit(.minutes(15)))
struct PixelBudgetTests {
    @Test("never lets more bytes in than it has")
    func bounded() async throws {
        let budget = PixelBudget(bytes: 100)
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<200 {
                let bytes = 1 + index * 7 % 60
                group.addTask {
                    try await budget.withReservation(bytes) {
                        load.add(bytes)
                        await Task.yield()
                        load.add(-bytes)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(load.now == 0)
        #expect(load.most <= 100)
        #expect(load.most > 30)
    }

    @Test("refuses at once what it can never afford, and what would wait in too long a queue")
    func refuses() async throws {
        let budget = PixelBudget(bytes: 10, maximumWaiters: 0)
        await #expect(throws: GessoError.self) { try await budget.withReservation(11) {} }
        try await budget.withReservation(10) {
            let error = await #expect(throws: GessoError.self) { try await budget.withReservation(1) {} }
            #expect(error?.code == .overloaded)
        }
        try await budget.withReservation(10) {}
    }

    @Test("lets as many wait as it may and refuses one more")
    func waiters() async throws {
        let budget = PixelBudget(bytes: 10, maximumWaiters: 2)
        #expect(PixelBudget.shared.limit == (try PixelPool.Limits.current().pixelBudget))
        #expect(PixelBudget.shared.maximumWaiters == 1_024)
        #expect(PixelBudget.shared.timeout == .seconds(600))
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await budget.withReservation(10) {
                begin.finish()
                for await _ in held {}
            }
        }
        for await _ in begun {}
        await withTaskGroup(of: GessoError.Code?.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    do {
                        try await budget.withReservation(1) {}
                        return nil
                    } catch {
                        return (error as? GessoError)?.code
                    }
                }
            }
            // Only the third to come can be done while all bytes are held.
            #expect(await group.next() == .overloaded)
            release.finish()
            for await code in group { #expect(code == nil) }
        }
        try await holder.value
        try await budget.withReservation(10) {}
    }

    @Test("lets a cancelled waiter go and gives its place to the next")
    func cancellation() async throws {
        let budget = PixelBudget(bytes: 10)
        try await budget.withReservation(10) {
            let waiter = Task.detached { try await budget.withReservation(5) {} }
            try await Task.sleep(for: .milliseconds(20))
            waiter.cancel()
            let error = await #expect(throws: GessoError.self) { try await waiter.value }
            #expect(error?.code == .cancelled)
        }
        try await budget.withReservation(10) {}
    }

    @Test("refuses sizes below 0 and those that no budget has", arguments: [-1, .min, 11, .max])
    func sizes(bytes: Int) async throws {
        let budget = PixelBudget(bytes: 10)
        try await budget.withReservation(3) {
            // In a task of its own, which holds nothing.
            let error = await Task.detached {
                await #expect(throws: GessoError.self) { try await budget.withReservation(bytes) {} }
            }.value
            #expect(error?.code == (bytes < 0 ? .invalidParameter : .limitExceeded))
            #expect(error?.stage == "budget")
        }
        #expect(budget.load == (0, 0))
    }

    @Test("ends a wait at its deadline with a typed error, and lets those behind in")
    func deadline() async throws {
        let budget = PixelBudget(bytes: 10, maximumOvertakes: 0, timeout: .milliseconds(50))
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        let holder = Task { try await budget.withReservation(6) { for await _ in held {} } }
        while budget.load.bytes == 0 { await Task.yield() }
        let large = Task { try await budget.withReservation(8) {} }
        while budget.load.waiters == 0 { await Task.yield() }
        let small = Task { try await budget.withReservation(3) {} }
        let error = await #expect(throws: GessoError.self) { try await large.value }
        #expect(error?.code == .timedOut)
        // Whether it waited or came later, nobody stands before it any more, unless its own time ended as well.
        if case .failure(let error) = await small.result { #expect((error as? GessoError)?.code == .timedOut) }
        // A second round of waiting has a clock, too.
        let second = await #expect(throws: GessoError.self) { try await budget.withReservation(8) {} }
        #expect(second?.code == .timedOut)
        #expect(budget.load == (6, 0))
        release.finish()
        try await holder.value
        #expect(budget.load == (0, 0))
    }

    @Test("takes any timeout", arguments: [Duration.seconds(Int64.max), .seconds(-1), .zero])
    func timeouts(timeout: Duration) async throws {
        let budget = PixelBudget(bytes: 10, timeout: timeout)
        let waiter = try await budget.withReservation(10) {
            let waiter = Task.detached { try await budget.withReservation(1) {} }
            if timeout > .zero {
                while budget.load.waiters == 0 { await Task.yield() }
            } else {
                let error = await #expect(throws: GessoError.self) { try await waiter.value }
                #expect(error?.code == .timedOut)
            }
            return waiter
        }
        if timeout > .zero { try await waiter.value }
    }

    @Test("refuses a reservation inside one of its own, also in a task that was started there")
    func nesting() async throws {
        let budget = PixelBudget(bytes: 100)
        try await budget.withReservation(10) {
            let direct = await #expect(throws: GessoError.self) { try await budget.withReservation(1) {} }
            #expect(direct?.code == .nestedReservation)
            #expect(direct?.message.contains("10 bytes") == true)
            await #expect(throws: GessoError.self) {
                async let child: Void = budget.withReservation(1) {}
                try await child
            }
            let unstructured = Task { try await budget.withReservation(1) {} }
            await #expect(throws: GessoError.self) { try await unstructured.value }
            // Another budget is another matter; inside of it the first is still held.
            try await PixelBudget(bytes: 5).withReservation(5) {
                let inner = await #expect(throws: GessoError.self) { try await budget.withReservation(1) {} }
                #expect(inner?.code == .nestedReservation)
            }
            let onPool = Task(executorPreference: PixelPool.shared) { try await budget.withReservation(1) {} }
            await #expect(throws: GessoError.self) { try await onPool.value }
        }
        #expect(budget.load == (0, 0))
    }

    @Test("knows a reservation that has ended, in a task that lives on")
    func afterwards() async throws {
        let budget = PixelBudget(bytes: 10)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let later = try await budget.withReservation(10) {
            Task {
                for await _ in ended {}
                try await budget.withReservation(10) {}
            }
        }
        end.finish()
        try await later.value
        #expect(budget.load == (0, 0))
    }

    @Test("gives all bytes back after a storm of cancellations, refusals, timeouts and errors")
    func storm() async throws {
        struct Failure: Error {}
        let budget = PixelBudget(bytes: 100, maximumWaiters: 8, maximumOvertakes: 2, timeout: .milliseconds(2))
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<4_000 {
                let work = Task {
                    try await budget.withReservation(index * 37 % 100) {
                        await Task.yield()
                        if index % 5 == 0 { throw Failure() }
                    }
                }
                if index % 2 == 0 { group.addTask { work.cancel() } }
                group.addTask { _ = await work.result }
                if index % 64 == 0 { await group.next() }
            }
        }
        #expect(budget.load == (0, 0))
        try await budget.withReservation(100) {}
    }

    @Test("lets a small one in behind a large one that waits, while there is room")
    func overtaking() async throws {
        let budget = PixelBudget(bytes: 100 << 20)
        let (held, release) = AsyncStream.makeStream(of: Void.self)
        let holder = Task { try await budget.withReservation(60 << 20) { for await _ in held {} } }
        while budget.load.bytes == 0 { await Task.yield() }
        let large = Task { try await budget.withReservation(80 << 20) {} }
        while budget.load.waiters == 0 { await Task.yield() }
        // The holder and the large one are there until this has passed them as often as it may.
        for _ in 0..<budget.maximumOvertakes { try await budget.withReservation(1_024) {} }
        let blocked = Task { try await budget.withReservation(1_024) {} }
        while budget.load.waiters == 1 { await Task.yield() }
        #expect(budget.load == (60 << 20, 2))
        release.finish()
        try await large.value
        try await blocked.value
        try await holder.value
    }
}
