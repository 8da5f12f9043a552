import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Creates the batches of shards, each once: a batch that the server has already is taken over.
struct BatchCreation {
    let folder: RunFolder
    let client: ImagesClient
    let settling: Duration
    let onWait: (@Sendable (Duration) -> Void)?

    /// Results are kept for 30 days; older batches are of no use.
    private static let oldest = 31 * 86_400

    /// The account's batches of these shards, by the digest in their metadata.
    func find(_ digests: Set<String>) async throws -> [String: Batch] {
        var found: [String: Batch] = [:]
        let oldest = Int(Date().timeIntervalSince1970) - Self.oldest
        var after: String?
        while true {
            let page = try await client.batches(after: after, limit: 100)
            for batch in page.items {
                guard let digest = batch.metadata[BatchRun.Shard.metadataKey], digests.contains(digest) else {
                    continue
                }
                // The oldest is the one that was bought first; nothing was bought by one whose file was refused.
                if batch.status != .failed || found[digest] == nil { found[digest] = batch }
            }
            try folder.step("listed")
            guard page.hasMore, let last = page.lastID, page.items.last?.created ?? Int.max > oldest else {
                return found
            }
            after = last
        }
    }

    /// Creates the batch of a shard whose file is uploaded.
    ///
    /// Where an earlier attempt was cut, or this one is, the server may have the batch: it is looked for after the time to
    /// settle, and created again only if the server does not list it then.
    func create(_ shard: BatchRun.Shard, input: String) async throws -> Batch {
        let key = "batch-\(shard.digest)"
        let buyer = client.with { configuration in
            configuration.spoolDirectory = configuration.spoolDirectory ?? folder.purchases.path
            configuration.purchaseKey = key
            configuration.purchaseLabel = "batch shard \(shard.number)"
        }
        let cut: ImagesAPIError
        do {
            return try await request(shard, input, buyer)
        } catch let error as ImagesAPIError where error.mayHaveBeenBilled {
            guard error.facts["state"] != Purchase.Entry.State.underWay.rawValue else { throw error }
            cut = error
        }
        let journal = self.journal(of: buyer)
        // From now on: when the request was claimed says nothing about when it was cut.
        onWait?(settling)
        try await Task.sleep(for: settling)
        let found: [String: Batch]
        do { found = try await find([shard.digest]) } catch is ImagesAPIError {
            // As long as the server cannot be asked, the outcome is unknown.
            throw cut
        }
        if let batch = found[shard.digest] {
            try await resolve(key, journal, batch: batch)
            return batch
        }
        try await journal.resolve(key, as: .failed(reason: "notListed"))
        try folder.step("resolved")
        return try await request(shard, input, buyer)
    }

    private func request(
        _ shard: BatchRun.Shard, _ input: String, _ buyer: ImagesClient
    ) async throws -> Batch {
        let batch = try await buyer.createBatch(
            inputFileID: input, endpoint: shard.endpoint, metadata: [BatchRun.Shard.metadataKey: shard.digest])
        try folder.step("created")
        return batch
    }

    private func journal(of client: ImagesClient) -> any Purchase.Journal {
        client.configuration.journal
            ?? Purchase.DirectoryJournal(client.configuration.spoolDirectory ?? folder.purchases.path)
    }

    /// Takes a purchase whose batch was found out of the ones that are unknown.
    private func resolve(_ key: String, _ journal: any Purchase.Journal, batch: Batch) async throws {
        if let directory = journal as? Purchase.DirectoryJournal {
            try await directory.discard(key)
        } else {
            try await journal.resolve(key, as: .done(file: batch.id))
        }
        try folder.step("resolved")
    }
}
