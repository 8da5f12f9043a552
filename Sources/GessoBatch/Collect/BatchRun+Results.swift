public import Gesso

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension BatchRun {
    /// How results are finished.
    public struct CollectOptions: Sendable {
        /// Whether files that are there with other bytes are replaced.
        public var overwrites = false
        /// How much damage returned images may have for their thumbnails.
        public var decoding = ImageDecoder.Options.Level.standard
        /// The memory that finishing waits for.
        public var budget = PixelBudget.shared

        /// The defaults.
        public init() {}
    }

    /// The outcomes of the jobs whose batches have ended, as they are finished.
    ///
    /// Results are read while the files arrive; each image is decoded into a file of the run, finished with the mask and
    /// placement that were kept, and written to `directory` under the job's id. Reading waits while as many results are being
    /// finished as the pool has threads. Jobs with an outcome are not read again. At the end `results.jsonl` in `directory`
    /// has the last outcome of each job, in the order of the manifest.
    ///
    /// - Throws: `overloaded` while another process works on the run; `fileExists` if `directory` has the `results.jsonl` of
    ///   another run, unless `options` allow to replace it. A job that fails is an ``Outcome``, not an error.
    public func results(
        client: ImagesClient, to directory: URL, options: CollectOptions = CollectOptions()
    ) async throws -> Results {
        let lock = try await folder.lock()
        let outcomes = try OutcomeLog(folder)
        if !options.overwrites { try requireOwnSummary(in: directory, outcomes) }
        // Left by a process that was killed; they are read again.
        folder.removeAll(in: folder.received)
        try folder.makeFolder(folder.received)
        let client = client.with { configuration in
            configuration.imageDirectory = folder.received.path
            // A file is read as fast as its results are finished; silence still ends it (`timeouts.idle`).
            configuration.timeouts.total = max(configuration.timeouts.total, Self.longestReading)
        }
        return Results(
            folder: folder, lock: lock, client: client, outcomes: outcomes,
            finisher: JobFinisher(folder: folder, client: client, output: directory, options: options))
    }

    /// How long a result file may be read: as long as it can take to finish 50,000 edits.
    private static let longestReading = Duration.seconds(7 * 86_400)

    /// Throws `fileExists` if the directory has a `results.jsonl` whose first line is about no job of this run.
    private func requireOwnSummary(in directory: URL, _ outcomes: OutcomeLog) throws {
        let path = Results.summary(in: directory)
        guard FileManager.default.fileExists(atPath: path) else { return }
        guard let (line, _) = try LineReader(path).next() else { return }
        if let first = try? JSONDecoder().decode(Outcome.self, from: line),
            try outcomes.outcome(first.line)?.id == first.id || isPlanned(first)
        {
            return
        }
        throw GessoError(
            .fileExists, stage: "batch",
            "\(path) is not from this run and was kept; choose another --out, or give --force (overwrites: true).",
            facts: ["path": path])
    }

    /// Whether the run has this job; looks at one line where that is the first.
    private func isPlanned(_ outcome: Outcome) throws -> Bool {
        for shard in try shards where shard.attempt == 0 {
            let jobs = try LineReader(folder.jobsFile(shard.number))
            while let (line, _) = try jobs.next() {
                let record = try JobRecord(line: line)
                if record.line == outcome.line { return record.job.id == outcome.id }
            }
        }
        return false
    }

    /// The outcomes of jobs, in the order in which their results arrive.
    public struct Results: AsyncSequence, Sendable {
        public typealias Element = Outcome

        let folder: RunFolder
        let lock: RunLock
        let client: ImagesClient
        let outcomes: OutcomeLog
        let finisher: JobFinisher

        public func makeAsyncIterator() -> AsyncIterator {
            let kept = KeptResponses(folder)
            let work = ResultWork(folder: folder, outcomes: outcomes, finisher: finisher, kept: kept, lock: lock)
            let arrivals = ShardArrivals(folder: folder, client: client, outcomes: outcomes)
            return AsyncIterator(
                results: self, kept: kept,
                finished: OrderedTasks(arrivals, width: PixelPool.shared.threadCount + 1) { try await work.run($0) }
                    .makeAsyncIterator())
        }

        /// How many jobs have each outcome so far: done, failed, unfinished, and of the failed ones those that can be retried.
        public var counts: (done: Int, failed: Int, unfinished: Int, retryable: Int) {
            let counts = outcomes.counts
            return (counts.done, counts.failed, counts.unfinished, counts.retryable)
        }

        /// Finishes results ahead of its consumer, a few at a time.
        public struct AsyncIterator: AsyncIteratorProtocol {
            let results: Results
            let kept: KeptResponses
            var finished: OrderedTasks<ShardArrivals, ResultWork.Product>.AsyncIterator
            /// The end of a shard, whose jobs without a result are looked for.
            private var ending: Ending?

            private struct Ending {
                let shard: Shard
                let batch: Batch
                let results: ReadResults
                let jobs: LineReader
                var isWhole = true
            }

            init(
                results: Results, kept: KeptResponses,
                finished: OrderedTasks<ShardArrivals, ResultWork.Product>.AsyncIterator
            ) {
                (self.results, self.kept, self.finished) = (results, kept, finished)
            }

            public mutating func next() async throws -> Outcome? {
                while true {
                    if let outcome = try await missing() { return outcome }
                    switch try await finished.next() {
                    case .outcome(let outcome): return outcome
                    case .nothing: continue
                    case .end(let shard, let batch, let read):
                        let jobs = try LineReader(results.folder.jobsFile(shard.number))
                        ending = Ending(shard: shard, batch: batch, results: read, jobs: jobs)
                    case .notFound(let error):
                        try results.writeSummary()
                        throw error
                    case nil:
                        try results.writeSummary()
                        return nil
                    }
                }
            }

            /// The next job that the ended batch has no result of; at the end of them the shard is collected.
            private mutating func missing() async throws -> Outcome? {
                while let ending {
                    guard let (line, _) = try ending.jobs.next() else {
                        self.ending = nil
                        if ending.isWhole {
                            // The outcomes first: those of a collected shard are not collected again.
                            let (folder, outcomes) = (results.folder, results.outcomes)
                            try await folder.disk.run { try outcomes.sync() }
                            try await results.folder.record(
                                .init(isCollected: true, ended: ending.batch.raw), of: ending.shard)
                        }
                        return nil
                    }
                    let record = try JobRecord(line: line)
                    if results.outcomes.isSettled(record) { continue }
                    if results.outcomes.entry(record.line)?.status == .unfinished {
                        // Its result has to be read again.
                        self.ending?.isWhole = false
                        continue
                    }
                    let outcome = kept.outcome(
                        of: record, shard: ending.shard.number,
                        missing: .init(missingFrom: ending.batch, ending.results))
                    try results.outcomes.append(outcome)
                    try results.folder.step("recorded")
                    return outcome
                }
                return nil
            }
        }

        private func writeSummary() throws {
            try folder.makeFolder(finisher.output)
            try outcomes.write(to: Self.summary(in: finisher.output))
            try folder.step("summarized")
        }

        static func summary(in directory: URL) -> String { directory.appending(path: "results.jsonl").path }
    }
}
