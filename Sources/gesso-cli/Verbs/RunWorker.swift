import ArgumentParser
import Foundation
import Gesso

struct RunWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Runs jobs that come as lines of JSON; no network, no key.",
        discussion: """
            Reads one line a job from standard input, each with as many bytes behind it as its "bytes" says, and writes \
            results in the same form, in the order in which they are done. Operations: renditions, prepare, finish, audit, \
            inspect; their members are the options of these verbs (renditions: convert). A failed job is a failed result \
            and ends nothing else. Ends with the input; SIGTERM ends it after the jobs that were read.

            With --manifest, jobs come from a file and results go to a file; a shard that is run again skips what is \
            done, and one that was stopped before its end, or that another process runs, exits with 75. The documentation has the protocol.
            """)

    @Flag(help: "One line in, one line out: no bodies, and a bad line is one failed result.") var lines = false
    @Option(help: ArgumentHelp("Read jobs from this file, one a line, with files by path.", valueName: "FILE"))
    var manifest: String?
    @Option(
        help: ArgumentHelp(
            "Run the lines whose number, from 0 on, leaves INDEX when divided by COUNT.", valueName: "INDEX/COUNT"))
    var shard: String?
    @Option(
        help: ArgumentHelp(
            "Append the results to this file, which says what is done (default: MANIFEST.INDEX-of-COUNT.results.jsonl).",
            valueName: "FILE"))
    var results: String?
    @Option(
        help: ArgumentHelp("Jobs that are read and have no result yet (default: threads + 2).", valueName: "N"))
    var window: Int?
    @Option(help: ArgumentHelp("Bytes of their bodies together, e.g. 256MiB.", valueName: "SIZE"))
    var windowBytes = "256MiB"
    @Option(help: ArgumentHelp("The longest line.", valueName: "SIZE")) var lineBytes = "1MiB"
    @Option(help: ArgumentHelp("The longest body.", valueName: "SIZE")) var bodyBytes = "1GiB"
    @OptionGroup var report: ReportOptions

    func validate() throws {
        if let window, !(1...10_000).contains(window) { throw ValidationError("--window takes 1 to 10000.") }
        if let shard, Worker.Shard(shard) == nil {
            throw ValidationError("--shard takes INDEX/COUNT, e.g. 0/8 to 7/8.")
        }
        if manifest == nil {
            if shard != nil || results != nil { throw ValidationError("--shard and --results are for --manifest.") }
            if report.json { throw ValidationError("--json is for --manifest; results are JSON without it.") }
        } else if lines {
            throw ValidationError("--lines is for jobs from standard input; leave it out with --manifest.")
        }
        do throws(GessoError) { _ = try options(threads: 1) } catch { throw ValidationError(error.message) }
    }

    func run() async throws {
        try await report.run {
            // Writing to a reader that has gone is an error, not the end.
            signal(SIGPIPE, SIG_IGN)
            let signals = Signals([SIGINT, SIGTERM])
            defer { withExtendedLifetime(signals) {} }
            let arrivals = signals.stream
            let worker = try worker()
            func stopOnSignal(_ input: StoppableInput) {
                Task { for await _ in arrivals { input.stop() } }
            }
            guard let manifest else {
                StandardOutput.reserveForFile()
                let input = try StoppableInput(0)
                stopOnSignal(input)
                try await worker.run(input, output: 1)
                return WorkerReport(jobs: nil)
            }
            let shard = self.shard.flatMap { Worker.Shard($0) } ?? .all
            let file = results ?? "\(manifest).\(shard.index)-of-\(shard.count).results.jsonl"
            do {
                let summary = try await worker.run(
                    manifest: manifest, shard: shard, results: file, stoppedBy: stopOnSignal)
                return WorkerReport(jobs: summary)
            } catch let error as GessoError where error.code == .overloaded {
                throw LockedShard(cause: error)
            }
        }
    }

    private func options(threads: Int) throws(GessoError) -> Worker.Options {
        var options = Worker.Options()
        options.window = window ?? threads + 2
        options.windowBytes = try PixelPool.Limits.pixelBudget(windowBytes, from: "--window-bytes")
        options.lineBytes = try PixelPool.Limits.pixelBudget(lineBytes, from: "--line-bytes")
        options.bodyBytes = try PixelPool.Limits.pixelBudget(bodyBytes, from: "--body-bytes")
        options.takesBodies = !lines && manifest == nil
        return options
    }

    private func worker() throws -> Worker {
        let limits = report.limits
        var options = try options(threads: PixelPool.Limits.current().threads)
        options.fileBytes = limits.byteCount
        let renditions = RenditionsOperation(limits: limits)
        let edits = EditOperations(limits: limits)
        let inspections = InspectionOperations(limits: limits)
        return Worker(
            "gesso \(ImagesClient.version)", options: options,
            operations: [
                "renditions": { try await renditions($0) },
                "prepare": { try await edits.prepare($0) }, "finish": { try await edits.finish($0) },
                "audit": { try await inspections.audit($0) }, "inspect": { try await inspections.inspect($0) },
            ],
            describingErrorsAs: { Failure($0).error })
    }
}

/// Another process runs the shard, which may end before its end: to be started again, as one that was stopped.
struct LockedShard: Error {
    let cause: GessoError
}

/// What `worker --manifest` did.
struct WorkerReport: Report {
    let jobs: Worker.ShardSummary?

    /// A shard that was stopped is not done: whoever started it must start it again.
    var exitStatus: Int32 {
        guard let jobs else { return 0 }
        return !jobs.isComplete ? 75 : jobs.failed > 0 ? 1 : 0
    }

    func printSummary() {
        guard let jobs else { return }
        say(
            "\(jobs.done) done, \(jobs.failed) failed, \(jobs.skipped) done before"
                + (jobs.isComplete ? "" : "; stopped before the end"))
    }
}
