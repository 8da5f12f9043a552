import Gesso
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Makes the plan of a run in two passes: prepares every job into one file, then divides that into shards.
///
/// A plan that is stopped in the first pass finds the records of the earlier one by the digests of their jobs.
struct Planner {
    let folder: RunFolder
    let options: BatchRun.PlanOptions

    /// Checks and prepares all jobs; returns the digest of the manifest.
    ///
    /// Throws ``BatchRun/Refused``, after which nothing of the plan is left.
    func prepare<Lines: AsyncSequence & Sendable>(
        _ lines: Lines, _ onProgress: (@Sendable (Int) -> Void)?
    ) async throws -> String where Lines.Element == BatchRun.ManifestLine {
        let earlier = try EarlierRecords(folder, rules: options.rules)
        try folder.makeFolder(folder.files)
        let client = ImagesClient(configuration: .init(server: options.server))
        defer { client.shutdown() }
        let preparation = JobPreparation(folder: folder, options: options, client: client)
        let isRefused = Atomic(false)
        let prepared = OrderedTasks(lines, width: PixelPool.shared.threadCount + 1) { line in
            do {
                let job = try line.job.get().withAbsolutePaths
                let digest = try JobDigest.digest(of: job)
                if var record = earlier.record(of: digest, folder), await preparation.isCurrent(record) {
                    record.line = line.number
                    return (line, digest, Result<JobRecord, any Error>.success(record))
                }
                let checksOnly = isRefused.load(ordering: .relaxed)
                let record = try await preparation.record(job, line: line.number, checksOnly: checksOnly)
                return (line, digest, .success(record))
            } catch let error as CancellationError {
                throw error
            } catch {
                isRefused.store(true, ordering: .relaxed)
                return (line, "", .failure(error))
            }
        }
        let output = try PlanLog(folder.progressFile, rules: options.rules)
        var (refusals, refusalCount, count) = ([BatchRun.Refusal](), 0, 0)
        var names = JobNames()
        var hash = SHA256()
        for try await (line, digest, result) in prepared {
            do {
                let record = try result.get()
                try names.insert(record)
                hash.update("\(digest)\n")
                if refusalCount == 0 { try output.append(record, digest: digest) }
                count += 1
                onProgress?(count)
            } catch {
                refusalCount += 1
                guard refusals.count < BatchRun.Refused.limit else { continue }
                refusals.append(BatchRun.Refusal(line: line.number, id: line.id, cause: error))
            }
            try folder.step("prepared")
        }
        guard refusalCount == 0 else {
            discard()
            throw BatchRun.Refused(refusals: refusals, count: refusalCount)
        }
        guard count > 0 else {
            discard()
            throw GessoError(.emptyInput, stage: "batch", "There are no jobs; each line of a manifest is one.")
        }
        return hash.hexadecimal
    }

    private static let mostWarnings = 100

    /// Divides the prepared jobs into shards, and writes the plan.
    func divide(digest: String) async throws {
        var warnings: [String] = []
        let cutter = ShardCutter(folder: folder, options: options, first: 1, attempt: 0)
        let reader = try LineReader(folder.progressFile)
        var count = 0
        while let (line, _) = try reader.next() {
            let entry = try JSONDecoder().decode(PlanLog.Line.self, from: line)
            try cutter.append(entry.record)
            for issue in try entry.record.issues(server: options.server)
            where warnings.count < Self.mostWarnings && !warnings.contains("\(issue)") {
                warnings.append("\(issue)")
            }
            count += 1
            if count.isMultiple(of: 256) { await Task.yield() }
        }
        let shards = try cutter.finish()
        try folder.step("divided")
        try folder.write(
            RunPlan(
                digest: digest, jobCount: count, server: options.server.name, shards: shards, warnings: warnings,
                shardLines: options.shardLines, shardBytes: options.shardBytes))
        try folder.step("planned")
        folder.removeProgress()
    }

    /// Removes what a plan has written so far.
    private func discard() {
        folder.removeAll(in: folder.files)
        try? FileManager.default.removeItem(at: folder.files)
        folder.removeProgress()
    }
}

extension BatchRun.PlanOptions {
    /// All that a job is checked against; a record that was made by other rules is of no use.
    fileprivate var rules: String { "\(server.name) \(ignoresModelRules) \(shardLines) \(shardBytes)" }
}

extension RunFolder {
    /// Removes the records of an unfinished plan.
    func removeProgress() {
        for file in [progressFile, earlierProgressFile] { try? FileManager.default.removeItem(atPath: file) }
    }
}

/// The names that jobs have taken: no two requests and no two sets of outputs may have one.
private struct JobNames {
    private var taken: Set<String> = []

    mutating func insert(_ record: JobRecord) throws(GessoError) {
        var names = Set(record.requests.map(record.customID))
        names.insert(record.job.id)
        names.insert(OutputNames.reduced(record.job.id))
        guard taken.isDisjoint(with: names) else {
            throw GessoError(
                .invalidParameter, stage: "batch",
                "The id \u{201C}\(record.job.id)\u{201D} is that of an earlier line, or its outputs would have the same names; "
                    + "give each job an id of its own.", facts: ["found": record.job.id])
        }
        taken.formUnion(names)
    }
}

/// Digests of jobs, by which a manifest is known again.
enum JobDigest {
    static func digest(of job: BatchRun.Job) throws(GessoError) -> String {
        String(SHA256.hexadecimal(of: try LineCoding.encode(job)).prefix(32))
    }

    /// Throws `invalidParameter` unless the lines are those that were planned.
    static func require<Lines: AsyncSequence>(
        _ plan: RunPlan, of lines: Lines, _ folder: RunFolder
    ) async throws where Lines.Element == BatchRun.ManifestLine {
        var hash = SHA256()
        for try await line in lines {
            hash.update("\((try? digest(of: line.job.get().withAbsolutePaths)) ?? "")\n")
        }
        guard hash.hexadecimal != plan.digest else { return }
        throw GessoError(
            .invalidParameter, stage: "batch",
            "\(folder.path) has the plan of other jobs (or a mask has changed since); choose another --run.",
            facts: ["path": folder.path])
    }
}
