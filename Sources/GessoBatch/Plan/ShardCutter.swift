import Gesso

/// Divides jobs into shards: of one endpoint and model each, within the limits on lines and bytes, in the order of the
/// manifest.
final class ShardCutter {
    private struct Open {
        var shard: BatchRun.Shard
        var byteCount = 0
        let writer: LineWriter
    }

    private struct Group: Hashable {
        let endpoint: String
        let model: Model
    }

    private let folder: RunFolder
    private let options: BatchRun.PlanOptions
    private let attempt: Int
    private var next: Int
    private var open: [Group: Open] = [:]
    private var shards: [BatchRun.Shard] = []

    /// - Parameters:
    ///   - first: the number of the first shard.
    ///   - attempt: how often the jobs were tried before.
    init(folder: RunFolder, options: BatchRun.PlanOptions, first: Int, attempt: Int) {
        (self.folder, self.options, next, self.attempt) = (folder, options, first, attempt)
    }

    func append(_ record: JobRecord) throws(GessoError) {
        let group = Group(endpoint: record.job.endpoint, model: record.job.model)
        if let current = open[group],
            current.shard.requestCount + record.requests.count > options.shardLines
                || current.byteCount + record.byteCount > options.shardBytes
        {
            try close(group)
        }
        var current: Open
        if let begun = open[group] { current = begun } else { current = try begin(group) }
        try current.writer.append(try LineCoding.encode(record))
        current.shard.jobCount += 1
        current.shard.requestCount += record.requests.count
        current.shard.estimate.add(record.estimate)
        current.byteCount += record.byteCount
        open[group] = current
    }

    /// All shards, by their numbers.
    func finish() throws(GessoError) -> [BatchRun.Shard] {
        for group in Array(open.keys) { try close(group) }
        return shards.sorted { $0.number < $1.number }
    }

    private func begin(_ group: Group) throws(GessoError) -> Open {
        defer { next += 1 }
        let shard = BatchRun.Shard(
            number: next, digest: "", endpoint: group.endpoint, model: group.model, jobCount: 0, requestCount: 0,
            attempt: attempt, estimate: BatchRun.Estimate())
        return Open(shard: shard, writer: try LineWriter(folder.jobsFile(next)))
    }

    private func close(_ group: Group) throws(GessoError) {
        guard var current = open.removeValue(forKey: group) else { return }
        current.shard.digest = try current.writer.commit()
        shards.append(current.shard)
    }
}
