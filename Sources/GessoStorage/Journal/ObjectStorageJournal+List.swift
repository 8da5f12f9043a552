public import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Purchase.ObjectStorageJournal {
    /// Purchases whose objects are read at a time.
    private static let parallelReads = 16

    /// All recorded purchases, the oldest first; one to three requests for each.
    ///
    /// The files of a purchase are those on this machine, else the key of the object with its response.
    /// - Throws: `unsupportedFeature` if the journal was made without a way to list, `spoolNotWritable` if the storage cannot
    ///   be used.
    public func list() async throws -> [Purchase.Entry] {
        guard let listKeys else {
            throw ImagesAPIError(
                .unsupportedFeature,
                "This journal cannot list its purchases; give it a list function, since listing cannot be presigned in general."
            )
        }
        do {
            var folders: [Substring: Set<Substring>] = [:]
            for key in try await listKeys(prefix) where key.hasPrefix(prefix) {
                let parts = key.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
                if parts.count == 2 { folders[parts[0], default: []].insert(parts[1]) }
            }
            let entries = try await withThrowingTaskGroup(of: Purchase.Entry?.self) { group in
                var found: [Purchase.Entry] = []
                var running = 0
                for (folder, objects) in folders {
                    if running >= Self.parallelReads, let entry = try await group.next() {
                        if let entry { found.append(entry) }
                    }
                    group.addTask { try await entry(in: "\(prefix)\(folder)/", objects) }
                    running += 1
                }
                for try await entry in group { if let entry { found.append(entry) } }
                return found
            }
            return entries.sorted { ($0.purchase.time, $0.purchase.key) < ($1.purchase.time, $1.purchase.key) }
        } catch {
            throw Self.refusal(error, consequence: "Nothing was changed.", key: "")
        }
    }

    /// The entry of the purchase with these objects; nil if it was discarded or was never claimed.
    private func entry(in folder: String, _ objects: Set<Substring>) async throws -> Purchase.Entry? {
        guard let generation = objects.compactMap(ObjectNames.generation(ofClaim:)).max(),
            let claim = objects.first(where: { ObjectNames.generation(ofClaim: $0) == generation }),
            let response = try await storage.get(folder + claim)
        else { return nil }
        let record = try JournalCoding.decode(ClaimRecord.self, response.body, named: folder + claim)
        let names = names(record.purchase.key)
        func has(_ name: String) -> Bool { objects.contains(name.dropFirst(folder.count)) }
        guard names.folder == folder, !has(names.discarded(generation, record.token)) else { return nil }
        var found = Found(generation: generation, claim: record, outcome: nil, isHeld: false)
        let outcomeName = names.outcome(generation, record.token)
        if has(outcomeName), let object = try await storage.get(outcomeName) {
            found.outcome = try JournalCoding.decode(OutcomeRecord.self, object.body, named: outcomeName)
        }
        found.isHeld = found.outcome == nil && isHeld(record, response.age)
        var entry = entry(found)
        let responseName = names.response(generation, record.token)
        if entry.state != .failed, has(responseName), !entry.files.contains(where: { !$0.hasSuffix(".part") }) {
            entry.state = .done
            entry.files = [responseName]
        }
        let noteName = names.note(generation, record.token)
        if entry.state == .unknown, has(noteName), let object = try await storage.get(noteName) {
            entry.reason = try JournalCoding.decode(NoteRecord.self, object.body, named: noteName).reason
        }
        return entry
    }
}
