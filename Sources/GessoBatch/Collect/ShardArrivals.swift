import Gesso

/// The results of all batches that have ended and are not collected, one after the other as they arrive.
struct ShardArrivals: AsyncSequence, Sendable {
    enum Element: Sendable {
        /// A result for a job; the record is that of its shard.
        case result(Batch.Result, JobRecord, request: Int, shard: BatchRun.Shard)
        /// All results of a shard have arrived.
        case end(BatchRun.Shard, Batch)
    }

    let folder: RunFolder
    let client: ImagesClient
    let outcomes: OutcomeLog

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(folder: folder, client: client, outcomes: outcomes) }

    struct AsyncIterator: AsyncIteratorProtocol {
        /// A batch whose files are read.
        private struct Current {
            let shard: BatchRun.Shard
            let batch: Batch
            let index: ShardIndex
            var files: [String]
            var results: BatchResultStream.AsyncIterator?
        }

        let folder: RunFolder
        let client: ImagesClient
        let outcomes: OutcomeLog
        private var shards: [BatchRun.Shard]?
        private var current: Current?

        init(folder: RunFolder, client: ImagesClient, outcomes: OutcomeLog) {
            (self.folder, self.client, self.outcomes) = (folder, client, outcomes)
        }

        mutating func next() async throws -> Element? {
            while true {
                if let arrival = try await arrival() { return arrival }
                if let ended = current {
                    current = nil
                    return .end(ended.shard, ended.batch)
                }
                guard try await begin() else { return nil }
            }
        }

        /// The next result of the current batch for a job that has no outcome yet.
        private mutating func arrival() async throws -> Element? {
            while var open = current {
                if let result = try await open.results?.next() {
                    guard let found = try open.index.find(result.customID), isWanted(found.record) else {
                        result.removeFiles()
                        continue
                    }
                    return .result(result, found.record, request: found.request, shard: open.shard)
                }
                guard let file = open.files.first else { return nil }
                open.files.removeFirst()
                open.results = client.batchResultStream(fileID: file).makeAsyncIterator()
                current = open
            }
            return nil
        }

        /// Whether a result of the job is needed; one of several requests is, although another one has failed.
        private func isWanted(_ record: JobRecord) -> Bool {
            record.requestCount > 1
                ? outcomes.entry(record.line)?.status != .done : !outcomes.isSettled(record)
        }

        /// Goes on to the next batch that has ended; false if there is none.
        private mutating func begin() async throws -> Bool {
            if shards == nil { shards = try folder.planned().shards }
            while let shard = shards?.first {
                shards?.removeFirst()
                let state = try folder.state(of: shard)
                guard !state.isCollected, let id = state.batch else { continue }
                let batch = try await client.batch(id)
                guard batch.status.isFinal else { continue }
                current = Current(
                    shard: shard, batch: batch, index: try await ShardIndex(shard, folder),
                    files: [batch.outputFileID, batch.errorFileID].compactMap { $0 })
                return true
            }
            return false
        }
    }
}

/// Where the jobs of a shard lie in its file, by the ids of their requests.
final class ShardIndex: Sendable {
    private struct Key: Sendable {
        let place: AppendLog.Place
        let request: Int
    }

    private let keys: [String: Key]
    private let reader: LineReader

    init(_ shard: BatchRun.Shard, _ folder: RunFolder) async throws {
        var keys: [String: Key] = [:]
        keys.reserveCapacity(shard.requestCount)
        try await folder.jobs(of: shard) { record, place in
            for request in record.requests { keys[record.customID(request)] = Key(place: place, request: request) }
        }
        self.keys = keys
        reader = try LineReader(folder.jobsFile(shard.number))
    }

    /// The job and request of a result; nil for a line that cannot be read or that is not ours.
    func find(_ customID: String?) throws -> (record: JobRecord, request: Int)? {
        guard let customID, let key = keys[customID] else { return nil }
        return (try JobRecord(line: try reader.line(at: key.place)), key.request)
    }
}
