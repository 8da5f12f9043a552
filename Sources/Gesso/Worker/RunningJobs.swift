/// The jobs that a worker has read and not responded to; no more of them than the window admits.
actor RunningJobs {
    private let window: Int
    private let windowBytes: Int
    private var tasks: [String: Task<Void, Never>] = [:]
    private var count = 0
    private var bytes = 0
    private var isCancelled = false
    private var waiter: CheckedContinuation<Void, Never>?

    init(window: Int, windowBytes: Int) {
        self.window = window
        self.windowBytes = windowBytes
    }

    /// Waits until one more job with a body of that length fits; a job alone always does. One caller waits at a time.
    func admit(_ byteCount: Int) async {
        while count > 0, count >= window || bytes.saturatingAdding(byteCount) > windowBytes {
            await withCheckedContinuation { waiter = $0 }
        }
        count += 1
        bytes = bytes.saturatingAdding(byteCount)
    }

    /// The room of a job is free again.
    func release(_ byteCount: Int) {
        count -= 1
        bytes -= byteCount
        waiter?.resume()
        waiter = nil
    }

    /// Runs an admitted job and writes its response; false, without running it, while another one has the same id.
    func start(
        _ id: String, _ byteCount: Int, responding respond: @escaping @Sendable () async -> WorkerResponse,
        writing write: @escaping @Sendable (WorkerResponse) async -> Void
    ) -> Bool {
        guard tasks[id] == nil else { return false }
        tasks[id] = Task {
            let response = await respond()
            // Before the response is written: who reads it may use the id again at once.
            tasks[id] = nil
            await write(response)
            release(byteCount)
        }
        if isCancelled { cancel(id) }
        return true
    }

    /// Cancels a job; nothing happens if it has ended.
    func cancel(_ id: String) { tasks[id]?.cancel() }

    /// Cancels all jobs, and those that start later.
    func cancelAll() {
        isCancelled = true
        for task in tasks.values { task.cancel() }
    }

    /// Waits for all jobs.
    func drain() async {
        while count > 0 { await withCheckedContinuation { waiter = $0 } }
    }
}
