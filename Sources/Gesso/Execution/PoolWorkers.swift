import DequeModule
import GessoPixels
import ImagesAPI
import Synchronization

/// The threads of a pool and the jobs that wait for them, those of tasks with a higher priority first, and of one priority
/// first in first out.
///
/// The threads hold this object and not the pool, so that the pool's end can end them.
final class PoolWorkers: TaskExecutor {
    private struct State {
        /// One for each level of priority.
        var lines = [Deque<(job: UnownedJob, executor: UnownedTaskExecutor)>](
            repeating: [], count: PriorityTurns.levelCount)
        var turns = PriorityTurns()
        var threads = 0
        var isClosed = false

        mutating func next() -> (job: UnownedJob, executor: UnownedTaskExecutor)? {
            guard let level = turns.next({ !lines[$0].isEmpty }) else { return nil }
            let next = lines[level].popFirst()
            turns.go(level) { !lines[$0].isEmpty }
            return next
        }
    }

    private let count: Int
    private let start: PoolThread.Start
    private let state = Mutex(State())
    private let available = Semaphore()
    /// All threads run: read without the lock.
    private let isComplete = Atomic(false)

    init(count: Int, start: @escaping PoolThread.Start) {
        self.count = count
        self.start = start
    }

    /// Makes the threads that are missing; throws only when there is none at all.
    func startThreads() throws(GessoError) {
        if isComplete.load(ordering: .acquiring) { return }
        let (code, threads) = state.withLock { state in
            var code: Int32 = 0
            while code == 0, state.threads < count {
                code = start { [self] in work() }
                if code == 0 { state.threads += 1 }
            }
            if state.threads == count { isComplete.store(true, ordering: .releasing) }
            return (code, state.threads)
        }
        guard threads == 0 else { return }
        throw GessoError(
            .threadUnavailable, stage: "execution",
            "The system gives no thread for pixel work (error \(code)); raise its limit on threads or address space "
                + "(ulimit -u, ulimit -v, pids.max), or retry later.",
            facts: ["code": "\(code)"])
    }

    func enqueue(_ job: consuming ExecutorJob) { enqueue(UnownedJob(job), on: asUnownedTaskExecutor()) }

    /// Lets a thread run `job` for `executor`, the one that the job's task asked for.
    func enqueue(_ job: UnownedJob, on executor: UnownedTaskExecutor) {
        // A job cannot be refused. Without any thread it runs on Swift's own, rather than never.
        do throws(GessoError) { try startThreads() } catch { return globalConcurrentExecutor.enqueue(job) }
        let level = PriorityTurns.level(of: job.priority.rawValue)
        state.withLock { $0.lines[level].append((job, executor)) }
        available.signal()
    }

    /// Ends the threads when no job is left.
    func close() {
        let threads = state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { available.signal() }
    }

    private func work() {
        while true {
            available.wait()
            let (next, isOver) = state.withLock { state in (state.next(), state.isClosed) }
            if let next {
                next.job.runSynchronously(on: next.executor)
            } else if isOver {
                return
            }
        }
    }
}
