import CGessoCurl

/// Does work that may wait for a disk on threads of its own, never on the transport's thread and never on Swift's.
///
/// Each directory has a writer of its own, so that a disk that does not respond delays only work on that disk. A job
/// gets a thread at once, up to ``maximumThreads`` at a time; later jobs wait in order. A thread ends when no job is
/// left and no thread is held, so an idle writer uses none.
package final class DiskWriter: Sendable {
    typealias Job = @Sendable () -> Void
    /// Starts a thread that calls `work` of the writer; returns 0, or the code of the error (errno.h).
    typealias Start = @Sendable (_ writer: DiskWriter) -> Int32

    /// Threads of one folder.
    static let maximumThreads = 8
    /// Threads of all directories beyond the first one of each, including those that a dead disk blocks for ever.
    static let maximumFurtherThreads = 64
    /// Threads of all folders.
    static let maximumThreadsOfAll = 1_024
    /// Jobs of one directory that may wait for a thread, if a caller waits for them.
    static let maximumWaiting = 4_096

    private struct Weak: Sendable { weak var writer: DiskWriter? }

    private static let folders = Locked<[String: Weak]>([:])
    private static let threadsOfAll = Locked(0)

    /// The writer for work on one directory; two spellings of a path get two writers.
    package static func shared(for folder: String) -> DiskWriter {
        folders.withLock { folders in
            if let writer = folders[folder]?.writer { return writer }
            folders = folders.filter { $0.value.writer != nil }
            let writer = DiskWriter(countedIn: threadsOfAll)
            folders[folder] = Weak(writer: writer)
            return writer
        }
    }

    private struct State {
        var jobs: [Job] = []
        var threads = 0
        /// Threads that wait for a job and have not been woken.
        var idle = 0
        var holds = 0
    }

    private let state = Locked(State())
    private let woken = Semaphore()
    private let start: Start
    private let allThreads: Locked<Int>

    /// - Parameter allThreads: the number of threads of all writers that share a limit.
    init(countedIn allThreads: Locked<Int> = Locked(0), start: @escaping Start = DiskWriter.startThread) {
        self.allThreads = allThreads
        self.start = start
    }

    /// Takes a job; false when there is no thread to do it and none could be started, or when `limit` jobs wait already.
    func enqueue(limit: Int = .max, _ job: @escaping Job) -> Bool {
        state.withLock { state in
            guard state.jobs.count < limit else { return false }
            if state.idle > 0 {
                wakeOne(&state)
            } else if !startOne(&state), state.threads == 0 {
                return false
            }
            // If it has no thread of its own, another one does it later.
            state.jobs.append(job)
            return true
        }
    }

    /// Keeps one thread for as long as the hold lives, so that each job gets to a thread.
    ///
    /// - Throws: `outOfMemory` when there is no thread and none can be started.
    func holdThread() throws(ImagesAPIError) -> Hold {
        let isHeld = state.withLock { state in
            guard state.threads > 0 || startOne(&state) else { return false }
            state.holds += 1
            return true
        }
        guard isHeld else { throw Self.noThread }
        return Hold(self)
    }

    /// Keeps a thread of a writer.
    final class Hold: Sendable {
        private let writer: DiskWriter

        fileprivate init(_ writer: DiskWriter) { self.writer = writer }

        /// Takes a job, which the held thread does if no other does.
        func enqueue(_ job: @escaping Job) { _ = writer.enqueue(job) }

        deinit {
            writer.state.withLock { state in
                state.holds -= 1
                if state.holds == 0, state.idle > 0 { writer.wakeOne(&state) }
            }
        }
    }

    private func wakeOne(_ state: inout State) {
        state.idle -= 1
        woken.signal()
    }

    private func startOne(_ state: inout State) -> Bool {
        guard state.threads < Self.maximumThreads else { return false }
        // A directory without a thread gets one, however many threads others have.
        let limit = state.threads == 0 ? Self.maximumThreadsOfAll : Self.maximumFurtherThreads
        let isAllowed = allThreads.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard isAllowed else { return false }
        guard start(self) == 0 else {
            allThreads.withLock { $0 -= 1 }
            return false
        }
        state.threads += 1
        return true
    }

    @Sendable static func startThread(_ writer: DiskWriter) -> Int32 {
        let context = Unmanaged.passRetained(writer).toOpaque()
        let error = gesso_thread_start(
            "gesso-disk",
            { context in
                guard let context else { return }
                Unmanaged<DiskWriter>.fromOpaque(context).takeRetainedValue().work()
            }, context)
        if error != 0 { Unmanaged<DiskWriter>.fromOpaque(context).release() }
        return error
    }

    private enum Next {
        case job(Job)
        case waitForOne
        case end
    }

    private func work() {
        while true {
            let next = state.withLock { state -> Next in
                if !state.jobs.isEmpty { return .job(state.jobs.removeFirst()) }
                // One idle thread is enough; others are started when there are more jobs.
                if state.holds > 0, state.idle == 0 {
                    state.idle = 1
                    return .waitForOne
                }
                state.threads -= 1
                allThreads.withLock { $0 -= 1 }
                return .end
            }
            switch next {
            case .job(let job): job()
            case .waitForOne: woken.wait()
            case .end: return
            }
        }
    }

    /// Runs `work` and waits for it, without holding a thread of Swift's, for at most `timeout`.
    ///
    /// When the task is cancelled or the timeout is over, the wait ends at once. Work with an `undo` is then not begun,
    /// or `undo` gets its result; other work is done all the same.
    ///
    /// Throws `cancelled`; `spoolNotWritable` when the time is over or too much work waits already; `outOfMemory` when no
    /// thread can be started; and what `work` throws.
    package func run<Success: Sendable>(
        timeout: Duration, _ work: @escaping @Sendable () throws -> Success,
        undo: (@Sendable (Success) -> Void)? = nil
    ) async throws -> Success {
        let wait = DiskWait<Success>()
        let timer = Task {
            try await Task.sleep(for: timeout)
            _ = wait.finish(.failure(Self.stuck("did not respond within \(timeout)")))
        }
        defer { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait.begin(continuation)
                let isTaken = enqueue(limit: Self.maximumWaiting) {
                    if undo != nil, wait.isOver { return }
                    let result = Result { try work() }
                    if !wait.finish(result), case .success(let value) = result { undo?(value) }
                }
                if !isTaken { _ = wait.finish(.failure(hasThreads ? Self.stuck(Self.tooMuch) : Self.noThread)) }
            }
        } onCancel: {
            _ = wait.finish(
                .failure(ImagesAPIError(.cancelled, "The task was cancelled while it waited for the disk.")))
        }
    }

    /// Whether work is in progress, or a thread is held for it.
    var hasThreads: Bool { state.withLock { $0.threads > 0 } }

    private static let noThread = ImagesAPIError(
        .outOfMemory,
        "No thread could be started to write to the disk; raise the thread limit or the memory of this process, and "
            + "check whether a disk has stopped responding.")

    private static let tooMuch = "has \(maximumWaiting) operations waiting for it already"

    private static func stuck(_ how: String) -> ImagesAPIError {
        ImagesAPIError(
            .spoolNotWritable,
            "The disk under the spool \(how); check whether it is mounted and working, or choose another spoolDirectory.",
            facts: ["reason": stuckReason])
    }

    /// The value of the fact `reason` that distinguishes a disk that does not respond from one that refuses.
    static let stuckReason = "diskNotResponding"
}
