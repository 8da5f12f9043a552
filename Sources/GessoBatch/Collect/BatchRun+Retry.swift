import Gesso

extension BatchRun {
    /// Plans new batches of the jobs that failed without being paid for: expired, cancelled, rate limited, or failed at the
    /// server. Submit the run afterwards.
    ///
    /// Edits in separate regions are sent for the regions that have no response. Jobs that were refused, or that may have
    /// been billed, are not tried again.
    /// - Parameter options: the limits on lines and bytes; nil for those of the plan.
    /// - Returns: the new shards; none if there is nothing to retry.
    public func retry(options: PlanOptions? = nil) async throws -> [Shard] {
        let lock = try await folder.lock()
        defer { withExtendedLifetime(lock) {} }
        var plan = try folder.planned()
        var limits = PlanOptions()
        limits.shardLines = plan.shardLines ?? limits.shardLines
        limits.shardBytes = plan.shardBytes ?? limits.shardBytes
        let options = options ?? limits
        let failed = try OutcomeLog(folder).retryable
        guard !failed.isEmpty else { return [] }
        var planned: Set<Int> = []
        for shard in plan.shards where shard.attempt > 0 {
            try await folder.jobs(of: shard) { record, _ in
                if let attempt = failed[record.line], record.attempt > attempt { planned.insert(record.line) }
            }
        }
        let kept = KeptResponses(folder)
        // Attempts of one number share shards, so that those stay few.
        for attempt in Set(failed.values).sorted() {
            let cutter = ShardCutter(
                folder: folder, options: options, first: (plan.shards.last?.number ?? 0) + 1, attempt: attempt + 1)
            var isEmpty = true
            for shard in plan.shards where shard.attempt == attempt {
                try await folder.jobs(of: shard) { record, _ in
                    guard failed[record.line] == attempt, !planned.contains(record.line) else { return }
                    var again = record
                    again.attempt += 1
                    if record.requestCount > 1 {
                        again.requests = (0..<record.requestCount).filter { !kept.has(record, $0) }
                    }
                    guard !again.requests.isEmpty else { return }
                    try cutter.append(again)
                    isEmpty = false
                }
            }
            guard !isEmpty else { continue }
            plan.shards += try cutter.finish()
            try folder.step("divided")
            try folder.write(plan)
            try folder.step("planned")
        }
        return try folder.planned().shards.filter { shard in
            // Those that wait for their submission.
            try shard.attempt > 0 && folder.state(of: shard).batch == nil
        }
    }
}
