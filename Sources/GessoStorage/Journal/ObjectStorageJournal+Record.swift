public import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Purchase.ObjectStorageJournal {
    /// Writes the outcome of a claim.
    func write(
        _ outcome: Purchase.Outcome, of key: String, _ generation: Int, _ token: String
    ) async throws {
        switch outcome {
        case .failed(let reason):
            try await end(OutcomeRecord(outcome: .failed, reason: Self.shown(reason)), of: key, generation, token)
        case .done(let file):
            guard let data = try await contents(of: file, key) else {
                return try await note("notSpooled", key, generation, token)
            }
            try await store(data, of: key, generation, token)
        case .unknown(let reason):
            // A whole response that could not be used is there all the same.
            guard let data = try await contents(of: nil, key) else {
                return try await note(reason, key, generation, token)
            }
            try await store(data, of: key, generation, token)
        }
    }

    /// Writes the outcome that somebody else than the owner decides on.
    func decide(_ outcome: Purchase.Outcome, of key: String, _ found: Found) async throws {
        if case .done(let file) = outcome, try await contents(of: file, key) == nil {
            throw ImagesAPIError(
                .invalidRequest,
                "There is no whole response in \u{201C}\(SanitizedText.sanitized(file, limit: 512))\u{201D}; give the file that has it.",
                facts: ["purchaseKey": key])
        }
        // Stored by an owner that ended before it could record that.
        if case .failed = outcome, found.outcome == nil, try await storedResponse(key, found) != nil {
            throw ImagesAPIError(
                .invalidRequest,
                "The whole response of the purchase \(key) is stored, so that it was bought; read it back, or discard the purchase to buy it anew.",
                facts: ["purchaseKey": key])
        }
        try await write(outcome, of: key, found.generation, found.claim.token)
    }

    /// Stores a response, and then that the purchase is done.
    func store(_ data: Data, of key: String, _ generation: Int, _ token: String) async throws {
        let name = names(key).response(generation, token)
        var byteCount = data.count
        if case .exists = try await storage.putIfAbsent(data, to: name) {
            // It is of an earlier attempt to store it: only one response can have arrived for a claim.
            guard let stored = try await storage.get(name) else { throw Self.refusedWrite(name) }
            byteCount = stored.body.count
        }
        try await end(OutcomeRecord(outcome: .done, byteCount: byteCount), of: key, generation, token)
    }

    /// Writes the record that ends a claim; the first one stays.
    private func end(
        _ record: OutcomeRecord, of key: String, _ generation: Int, _ token: String
    ) async throws {
        let name = names(key).outcome(generation, token)
        let data = try JournalCoding.encode(record)
        guard case .exists = try await storage.putIfAbsent(data, to: name) else { return }
        guard let existing = try await storage.get(name) else { throw Self.refusedWrite(name) }
        let found = try JournalCoding.decode(OutcomeRecord.self, existing.body, named: name)
        guard found.outcome != record.outcome else { return }
        throw ImagesAPIError(
            .invalidRequest,
            "The purchase \(key) is recorded as \(found.outcome.rawValue) already, which stays; use another key to buy it anew.",
            facts: ["purchaseKey": key, "found": found.outcome.rawValue])
    }

    private func note(_ reason: String, _ key: String, _ generation: Int, _ token: String) async throws {
        let data = try JournalCoding.encode(NoteRecord(reason: Self.shown(reason)))
        _ = try await storage.put(data, to: names(key).note(generation, token), onlyIfAbsent: false)
    }

    /// The error for a conditional write that is refused although there is no object.
    static func refusedWrite(_ name: String) -> ImagesAPIError {
        ImagesAPIError(
            .serverError,
            "The storage refuses to write \(SanitizedText.sanitized(name, limit: 512)), which does not exist; try again later."
        )
    }

    private static func shown(_ reason: String) -> String { SanitizedText.sanitized(reason, limit: 128) }

    /// A response that has arrived on this machine: in this file, or whole in the spool; nil if there is none.
    private func contents(of file: String?, _ key: String) async throws -> Data? {
        let files = ([file].compactMap { $0 } + spool.responseFiles(of: key).reversed())
            .filter { !$0.isEmpty && !$0.hasSuffix(".part") }
        for file in files {
            if let data = try? Purchase.contents(of: file) { return data }
        }
        return nil
    }

    /// Removes the response of a purchase, once its images are stored elsewhere, and takes it out of lists; its key can be
    /// bought again. A purchase in progress is kept.
    ///
    /// The small objects of its claim stay, since a claim that is removed could be given twice; a lifecycle rule of the bucket may
    /// remove them once no task asks for the key any more.
    public func discard(_ key: String) async throws {
        do {
            guard let found = try await latest(key), !found.isHeld else { return }
            let names = names(key)
            if found.outcome == nil {
                let record = OutcomeRecord(outcome: .failed, reason: "discarded")
                try await end(record, of: key, found.generation, found.claim.token)
            }
            // Before the response goes: without the marker its absence would mean that it was lost.
            _ = try await storage.putIfAbsent(
                Data("{}".utf8), to: names.discarded(found.generation, found.claim.token))
            try await storage.delete(names.response(found.generation, found.claim.token))
            spool.removeResponse(of: key)
        } catch {
            throw Self.refusal(error, consequence: "Discard it again.", key: key)
        }
    }
}
