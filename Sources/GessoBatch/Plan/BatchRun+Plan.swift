public import Gesso

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension BatchRun {
    /// How jobs are divided, and what they are checked against.
    public struct PlanOptions: Sendable {
        /// The most lines of a batch, 1 to 50,000. A thousand edits make a result file of about 2 GB.
        public var shardLines = 1_000
        /// The most bytes of a batch's file, up to 200 MB.
        public var shardBytes = Batch.InputWriter.maxBytes
        /// Whether jobs are planned that the table of models says would be refused.
        public var ignoresModelRules = false
        /// The server that the batches are for.
        public var server = ServerProfile.openAI
        /// The memory that preparing waits for, and that every edit must be finished in.
        public var budget = PixelBudget.shared

        /// The defaults.
        public init() {}
    }

    /// A job that would not be accepted.
    public struct Refusal: Sendable {
        /// The line of the manifest, from 1 on; for a sequence the position.
        public let line: Int
        /// The job's id; nil if the line has none.
        public let id: String?
        /// What is wrong: a `GessoError` or an `ImagesAPIError`.
        public let cause: any Error
    }

    /// Thrown by a plan when jobs would not be accepted: nothing was sent, and no plan was written.
    public struct Refused: Error, Sendable, CustomStringConvertible {
        /// The first ``limit`` of them, in the order of the manifest.
        public let refusals: [Refusal]
        /// How many there are.
        public let count: Int

        /// More are counted and not kept.
        public static let limit = 1_000

        /// Every refusal in a line of its own.
        public var description: String { lines.joined(separator: "\n") }

        package var lines: [String] {
            let lines = refusals.map { refusal in
                let message = (refusal.cause as? GessoError)?.message ?? "\(refusal.cause)"
                return "line \(refusal.line)\(refusal.id.map { " (\($0))" } ?? ""): \(message)"
            }
            let more = count > refusals.count ? ["and \(count - refusals.count) more"] : []
            let jobs = count == 1 ? "1 job" : "\(count) jobs"
            return ["\(jobs) would not be accepted; nothing was planned."] + lines + more
        }
    }

    /// One line of a manifest.
    package struct ManifestLine: Sendable {
        package let number: Int
        package let id: String?
        package let job: Swift.Result<Job, any Error>

        package init(number: Int, id: String?, job: Swift.Result<Job, any Error>) {
            (self.number, self.id, self.job) = (number, id, job)
        }
    }

    /// Plans a run: checks every job, prepares images and masks, and divides the jobs into batches. Sends nothing.
    ///
    /// A plan that was stopped goes on where it was; one that is complete is returned if its jobs are the same. Memory is
    /// bounded: as many images at a time as the pool has threads, and of the other jobs only their ids.
    ///
    /// - Parameters:
    ///   - jobs: the jobs, each with an id of its own.
    ///   - directory: where the run is kept; made if it is missing.
    ///   - options: limits and server.
    ///   - onProgress: called with the number of jobs that are planned.
    /// - Throws: ``Refused`` with every job that would not be accepted; `invalidParameter` for a directory that has the plan
    ///   of other jobs; `overloaded` while another process works on the run.
    @discardableResult
    public static func plan<Jobs: AsyncSequence & Sendable>(
        _ jobs: Jobs, in directory: URL, options: PlanOptions = PlanOptions(),
        onProgress: (@Sendable (Int) -> Void)? = nil
    ) async throws -> BatchRun where Jobs.Element == Job {
        try await plan(
            lines: NumberedJobs(base: jobs), in: RunFolder(directory.path), options: options, onProgress: onProgress)
    }

    /// The same for jobs that are in memory.
    @discardableResult
    public static func plan(
        _ jobs: [Job], in directory: URL, options: PlanOptions = PlanOptions(),
        onProgress: (@Sendable (Int) -> Void)? = nil
    ) async throws -> BatchRun {
        try await plan(AsyncJobs(jobs: jobs), in: directory, options: options, onProgress: onProgress)
    }

    /// The same for the lines of a manifest.
    package static func plan<Lines: AsyncSequence & Sendable>(
        lines: Lines, in directory: URL, options: PlanOptions, onProgress: (@Sendable (Int) -> Void)?
    ) async throws -> BatchRun where Lines.Element == ManifestLine {
        try await plan(lines: lines, in: RunFolder(directory.path), options: options, onProgress: onProgress)
    }

    static func plan<Lines: AsyncSequence & Sendable>(
        lines: Lines, in folder: RunFolder, options: PlanOptions, onProgress: (@Sendable (Int) -> Void)? = nil
    ) async throws -> BatchRun where Lines.Element == ManifestLine {
        guard (1...Batch.InputWriter.maxLines).contains(options.shardLines),
            (1...Batch.InputWriter.maxBytes).contains(options.shardBytes)
        else {
            throw GessoError(
                .invalidParameter, stage: "batch",
                "A batch has 1 to \(Batch.InputWriter.maxLines) lines (--shard-lines) and up to "
                    + "\(Batch.InputWriter.maxBytes) bytes.", facts: ["found": "\(options.shardLines)"])
        }
        let lock = try await folder.lock()
        defer { withExtendedLifetime(lock) {} }
        if let plan = try folder.plan() {
            folder.removeProgress()
            try await JobDigest.require(plan, of: lines, folder)
            return try BatchRun(folder)
        }
        let planner = Planner(folder: folder, options: options)
        let digest = try await planner.prepare(lines, onProgress)
        try await planner.divide(digest: digest)
        return try BatchRun(folder)
    }
}

/// A sequence of jobs as the lines of a manifest.
private struct NumberedJobs<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Base.Element == BatchRun.Job {
    typealias Element = BatchRun.ManifestLine
    let base: Base

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        var number = 0

        mutating func next() async throws -> BatchRun.ManifestLine? {
            guard let job = try await base.next() else { return nil }
            number += 1
            return BatchRun.ManifestLine(number: number, id: job.id, job: .success(job))
        }
    }
}

private struct AsyncJobs: AsyncSequence, Sendable {
    typealias Element = BatchRun.Job
    let jobs: [BatchRun.Job]

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(jobs: jobs[...]) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var jobs: ArraySlice<BatchRun.Job>
        mutating func next() async -> BatchRun.Job? { jobs.popFirst() }
    }
}
