import ArgumentParser
import Foundation
import Gesso
import GessoBatch

struct CollectBatches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collect", abstract: "Finishes the results of batches that have ended, and writes the files.",
        discussion: """
            results.jsonl in the output directory has one line for each job. What is done is not done again. Exit status 75 \
            says that batches are still in progress, or were planned again by --retry and wait for submit.
            """)

    @OptionGroup var location: BatchRunOptions
    @OptionGroup var collect: CollectOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    func validate() throws { try connection.refuseMock() }

    func run() async throws {
        try await report.run {
            let (run, collect) = (try BatchRun(location.url), collect)
            return try await connection.withClient(for: run) { client in
                try await Progress.showing { progress in
                    var report = try await BatchCollection.collect(run, client, collect, progress)
                    if collect.retry { report.retried = try await run.retry().map(\.number) }
                    return try await BatchCollection.finished(report, run, client, collect)
                }
            }
        }
    }
}

struct RunBatches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Plans, submits, waits and collects in one command.",
        discussion: "A run that was stopped goes on with the same command. --mock tries it all without a server.")

    @Option(help: ArgumentHelp("The jobs, one JSON object a line.", valueName: "FILE")) var manifest: String
    @OptionGroup var location: BatchRunOptions
    @OptionGroup var shards: ShardOptions
    @OptionGroup var submit: SubmitOptions
    @OptionGroup var collect: CollectOptions
    @Option(help: ArgumentHelp("Ask every so many seconds whether batches have ended.", valueName: "SECONDS"))
    var interval = 30
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    /// Rounds of retries, after which jobs stay failed.
    private static let mostRetries = 3

    func run() async throws {
        try await report.run {
            let jobs = ManifestJobs(manifest, limits: report.limits)
            let options = shards.options(server: try connection.address.server.profile(for: nil))
            let (url, submit, collect) = (location.url, submit, collect)
            let interval = Duration.seconds(connection.mock ? 1 : max(1, interval))
            return try await Progress.showing { progress in
                progress.say("planning")
                let run = try await BatchRun.plan(lines: jobs, in: url, options: options) {
                    progress.say("planned \($0) jobs")
                }
                return try await connection.withClient(for: run) { client in
                    var retries = 0
                    while true {
                        let submission = try await run.submit(client: client, options: submit.options(progress))
                        try await run.finished(client: client, interval: interval) {
                            progress.say(BatchStatusReport.line($0))
                        }
                        let report = try await BatchCollection.collect(run, client, collect, progress)
                        let isRetrying = collect.retry && retries < Self.mostRetries
                        if isRetrying, submission.waiting.isEmpty, try await !run.retry().isEmpty {
                            retries += 1
                            continue
                        }
                        guard submission.waiting.isEmpty else { continue }
                        return try await BatchCollection.finished(report, run, client, collect)
                    }
                }
            }
        }
    }
}

/// What `batch collect` and `batch run` have in common.
enum BatchCollection {
    /// Collects what has ended.
    static func collect(
        _ run: BatchRun, _ client: ImagesClient, _ options: CollectOptions, _ progress: Progress
    ) async throws -> BatchCollectReport {
        progress.say("collecting")
        let total = try run.jobCount
        let results = try await run.results(client: client, to: options.url, options: options.options)
        var report = BatchCollectReport(out: options.directory)
        for try await outcome in results {
            report.add(outcome)
            let counts = results.counts
            progress.say("collected \(counts.done + counts.failed + counts.unfinished) of \(total) jobs")
        }
        let counts = results.counts
        (report.done, report.failed) = (counts.done, counts.failed)
        (report.unfinished, report.retryable) = (counts.unfinished, counts.retryable)
        report.pending = try run.pendingShards.map(\.number)
        return report
    }

    /// Deletes the uploads if that is asked for and everything is collected.
    static func finished(
        _ report: BatchCollectReport, _ run: BatchRun, _ client: ImagesClient, _ options: CollectOptions
    ) async throws -> BatchCollectReport {
        var report = report
        if options.deleteFiles, report.pending.isEmpty, report.retried.isEmpty, report.unfinished == 0 {
            report.deletedFiles = try await run.deleteUploads(client: client)
        }
        return report
    }
}

/// The results of `batch collect`.
struct BatchCollectReport: Report {
    /// A job of this command that has no files.
    struct Problem: Encodable {
        let id: String
        let line: Int
        let status: BatchRun.Outcome.State
        let error: BatchRun.Outcome.Failure?
    }

    let out: String
    /// Of all jobs, also those of earlier commands.
    var done = 0
    var failed = 0
    var unfinished = 0
    /// Failed jobs that --retry plans again.
    var retryable = 0
    /// Jobs whose outcomes this command collected.
    var collected = 0
    /// US dollars for the jobs of this command, as far as that is known.
    var cost: Double?
    /// Shards that are not collected.
    var pending: [Int] = []
    /// Shards that --retry planned.
    var retried: [Int] = []
    var deletedFiles: Int?
    /// The first problems of this command; results.jsonl has all.
    var problems: [Problem] = []

    private static let mostProblems = 20

    init(out: String) { self.out = out }

    mutating func add(_ outcome: BatchRun.Outcome) {
        collected += 1
        if let cost = outcome.cost { self.cost = (self.cost ?? 0) + cost }
        guard outcome.status != .done, problems.count < Self.mostProblems else { return }
        problems.append(
            Problem(id: outcome.id, line: outcome.line, status: outcome.status, error: outcome.error))
    }

    var exitStatus: Int32 {
        // Shards with unfinished jobs are pending too, and waiting mends nothing there.
        if unfinished > 0 { return 1 }
        if !retried.isEmpty || !pending.isEmpty { return 75 }
        return failed > 0 ? 1 : 0
    }

    func printSummary() {
        say("\(done) done, \(failed) failed, \(unfinished) unfinished; \(out)/results.jsonl has a line for each")
        if let cost { say("cost of \(collected) jobs: \(Amount.fixed(cost, 4)) US dollars") }
        for problem in problems {
            sayError(
                "! line \(problem.line) (\(problem.id)) \(problem.status.rawValue): \(problem.error?.message ?? "")")
        }
        if failed + unfinished > problems.count, !problems.isEmpty { sayError("! results.jsonl has the others") }
        if !retried.isEmpty {
            say("planned again in \(retried.count) batches; run gesso batch submit")
        } else if retryable > 0 {
            say("\(retryable) failed without being paid for; --retry plans them again")
        }
        if !pending.isEmpty, unfinished == 0 {
            say("\(pending.count) batches are not collected yet; collect again once they have ended")
        }
        if let deletedFiles { say("\(deletedFiles) uploaded files deleted") }
    }
}
