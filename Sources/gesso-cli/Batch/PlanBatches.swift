import ArgumentParser
import Foundation
import Gesso
import GessoBatch

struct PlanBatches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Checks and prepares all jobs, and divides them into batches; no network.",
        discussion: """
            Jobs that would not be accepted are named with their lines, all at once, and nothing is planned then. A plan \
            that was stopped goes on; one that is complete is shown again.
            """)

    @Option(help: ArgumentHelp("The jobs, one JSON object a line.", valueName: "FILE")) var manifest: String
    @OptionGroup var location: BatchRunOptions
    @OptionGroup var shards: ShardOptions
    @OptionGroup(title: "Connection") var server: ServerOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        try await report.run {
            let jobs = ManifestJobs(manifest, limits: report.limits)
            let options = shards.options(server: try server.profile(for: nil))
            let url = location.url
            return try await Progress.showing { progress in
                let run = try await BatchRun.plan(lines: jobs, in: url, options: options) {
                    progress.say("planned \($0) jobs")
                }
                return try BatchPlanReport(run)
            }
        }
    }
}

/// The results of `batch plan`.
struct BatchPlanReport: Report {
    struct Shard: Encodable {
        let number: Int
        let digest: String
        let endpoint: String
        let model: String
        let jobs: Int
        let requests: Int
    }

    let run: String
    let jobs: Int
    let requests: Int
    let shards: [Shard]
    let estimate: BatchRun.Estimate
    let warnings: [String]

    init(_ run: BatchRun) throws {
        let planned = try run.shards.filter { $0.attempt == 0 }
        self.run = run.directory.path
        jobs = try run.jobCount
        requests = planned.reduce(0) { $0 + $1.requestCount }
        shards = planned.map {
            Shard(
                number: $0.number, digest: $0.digest, endpoint: $0.endpoint, model: $0.model.rawValue,
                jobs: $0.jobCount, requests: $0.requestCount)
        }
        estimate = try run.estimate
        warnings = try run.warnings
    }

    func printSummary() {
        say(
            "\(jobs) \(jobs == 1 ? "job" : "jobs") in \(shards.count) \(shards.count == 1 ? "batch" : "batches"), "
                + "\(requests) \(requests == 1 ? "request" : "requests")")
        say("price: \(estimate)")
        for warning in warnings { say("! \(warning)") }
    }
}
