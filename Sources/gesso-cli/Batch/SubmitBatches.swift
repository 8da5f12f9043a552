import ArgumentParser
import Foundation
import Gesso
import GessoBatch

struct SubmitBatches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Uploads images and creates the batches that do not exist yet.",
        discussion: """
            Exit status 4 says that a batch may or may not have been created: submit again, which finds out. 75 says that \
            batches wait for others (--open-batches).
            """)

    @OptionGroup var location: BatchRunOptions
    @OptionGroup var submit: SubmitOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    func validate() throws { try connection.refuseMock() }

    func run() async throws {
        try await report.run {
            let (run, submit) = (try BatchRun(location.url), submit)
            return try await connection.withClient(for: run) { client in
                try await Progress.showing { progress in
                    SubmissionReport(try await run.submit(client: client, options: submit.options(progress)))
                }
            }
        }
    }
}

/// The results of `batch submit`: numbers of shards.
struct SubmissionReport: Report {
    let created: [Int]
    let found: [Int]
    let waiting: [Int]

    init(_ submission: BatchRun.Submission) {
        (created, found, waiting) = (submission.created, submission.found, submission.waiting)
    }

    var exitStatus: Int32 { waiting.isEmpty ? 0 : 75 }

    func printSummary() {
        say(
            "\(created.count) created, \(found.count) found at the server"
                + (waiting.isEmpty ? "" : ", \(waiting.count) waiting for others to end; submit again"))
    }
}

struct ShowBatches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Says how far each batch has come, and what was spent.")

    @OptionGroup var location: BatchRunOptions
    @Flag(help: "Wait until every batch has ended.") var wait = false
    @Option(help: ArgumentHelp("Ask every so many seconds.", valueName: "SECONDS")) var interval = 30
    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup var report: ReportOptions

    func validate() throws {
        try connection.refuseMock()
        guard (1...86_400).contains(interval) else { throw ValidationError("--interval takes 1 to 86400 seconds.") }
    }

    func run() async throws {
        try await report.run {
            let (run, wait, interval) = (try BatchRun(location.url), wait, interval)
            return try await connection.withClient(for: run) { client in
                try await Progress.showing { progress in
                    let status =
                        wait
                        ? try await run.finished(client: client, interval: .seconds(interval)) {
                            progress.say(BatchStatusReport.line($0))
                        } : try await run.status(client: client)
                    return BatchStatusReport(status)
                }
            }
        }
    }
}

/// The results of `batch status`.
struct BatchStatusReport: Report {
    struct Shard: Encodable {
        let number: Int
        let batch: String?
        let status: String
        let requests: Int
        let completed: Int
        let failed: Int
        let isCollected: Bool
        let cost: Double?
    }

    let shards: [Shard]
    let requests: Int
    let completed: Int
    let failed: Int
    let isFinished: Bool
    let secondsLeft: Int?
    /// US dollars for the tokens counted so far.
    let spent: Double?
    let estimate: BatchRun.Estimate

    init(_ status: BatchRun.Status) {
        shards = status.entries.map { entry in
            Shard(
                number: entry.shard.number, batch: entry.batch?.id,
                status: entry.batch?.status.rawValue ?? "not_submitted", requests: entry.shard.requestCount,
                completed: entry.batch?.completedCount ?? 0, failed: entry.batch?.failedCount ?? 0,
                isCollected: entry.isCollected, cost: entry.cost)
        }
        (requests, completed, failed) = (status.requestCount, status.completedCount, status.failedCount)
        isFinished = status.isFinished
        secondsLeft = status.isFinished ? nil : status.timeLeft().map { Int($0.components.seconds) }
        (spent, estimate) = (status.cost, status.estimate)
    }

    func printSummary() {
        for shard in shards {
            let batch = shard.batch.map { " (\($0))" } ?? ""
            say(
                "shard \(shard.number)\(batch): \(shard.isCollected ? "collected" : shard.status), "
                    + "\(shard.completed)/\(shard.requests)" + (shard.failed > 0 ? ", \(shard.failed) failed" : ""))
        }
        say("\(completed)/\(requests) done" + (failed > 0 ? ", \(failed) failed" : ""))
        if let secondsLeft { say("about \(BatchStatusReport.time(secondsLeft)) left at this pace") }
        say("spent: \(spent.map { "\(Amount.fixed($0, 4)) US dollars" } ?? "not known"); estimated: \(estimate)")
    }

    /// A bar of 20 signs with counts and the time left.
    static func line(_ status: BatchRun.Status) -> String {
        let done = status.completedCount + status.failedCount
        let filled = status.requestCount > 0 ? min(20, done * 20 / status.requestCount) : 0
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: 20 - filled)
        let left = status.timeLeft().map { ", \(time(Int($0.components.seconds))) left" } ?? ""
        return "[\(bar)] \(done)/\(status.requestCount)"
            + (status.failedCount > 0 ? ", \(status.failedCount) failed" : "") + left
    }

    private static func time(_ seconds: Int) -> String {
        seconds < 60
            ? "\(seconds) s" : seconds < 3_600 ? "\(seconds / 60) min" : "\(seconds / 3_600) h \(seconds / 60 % 60) min"
    }
}
