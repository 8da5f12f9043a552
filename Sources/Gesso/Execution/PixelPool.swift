import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Threads of our own for pixels and codecs.
///
/// Swift's cooperative pool has one thread a core and expects work that never lasts long: a 48-megapixel decode on it
/// would stall every other request of a server. Tasks given to ``run(_:)`` execute here instead, in order of arrival.
public final class PixelPool: TaskExecutor {
    /// As many threads as the process may use cores.
    public static let shared = PixelPool(threadCount: PixelPool.availableCores)

    private let queue = Mutex<[UnownedJob]>([])
    private let available = Semaphore()

    /// A pool with that many threads (at least one), started at once; they live as long as the process.
    public init(threadCount: Int) {
        for index in 0..<max(1, threadCount) { start(index) }
    }

    /// Runs `work` on one of the pool's threads and waits for it without holding a cooperative thread.
    public func run<R: Sendable>(_ work: @Sendable () throws -> R) async throws -> R {
        try await withTaskExecutorPreference(self) { try await onExecutor(work) }
    }

    private nonisolated func onExecutor<R: Sendable>(_ work: () throws -> R) async throws -> R { try work() }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.withLock { $0.append(job) }
        available.signal()
    }

    private func start(_ index: Int) {
        let context = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let failure = pthread_create(&thread, nil, { PixelPool.threadMain($0) }, context)
        if failure == 0 { pthread_detach(thread) } else { Unmanaged<PixelPool>.fromOpaque(context).release() }
    }

    private static func threadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        let pool = Unmanaged<PixelPool>.fromOpaque(context).takeRetainedValue()
        while true {
            pool.available.wait()
            let job = pool.queue.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            job?.runSynchronously(on: pool.asUnownedTaskExecutor())
        }
    }

    /// The cores that the scheduler and the control group grant this process.
    public static var availableCores: Int {
        var cores = ProcessInfo.processInfo.activeProcessorCount
        if let quota = CgroupLimit.cores { cores = min(cores, quota) }
        return max(1, cores)
    }
}
