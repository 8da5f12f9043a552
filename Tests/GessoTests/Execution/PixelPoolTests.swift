import ImagesAPI
import Synchronization
import Testing

@testable import Gesso

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Makes threads, but only as many as it may.
private final class ThreadSupply: Sendable {
    private let state: Mutex<(left: Int, asked: Int)>

    init(_ count: Int) { state = Mutex((count, 0)) }

    func grant(_ count: Int) { state.withLock { $0.left += count } }
    var asked: Int { state.withLock { $0.asked } }

    @Sendable func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
        let isGranted = state.withLock { state in
            state.asked += 1
            guard state.left > 0 else { return false }
            state.left -= 1
            return true
        }
        return isGranted ? PoolThread.start(body) : EAGAIN
    }
}

/// Numbers in the order in which they came.
private final class Order: Sendable {
    private let numbers = Mutex<[Int]>([])
    var all: [Int] { numbers.withLock { $0 } }
    func append(_ number: Int) { numbers.withLock { $0.append(number) } }
}

@Suite("The pixel pool", .timeLimit(.minutes(5)))
struct PixelPoolTests {
    @Test("fails with a typed error when no thread can be made, and works as soon as one can")
    func noThread() async throws {
        let supply = ThreadSupply(0)
        let pool = PixelPool(threadCount: 2, start: supply.start)
        for _ in 0..<3 {
            let error = await #expect(throws: GessoError.self) { try await pool.run { 1 } }
            #expect(error?.code == .threadUnavailable)
            #expect(error?.facts["code"] == "\(EAGAIN)")
        }
        supply.grant(1)
        #expect(try await pool.run { 2 } == 2)
    }

    @Test("works with fewer threads than it should have, and makes the others later")
    func partial() async throws {
        let supply = ThreadSupply(1)
        let pool = PixelPool(threadCount: 3, start: supply.start)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<100 { group.addTask { try await pool.run { index } } }
            var sum = 0
            for try await value in group { sum += value }
            #expect(sum == 4_950)
        }
        supply.grant(5)
        try await pool.run {}
        let asked = supply.asked
        try await pool.run {}
        #expect(supply.asked == asked)
    }

    @Test("runs a task that prefers it even without any thread")
    func preference() async {
        let pool = PixelPool(threadCount: 1, start: ThreadSupply(0).start)
        #expect(await Task(executorPreference: pool) { 3 }.value == 3)
    }

    @Test("makes no thread before there is work")
    func lazily() async throws {
        let supply = ThreadSupply(4)
        let pool = PixelPool(threadCount: 4, start: supply.start)
        #expect(supply.asked == 0)
        try await pool.run {}
        #expect(supply.asked == 4)
    }

    @Test("runs work in order of arrival")
    func order() async throws {
        let pool = PixelPool(threadCount: 1)
        let order = Order()
        let (started, start) = AsyncStream.makeStream(of: Void.self)
        let release = Semaphore()
        let first = Task {
            try await pool.run {
                start.finish()
                release.wait()
            }
        }
        for await _ in started {}
        let tasks = (0..<50).map { index in
            Task(executorPreference: pool) { order.append(index) }
        }
        release.signal()
        try await first.value
        for task in tasks { await task.value }
        #expect(order.all == Array(0..<50))
    }

    @Test("ends its threads with itself, after the work that was given to it")
    func end() async throws {
        let ended = Mutex(0)
        let start: PoolThread.Start = { body in
            PoolThread.start {
                body()
                ended.withLock { $0 += 1 }
            }
        }
        var pool: PixelPool? = PixelPool(threadCount: 3, start: start)
        #expect(try await pool?.run { 7 } == 7)
        pool = nil
        while ended.withLock({ $0 }) < 3 { try await Task.sleep(for: .milliseconds(5)) }
    }

    #if canImport(Glibc)
    @Test("has threads that leave signals to others, but for those that tell of a crash")
    func signals() async throws {
        let (isBlocked, isCrashBlocked) = try await PixelPool(threadCount: 1).run {
            var mask = sigset_t()
            pthread_sigmask(SIG_SETMASK, nil, &mask)
            return (sigismember(&mask, SIGTERM) == 1, sigismember(&mask, SIGSEGV) == 1)
        }
        #expect(isBlocked && !isCrashBlocked)
    }
    #endif
}
