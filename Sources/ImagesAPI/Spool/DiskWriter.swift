import CGessoCurl

/// Does work that may wait for a disk, on threads of its own: never on the transport's thread and never on Swift's.
///
/// A job gets a thread at once, up to ``maximumThreads`` at a time, so that a slow disk holds up only those who use it;
/// later jobs wait in order. A thread ends as soon as no job is left, so nothing remains of a writer that is idle.
final class DiskWriter: Sendable {
    typealias Job = @Sendable () -> Void

    static let shared = DiskWriter()
    static let maximumThreads = 8

    private struct State {
        var jobs: [Job] = []
        var threads = 0
    }

    private let state = Locked(State())

    /// Takes a job; false when there is no thread to do it, and none could be started.
    func enqueue(_ job: @escaping Job) -> Bool {
        state.withLock { state in
            state.jobs.append(job)
            guard state.threads < Self.maximumThreads else { return true }
            let context = Unmanaged.passRetained(self).toOpaque()
            let error = gesso_thread_start(
                "gesso-disk",
                { context in
                    guard let context else { return }
                    Unmanaged<DiskWriter>.fromOpaque(context).takeRetainedValue().work()
                }, context)
            if error == 0 {
                state.threads += 1
                return true
            }
            Unmanaged<DiskWriter>.fromOpaque(context).release()
            // Another thread gets to it.
            if state.threads > 0 { return true }
            state.jobs.removeLast()
            return false
        }
    }

    private func work() {
        while true {
            let job = state.withLock { state -> Job? in
                guard state.jobs.isEmpty else { return state.jobs.removeFirst() }
                state.threads -= 1
                return nil
            }
            guard let job else { return }
            job()
        }
    }

    /// Runs `work` and waits for it without holding a thread of Swift's.
    ///
    /// When the task is cancelled the wait ends at once with `cancelled`, and the work is done all the same: half of a
    /// change to a file is worse than all of it. `undo` is given its result then.
    ///
    /// Throws `outOfMemory` when no thread can be started, and what `work` throws.
    func run<Success: Sendable>(
        _ work: @escaping @Sendable () throws -> Success, undo: @escaping @Sendable (Success) -> Void = { _ in }
    ) async throws -> Success {
        let wait = DiskWait<Success>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait.begin(continuation)
                let isTaken = enqueue {
                    let result = Result { try work() }
                    if !wait.finish(result), case .success(let value) = result { undo(value) }
                }
                if !isTaken {
                    _ = wait.finish(
                        .failure(
                            ImagesAPIError(
                                .outOfMemory,
                                "No thread could be started to write to the disk; raise the limit of threads of this "
                                    + "process, or its memory.")))
                }
            }
        } onCancel: {
            _ = wait.finish(
                .failure(ImagesAPIError(.cancelled, "The task was cancelled while it waited for the disk.")))
        }
    }
}

/// One wait for the disk, which ends once: with the work's result or with the task's cancellation.
private final class DiskWait<Success: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Success, any Error>)
        /// The cancellation came before the wait began.
        case early(Result<Success, any Error>)
        case over
    }

    private let state = Locked(State.new)

    func begin(_ continuation: CheckedContinuation<Success, any Error>) {
        let early = state.withLock { state -> Result<Success, any Error>? in
            if case .early(let result) = state {
                state = .over
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Whether `result` is what the wait ended with.
    func finish(_ result: Result<Success, any Error>) -> Bool {
        let (continuation, isFirst) = state.withLock { state -> (CheckedContinuation<Success, any Error>?, Bool) in
            switch state {
            case .new:
                state = .early(result)
                return (nil, true)
            case .waiting(let continuation):
                state = .over
                return (continuation, true)
            case .early, .over: return (nil, false)
            }
        }
        continuation?.resume(with: result)
        return isFirst
    }
}
