import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What is done with each result: its job is finished and its outcome recorded.
struct ResultWork: Sendable {
    enum Product: Sendable {
        case outcome(BatchRun.Outcome)
        /// The job waits for the results of its other requests, or needs this one no more.
        case nothing
        case end(BatchRun.Shard, Batch, ReadResults)
        case notFound(ImagesAPIError)
    }

    let folder: RunFolder
    let outcomes: OutcomeLog
    let finisher: JobFinisher
    let kept: KeptResponses
    /// Held until the last result that was begun is done, also after nobody waits for it.
    let lock: RunLock

    func run(_ arrival: ShardArrivals.Element) async throws -> Product {
        switch arrival {
        case .end(let shard, let batch, let results): return .end(shard, batch, results)
        case .notFound(let error): return .notFound(error)
        case .result(let result, let record, let request, let shard):
            defer { result.removeFiles() }
            // Another response may have finished the job since this one was read.
            if outcomes.entry(record.line)?.status == .done { return .nothing }
            guard let outcome = try await outcome(result, record, request, shard) else { return .nothing }
            // A cancelled collect leaves the job to the next one.
            try Task.checkCancellation()
            let earlier = outcomes.entry(record.line)?.status == .unfinished ? outcomes.outcome(record.line) : nil
            guard try outcomes.append(outcome) else { return .nothing }
            try folder.step("recorded")
            // Not before: without them the requests of earlier batches could not be finished again.
            if record.requestCount > 1, outcome.status != .failed {
                kept.release(record, isDone: outcome.status == .done)
            }
            if outcome.status == .done, let earlier { finisher.removeReturned(of: earlier, finishedAs: outcome) }
            return .outcome(outcome)
        }
    }

    private func outcome(
        _ result: Batch.Result, _ record: JobRecord, _ request: Int, _ shard: BatchRun.Shard
    ) async throws -> BatchRun.Outcome? {
        switch result.response {
        case .success(let response):
            guard record.requestCount > 1 else {
                return await finisher.outcome(of: record, shard: shard.number, [response])
            }
            try await PixelPool.shared.run { try kept.keep(response, of: record, request) }
            guard let responses = try await PixelPool.shared.run({ try kept.claim(record) }) else { return nil }
            return await finisher.outcome(of: record, shard: shard.number, responses)
        case .failure(let error):
            var outcome = BatchRun.Outcome(record, shard: shard.number, .failed)
            outcome.requestIDs = [error.requestID].compactMap { $0 }
            outcome.error = .init(error)
            // They are paid for, even if nothing here knows them as images.
            let images = error.partialImages.compactMap(\.data)
            if !images.isEmpty {
                let responses = (0..<record.requestCount).map { ImagesResponse(images: $0 == request ? images : []) }
                await finisher.keepReturned(responses, record.job, &outcome)
            }
            guard record.requestCount > 1 else { return outcome }
            kept.note(outcome, of: record, request)
            return nil
        }
    }
}

extension Batch.Result {
    /// Removes the files that images were decoded into.
    func removeFiles() {
        let images: [ImagesResponse.GeneratedImage]
        switch response {
        case .success(let response): images = response.images
        case .failure(let error): images = error.partialImages
        }
        for file in images.compactMap(\.file) { try? FileManager.default.removeItem(atPath: file) }
    }
}
