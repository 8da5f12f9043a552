import Gesso

/// The results of all batches that have ended and are not collected, one after the other as they arrive.
struct ShardArrivals: AsyncSequence, Sendable {
    enum Element: Sendable {
        /// A result for a job; the record is that of its shard.
        case result(Batch.Result, JobRecord, request: Int, shard: BatchRun.Shard)
        /// All results of a shard have arrived.
        case end(BatchRun.Shard, Batch, ReadResults)
        /// The first batch or file that the server does not have; last, once the other batches are read.
        case notFound(ImagesAPIError)
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
            let reading: Reading
            var files: [String]
            var results: BatchResultStream.AsyncIterator?
        }

        /// What has been read of a batch's files.
        private final class Reading {
            var results = ReadResults()
            /// Whether a request has its response, by its number in the shard.
            var isAnswered: [Bool]
            var file = ""
            /// The last line of the file that was read.
            var line = 0
            /// How often the connection was lost since a result arrived.
            var losses = 0

            init(requestCount: Int) { isAnswered = Array(repeating: false, count: requestCount) }
        }

        let folder: RunFolder
        let client: ImagesClient
        let outcomes: OutcomeLog
        private var shards: [BatchRun.Shard]?
        private var current: Current?
        private var notFound: ImagesAPIError?

        init(folder: RunFolder, client: ImagesClient, outcomes: OutcomeLog) {
            (self.folder, self.client, self.outcomes) = (folder, client, outcomes)
        }

        mutating func next() async throws -> Element? {
            while true {
                if let arrival = try await arrival() { return arrival }
                if let ended = current {
                    current = nil
                    return .end(ended.shard, ended.batch, ended.reading.results)
                }
                if try await begin() { continue }
                guard let error = notFound else { return nil }
                // Another account's key, another base URL, or results that have expired: nothing is concluded from it.
                notFound = nil
                return .notFound(error)
            }
        }

        /// Errors in the middle of a file after which it is read again from its start.
        private static let mayPass: Set<ImagesAPIError.Code> = [.connectionLost, .idleTimeout]
        private static let mostLosses = 3

        /// The next result of the current batch for a job that has no outcome yet.
        private mutating func arrival() async throws -> Element? {
            while var open = current {
                let result: Batch.Result?
                do throws(ImagesAPIError) { result = try await open.results?.next() } catch {
                    if error.code == .notFound {
                        notFound = notFound ?? error
                        current = nil
                        return nil
                    }
                    guard Self.mayPass.contains(error.code), open.reading.losses < Self.mostLosses else { throw error }
                    open.reading.losses += 1
                    open.results = client.batchResultStream(fileID: open.reading.file).makeAsyncIterator()
                    current = open
                    continue
                }
                if let result {
                    guard result.line > open.reading.line else {
                        result.removeFiles()
                        continue
                    }
                    (open.reading.line, open.reading.losses) = (result.line, 0)
                    guard let found = try open.index.find(result.customID),
                        isFirst(result, found.number, open.reading), isWanted(found.record)
                    else {
                        if result.customID == nil { try noteUnreadable(result, open.reading) }
                        result.removeFiles()
                        continue
                    }
                    return .result(result, found.record, request: found.request, shard: open.shard)
                }
                guard let file = open.files.first else { return nil }
                open.files.removeFirst()
                (open.reading.file, open.reading.line, open.reading.losses) = (file, 0, 0)
                open.results = client.batchResultStream(fileID: file).makeAsyncIterator()
                current = open
            }
            return nil
        }

        /// Counts a result; false if the request has its response already, so that neither a second one nor an error counts.
        private func isFirst(_ result: Batch.Result, _ number: Int, _ reading: Reading) -> Bool {
            guard !reading.isAnswered[number] else { return false }
            switch result.response {
            case .success:
                reading.isAnswered[number] = true
                reading.results.completed += 1
            case .failure(let error):
                if error.mayHaveBeenBilled { reading.results.completed += 1 }
            }
            return true
        }

        /// Counts a line that cannot be read, whatever job it is for; throws if only this process cannot read it.
        private func noteUnreadable(_ result: Batch.Result, _ reading: Reading) throws {
            if case .failure(var error) = result.response, error.code == .outOfMemory {
                // Reading costs nothing.
                error.mayHaveBeenBilled = false
                throw error
            }
            reading.results.unreadable += 1
            if reading.results.firstUnreadable == nil {
                reading.results.firstUnreadable = "line \(result.line) of the file \(reading.file)"
            }
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
                let batch: Batch
                do throws(ImagesAPIError) { batch = try await client.batch(id) } catch {
                    guard error.code == .notFound else { throw error }
                    notFound = notFound ?? error
                    continue
                }
                guard batch.status.isFinal else { continue }
                let index = try await ShardIndex(shard, folder)
                current = Current(
                    shard: shard, batch: batch, index: index, reading: Reading(requestCount: index.count),
                    files: [batch.outputFileID, batch.errorFileID].compactMap { $0 })
                return true
            }
            return false
        }
    }
}

/// How much of what the server has of a batch could be read.
struct ReadResults: Sendable {
    /// Results of requests that the server may have billed.
    var completed = 0
    /// Lines that may be the results of any request.
    var unreadable = 0
    /// Where the first of them is.
    var firstUnreadable: String?
}

/// Where the jobs of a shard lie in its file, by the ids of their requests.
final class ShardIndex: Sendable {
    private struct Key: Sendable {
        let place: AppendLog.Place
        let request: Int
        /// Which request of the shard it is, from 0 on.
        let number: Int
    }

    private let keys: [String: Key]
    private let reader: LineReader

    init(_ shard: BatchRun.Shard, _ folder: RunFolder) async throws {
        var keys: [String: Key] = [:]
        keys.reserveCapacity(shard.requestCount)
        try await folder.jobs(of: shard) { record, place in
            for request in record.requests {
                keys[record.customID(request)] = Key(place: place, request: request, number: keys.count)
            }
        }
        self.keys = keys
        reader = try LineReader(folder.jobsFile(shard.number))
    }

    /// How many requests the shard has.
    var count: Int { keys.count }

    /// The job and request of a result, and the request's number in the shard; nil for a line that cannot be read or that
    /// is not ours.
    func find(_ customID: String?) throws -> (record: JobRecord, request: Int, number: Int)? {
        guard let customID, let key = keys[customID] else { return nil }
        return (try JobRecord(line: try reader.line(at: key.place)), key.request, key.number)
    }
}
