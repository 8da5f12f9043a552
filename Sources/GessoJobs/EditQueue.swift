#if SQLite
public import Gesso
import GessoPixels

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Runs edits and generations as durable jobs: each request is paid for once, and a job survives a crash at any moment.
///
/// ```swift
/// let queue = try await EditQueue(folder: folder, editor: Editor(client: ImagesClient()))
/// async let running: Void = queue.run()
/// let job = try await queue.submit(.edit(edit, photo: photo), owner: "ann")
/// for await event in queue.events(of: job.id) { print(event.name) }
/// ```
/// A folder holds a database of jobs and purchases, the responses, and the files of each job. One queue at a time has it open.
/// A job's inputs are stored before it is accepted, each of its requests is a purchase in the journal before it is sent, its
/// response is stored before the outputs are made, and the outputs before it is finished. After a crash, opening the folder
/// finishes what has a response, without another request; a request without a response makes its job *unknown*, which is
/// never sent again until ``decide(_:_:)`` says so.
public actor EditQueue {
    /// How a queue works.
    public struct Options: Sendable {
        /// The most jobs that run at a time.
        public var maximumConcurrentJobs = 4
        /// The most jobs that wait; further ones are refused with `overloaded`.
        public var maximumQueuedJobs = 10_000
        /// How many partial images are requested of each image, 0…3; each costs 100 image output tokens.
        public var partialImages = 0
        /// How long a shutdown waits for requests in progress; then they are cancelled, and may have been billed.
        public var shutdownTimeout = Duration.seconds(120)

        /// The defaults.
        public init() {}
    }

    /// How the queue works.
    public nonisolated let options: Options
    /// Whether no further jobs are started; those that run go on.
    public private(set) var isPaused = false

    let editor: Editor
    let store: JobStore
    let log: JobLog
    var waiting = TurnQueue()
    var running: [String: RunningJob] = [:]
    var isRunning = false
    var isStopping = false
    /// Submissions whose inputs are being stored.
    private var incoming = 0
    /// Wakes `run()` when there may be something to do.
    var wakeUp: CheckedContinuation<Void, Never>?

    struct RunningJob {
        let decision: SendDecision
        let task: Task<Void, Never>
    }

    /// Opens the folder, makes it if it does not exist, and resolves what a crash left; nothing runs before ``run()``.
    ///
    /// The journal, spool and purchase key of the editor's client are replaced by the queue's own.
    ///
    /// - Throws: a `GessoError` of the stage `jobs`: `overloaded` if another queue has the folder open, `corrupt` if the
    ///   database is damaged, which then stays as it is, `fileNotWritable` for anything else.
    public init(folder: URL, editor: Editor, options: Options = Options()) async throws {
        self.editor = editor
        self.options = options
        store = try await JobStore(folder)
        log = JobLog(opening: try await store.table.open())
        for job in try await store.settled(numbering: log) {
            log.open(job.id)
            waiting.append(job.id, owner: job.owner)
            log.post(.queued, of: job.id)
        }
    }

    /// Stores the inputs of a job and accepts it; it runs when its owner's turn comes.
    ///
    /// - Parameters:
    ///   - work: the edit or generation.
    ///   - owner: whose job it is, 1 to 256 bytes.
    ///   - id: a name of your own, at most 64 letters, digits, `-` and `_`: submitting it again gives the job that exists. By
    ///     default a random one.
    ///   - label: a text of your own, at most 4,096 bytes.
    /// - Throws: what `Editor.plan` or `ImagesClient.generate` would refuse before they send anything; `overloaded` when too
    ///   many jobs wait; `invalidParameter`; `fileNotWritable`; `CancellationError` if the task is cancelled before the job is
    ///   accepted. Nothing is stored then.
    public func submit(_ work: Work, owner: String, id: String? = nil, label: String? = nil) async throws -> Job {
        try Submission.check(owner: owner, id: id, label: label)
        let id = id ?? Submission.newID()
        if let job = try await existing(id, owner) { return job }
        guard waiting.count + incoming < options.maximumQueuedJobs else {
            throw GessoError(
                .overloaded, stage: "jobs",
                "\(waiting.count) jobs wait already; retry later, or raise maximumQueuedJobs. Nothing was stored.",
                facts: ["found": "\(waiting.count)", "allowed": "\(options.maximumQueuedJobs)"])
        }
        incoming += 1
        defer { incoming -= 1 }
        try await Submission.check(work, editor, partialImages: options.partialImages)
        guard try await store.table.reserve(id, owner: owner, label: label, kind: work.kind) else {
            if let job = try await existing(id, owner) { return job }
            throw Submission.inUse(id)
        }
        do {
            try await store.folder(id).store(work)
            // A caller that is gone does not learn of the job, and may submit it again.
            try Task.checkCancellation()
            log.open(id)
            try await store.table.accept(id)
        } catch {
            log.end(id)
            // If that fails too, the next opening of the folder removes it.
            try? await store.remove(id)
            throw error
        }
        log.post(.queued, of: id)
        waiting.append(id, owner: owner)
        wake()
        guard let job = try await job(id) else { throw Submission.missing(id) }
        return job
    }

    private func existing(_ id: String, _ owner: String) async throws -> Job? {
        guard let job = try await job(id) else { return nil }
        guard job.owner == owner else { throw Submission.inUse(id) }
        return job
    }

    /// A job; nil if there is none of this name.
    public func job(_ id: String) async throws -> Job? { try await store.table.job(id) }

    /// Jobs, the newest first.
    ///
    /// - Parameters:
    ///   - owner: of this owner; nil is all.
    ///   - states: in these states; nil is all.
    ///   - limit: the most jobs.
    ///   - before: only jobs that were submitted before this one, to read page by page.
    public func jobs(
        owner: String? = nil, states: Set<Job.State>? = nil, limit: Int = 100, before: Job? = nil
    ) async throws -> [Job] {
        try await store.table.jobs(owner: owner, states: states, limit: max(limit, 0), before: before?.id)
    }

    /// What was submitted, read from the job's files.
    ///
    /// - Throws: `fileNotFound` if there is no such job, `fileNotReadable` and `corrupt` if its files are missing or changed.
    public func work(of id: String) async throws -> Work {
        guard try await job(id) != nil else { throw Submission.missing(id) }
        return try await store.folder(id).work()
    }

    /// The events of a job from the first one that the reader has not seen; they end with the job.
    ///
    /// A reader that is slow misses upload counts and partial images that later ones supersede, and nothing else. Of a job
    /// that is over there is only the last event; of none, no event.
    ///
    /// - Parameters:
    ///   - id: the job.
    ///   - after: the number of the last event that was seen, such as that of `Last-Event-ID`, also from before the process
    ///     was started anew.
    public nonisolated func events(of id: String, after: Int? = nil) -> Events {
        Events(queue: self, job: id, after: after ?? 0)
    }

    /// Where a reader finds the events of a job.
    enum EventSource {
        case channel(JobChannel)
        case ended(Event)
        case nothing
    }

    func source(of id: String) async -> EventSource {
        while !Task.isCancelled {
            if let channel = log.channel(of: id) { return .channel(channel) }
            guard let job = try? await job(id) else { return .nothing }
            if let event = job.lastEvent { return .ended(event) }
            // It was accepted or reopened in between.
            await Task.yield()
        }
        return .nothing
    }

    /// Starts no further jobs; those that run go on.
    public func pause() { isPaused = true }

    /// Starts jobs again.
    public func resume() {
        isPaused = false
        wake()
    }

    /// How many jobs wait, and how many run.
    public var counts: (planned: Int, running: Int) { (waiting.count, running.count) }

    func wake() {
        wakeUp?.resume()
        wakeUp = nil
    }
}

extension EditQueue.Job {
    /// The event that tells how it ended; nil while it has not.
    var lastEvent: EditQueue.Event? {
        guard let ending else { return nil }
        let kind: EditQueue.Event.Kind? =
            switch state {
            case .finished: result.map { .finished($0) }
            case .failed: failure.map { .failed($0) }
            // Those other than unknown had their purchases resolved elsewhere since; they wait for a decision all the same.
            case .unknown, .planned, .sent, .received: failure.map { .unknown($0) }
            }
        return kind.map { EditQueue.Event(number: ending, job: id, kind: $0) }
    }
}
#endif
