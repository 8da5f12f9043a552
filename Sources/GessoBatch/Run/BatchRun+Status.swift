public import Gesso

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension BatchRun {
    /// How far a run has come.
    public struct Status: Sendable {
        /// A shard and its batch.
        public struct Entry: Sendable {
            /// The shard.
            public let shard: Shard
            /// Its batch as the server describes it; nil before it is submitted.
            public let batch: Batch?
            /// Whether all its results are collected.
            public let isCollected: Bool

            /// What the tokens counted so far cost in US dollars; nil where the server counts none, or no price is known.
            public var cost: Double? { batch?.usage?.dollars(model: shard.model, inBatch: true) }
        }

        /// In the order of the shards.
        public let entries: [Entry]

        /// Whether every batch has ended, so that all results can be collected.
        public var isFinished: Bool { entries.allSatisfy { $0.batch?.status.isFinal == true } }
        /// How many requests there are in all.
        public var requestCount: Int { entries.reduce(0) { $0 + $1.shard.requestCount } }
        /// How many requests have a response.
        public var completedCount: Int { entries.reduce(0) { $0 + ($1.batch?.completedCount ?? 0) } }
        /// How many requests failed.
        public var failedCount: Int { entries.reduce(0) { $0 + ($1.batch?.failedCount ?? 0) } }
        /// What all batches cost so far, as far as the server counts tokens and prices are known; nil if none is.
        public var cost: Double? {
            let costs = entries.compactMap(\.cost)
            return costs.isEmpty ? nil : costs.reduce(0, +)
        }
        /// What all shards together were estimated to cost, retried ones included.
        public var estimate: Estimate { entries.reduce(into: Estimate()) { $0.add($1.shard.estimate) } }

        /// How long the rest takes at the pace so far; nil before anything is done.
        public func timeLeft(now: Date = Date()) -> Duration? {
            let done = completedCount + failedCount
            guard done > 0, let start = entries.compactMap({ $0.batch?.created }).min() else { return nil }
            let elapsed = max(0, now.timeIntervalSince1970 - Double(start))
            return .seconds(elapsed / Double(done) * Double(max(0, requestCount - done)))
        }
    }

    /// Asks the server for every batch of the run that is not collected; the others are known to have ended.
    public func status(client: ImagesClient) async throws -> Status {
        var entries: [Status.Entry] = []
        for shard in try shards {
            let state = try folder.state(of: shard)
            var batch: Batch?
            if let ended = state.ended {
                batch = try Batch(ended)
            } else if let id = state.batch {
                batch = try await client.batch(id)
            }
            entries.append(Status.Entry(shard: shard, batch: batch, isCollected: state.isCollected))
        }
        return Status(entries: entries)
    }

    /// Waits until every submitted batch has ended. A server that cannot be asked for some intervals ends no wait.
    ///
    /// - Parameters:
    ///   - interval: how long to wait between two questions.
    ///   - onStatus: called with every status.
    /// - Returns: the last status.
    @discardableResult
    public func finished(
        client: ImagesClient, interval: Duration = .seconds(30), onStatus: (@Sendable (Status) -> Void)? = nil
    ) async throws -> Status {
        var failures = 0
        while true {
            do {
                let status = try await status(client: client)
                failures = 0
                onStatus?(status)
                if status.entries.allSatisfy({ $0.batch?.status.isFinal ?? true }) { return status }
            } catch let error as ImagesAPIError {
                failures += 1
                guard Self.mayPass(error), failures <= Self.mostFailures else { throw error }
            }
            try await Task.sleep(for: interval)
        }
    }

    /// Questions in a row that may fail before a wait ends; the client repeats each by itself before.
    private static let mostFailures = 10

    private static func mayPass(_ error: ImagesAPIError) -> Bool {
        let passing: Set<ImagesAPIError.Code> = [
            .couldNotResolve, .couldNotConnect, .connectTimeout, .firstByteTimeout, .idleTimeout, .totalTimeout,
            .connectionLost,
        ]
        return error.isRetryable || passing.contains(error.code)
    }
}
