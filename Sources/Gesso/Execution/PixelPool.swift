import GessoPixels
import Synchronization

/// Threads of our own for pixels and codecs.
///
/// Swift's cooperative pool has one thread a core and expects work that never lasts long: a 48-megapixel decode on it
/// would stall every other request of a server. Tasks given to ``run(_:)`` execute here instead, in order of arrival, those of
/// tasks with a higher priority first (at most 16 of them before the first of a lower one).
/// Threads are made when there is work for the first time, have a stack of 2 MiB of which only what is used is resident,
/// and end with the pool.
public final class PixelPool: TaskExecutor {
    /// The pool that the library uses, with as many threads as ``configure(pixelBudget:threads:)`` says.
    public static let shared = PixelPool(PixelPool.Limits.resolved())

    /// The most threads that the pool has.
    public let threadCount: Int
    private let workers: PoolWorkers
    private let misconfiguration: GessoError?

    /// A pool with that many threads, at least one.
    public convenience init(threadCount: Int) { self.init(threadCount: threadCount, start: PoolThread.start) }

    private convenience init(_ limits: Result<PixelPool.Limits, GessoError>) {
        switch limits {
        case .success(let limits): self.init(threadCount: limits.threads)
        case .failure(let error): self.init(threadCount: 1, start: PoolThread.start, misconfiguration: error)
        }
    }

    /// `start` makes one thread, and returns 0 or the code of the error that kept it from doing so.
    init(threadCount: Int, start: @escaping PoolThread.Start, misconfiguration: GessoError? = nil) {
        self.threadCount = max(1, threadCount)
        workers = PoolWorkers(count: self.threadCount, start: start)
        self.misconfiguration = misconfiguration
    }

    deinit { workers.close() }

    /// Runs `work` on one of the pool's threads and waits for it without holding a cooperative thread.
    ///
    /// Throws what `work` throws, and `GessoError` with `threadUnavailable` when the pool has no thread and the system
    /// gives it none; with fewer threads than it should have it works on, and retries to make the others.
    public func run<R: Sendable>(_ work: @Sendable () throws -> R) async throws -> R {
        if let misconfiguration { throw misconfiguration }
        try workers.startThreads()
        return try await withTaskExecutorPreference(workers) { try await onExecutor(work) }
    }

    private nonisolated func onExecutor<R: Sendable>(_ work: () throws -> R) async throws -> R {
        try PixelWork.onPoolThread(work)
    }

    /// Runs a job of Swift's tasks on the pool (`TaskExecutor`).
    public func enqueue(_ job: consuming ExecutorJob) { workers.enqueue(UnownedJob(job), on: asUnownedTaskExecutor()) }
}
