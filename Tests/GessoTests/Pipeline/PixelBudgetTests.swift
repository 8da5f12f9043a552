import Gesso
import Synchronization
import Testing

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
        #expect(PixelBudget.shared.limit == 512 << 20)
        #expect(PixelBudget.shared.maximumWaiters == 1_024)
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
            let waiter = Task { try await budget.withReservation(5) {} }
            try await Task.sleep(for: .milliseconds(20))
            waiter.cancel()
            let error = await #expect(throws: GessoError.self) { try await waiter.value }
            #expect(error?.code == .cancelled)
        }
        try await budget.withReservation(10) {}
    }
}
