#if SQLite
import Gesso
import GessoPixels
import ImagesAPI

#if ServiceLifecycle
public import ServiceLifecycle

extension EditQueue: Service {}
#endif

extension EditQueue {
    /// Runs jobs until ``shutDown()``, until a service group shuts down gracefully (trait `ServiceLifecycle`), or until the task
    /// is cancelled.
    ///
    /// After a shutdown it starts no job, puts those back that have not sent a request, and waits for the others, for
    /// ``Options/shutdownTimeout`` at most. When that is over, and when the task is cancelled, the others are cancelled: those
    /// with a response are finished by the next run, those without may have been billed and are unknown. Returns when no job
    /// runs. Throws `overloaded` if the queue is running already.
    public func run() async throws {
        #if ServiceLifecycle
        try await withGracefulShutdownHandler {
            try await runJobs()
        } onGracefulShutdown: {
            Task { await self.shutDown() }
        }
        #else
        try await runJobs()
        #endif
    }

    private func runJobs() async throws {
        guard !isRunning else {
            throw GessoError(.overloaded, stage: "jobs", "This queue is running already; call run() once.")
        }
        isRunning = true
        // A shutdown that came before counts too.
        defer { (isRunning, isStopping) = (false, false) }
        await withDiscardingTaskGroup { group in
            while let id = await nextJob() {
                let task = start(id)
                group.addTask {
                    await withTaskCancellationHandler {
                        await task.value
                    } onCancel: {
                        task.cancel()
                    }
                }
            }
            for job in running.values where job.decision.park() { job.task.cancel() }
            group.addTask { await self.cancelAfterTimeout() }
        }
    }

    /// Makes ``run()`` end, as it says.
    public func shutDown() {
        isStopping = true
        wake()
    }

    /// Waits for the jobs that still run, and cancels them when the timeout is over.
    private func cancelAfterTimeout() async {
        let tasks = running.values.map(\.task)
        let timer = Task {
            try await Task.sleep(for: options.shutdownTimeout)
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        timer.cancel()
    }

    /// Waits for a job and a free place; nil when the queue is stopping.
    private func nextJob() async -> String? {
        while !isStopping, !Task.isCancelled {
            if !isPaused, running.count < max(options.maximumConcurrentJobs, 1), let id = waiting.next() { return id }
            await withTaskCancellationHandler {
                await withCheckedContinuation { wakeUp = $0 }
            } onCancel: {
                // Runs after the wait has begun, since that does not leave the actor.
                Task { await self.wake() }
            }
        }
        return nil
    }

    /// Starts a job; its task ends when the job has ended or was put back.
    private func start(_ id: String) -> Task<Void, Never> {
        let decision = SendDecision()
        let (log, table) = (log, store.table)
        let run = JobRun(
            id: id, folder: store.folder(id), journal: store.journal, editor: editor,
            partialImages: options.partialImages, decision: decision, post: { log.post($0, of: id) })
        let task = Task {
            do {
                // It may have been deleted while it was put back or opened again.
                guard try await table.job(id) != nil else { throw Submission.missing(id) }
                let result = try await run.perform()
                await finished(id, result)
            } catch {
                await interrupted(id, error)
            }
        }
        running[id] = RunningJob(decision: decision, task: task)
        return task
    }

    private func finished(_ id: String, _ result: Result) async {
        let ending = log.number()
        do {
            try await store.table.finish(id, result, ending: ending)
        } catch {
            return await interrupted(id, error)
        }
        log.end(id, with: Event(number: ending, job: id, kind: .finished(result)))
        // The outputs are stored; a response that cannot be removed is in nobody's way.
        try? await store.removeResponses(of: id)
        free(id)
    }

    /// Gives a job's place to another one; before anybody hears of a job that can be run again.
    private func free(_ id: String) {
        running[id] = nil
        wake()
    }

    /// Ends a job that an error has interrupted, or puts it back if the task was cancelled.
    private func interrupted(_ id: String, _ error: any Error) async {
        let ending = log.number()
        do {
            try await store.journal.settle(label: id)
            // A job that is being deleted is not in the table any longer.
            guard let job = try await store.table.job(id) else { return free(id) }
            guard job.state == .unknown || !Task.isCancelled else {
                free(id)
                waiting.append(id, owner: job.owner)
                return log.post(.queued, of: id)
            }
            let isUnknown = job.state == .unknown
            let failure = Failure(error, mayHaveBeenBilled: isUnknown || job.state == .received)
            try await store.table.fail(id, failure, isUnknown: isUnknown, ending: ending)
            free(id)
            log.end(
                id, with: Event(number: ending, job: id, kind: isUnknown ? .unknown(failure) : .failed(failure)))
        } catch {
            // The database cannot be written: its job is open and goes on when the folder is opened again. The readers
            // are told, and its channel stays for as long as it is open.
            free(id)
            log.post(.failed(Failure(error)), of: id)
        }
    }
}

extension EditQueue {
    /// What to do about a job that is unknown, or that failed.
    public enum Decision: Sendable {
        /// Send the requests again that have no usable response. Those of an unknown job may be billed a second time.
        case resend
        /// Let it be failed. It may have been billed.
        case giveUp
    }

    /// Decides about a job that is unknown, or sends one again that failed; a response that can be used is never paid for
    /// again.
    ///
    /// - Throws: `fileNotFound` if there is no such job, `invalidParameter` if there is nothing to decide, an `ImagesAPIError` if
    ///   a response that is there could not be read. Nothing is changed then.
    @discardableResult
    public func decide(_ id: String, _ decision: Decision) async throws -> Job {
        guard let job = try await job(id) else { throw Submission.missing(id) }
        // The end of a job is in the database shortly before its run is over.
        if job.isOver, let running = running[id] { await running.task.value }
        switch (decision, job.state) {
        case (.resend, let state) where job.isOver && state != .finished: try await resend(job)
        case (.giveUp, .unknown):
            guard try await store.table.giveUp(id, ending: log.number()) else { throw Self.decided(job) }
        default:
            throw Submission.invalid(
                "The job \(id) is \(job.state.rawValue), so there is nothing to decide.",
                facts: ["state": job.state.rawValue])
        }
        guard let decided = try await self.job(id) else { throw Submission.missing(id) }
        return decided
    }

    private func resend(_ job: Job) async throws {
        // Of two decisions at a time only one gets further.
        guard try await store.reopen(job, limits: editor.client.configuration.limits) else { throw Self.decided(job) }
        log.open(job.id)
        log.post(.queued, of: job.id)
        waiting.append(job.id, owner: job.owner)
        wake()
    }

    private static func decided(_ job: Job) -> GessoError {
        Submission.invalid("The job \(job.id) was decided about already.", facts: ["state": job.state.rawValue])
    }

    /// Ends a job, and removes it with all its files; false if there is none.
    ///
    /// A request in progress is cancelled, and may be billed.
    @discardableResult
    public func delete(_ id: String) async throws -> Bool {
        guard let job = try await job(id), try await store.table.delete(id) else { return false }
        waiting.remove(id, owner: job.owner)
        while let running = running[id] {
            _ = running.decision.park()
            running.task.cancel()
            await running.task.value
            // It may have been put back just before it was deleted.
            waiting.remove(id, owner: job.owner)
        }
        log.end(id)
        try await store.remove(id)
        return true
    }
}
#endif
