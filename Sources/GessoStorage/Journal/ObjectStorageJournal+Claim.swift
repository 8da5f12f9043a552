import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Purchase.ObjectStorageJournal {
    /// One generation of a purchase as it is in the storage.
    struct Found {
        var generation: Int
        var claim: ClaimRecord
        var outcome: OutcomeRecord?
        /// Whether its owner may be at work.
        var isHeld: Bool
    }

    /// A key that has failed more often than this is not claimed again.
    private static let mostGenerations = 1_000

    func claim(_ purchase: Purchase, token: String) async throws -> Purchase.Claim {
        let names = names(purchase.key)
        let record = ClaimRecord(purchase: purchase, token: token, owner: LiveClaims.process)
        let data = try JournalCoding.encode(record)
        // Held from before it is written, so that no other claimant of this process takes the owner for gone.
        let lease = LiveClaims.Lease(token)
        var generation = 1
        var waits = 0
        while generation <= Self.mostGenerations {
            if try await write(data, names, generation, token) { return mine(purchase, generation, token, lease) }
            guard let found = try await read(purchase.key, generation, token) else {
                // Refused for a write in progress that may come to nothing, or removed since.
                do {
                    guard waits < ObjectStorage.mostWaits else { throw Self.refusedWrite(names.claim(generation)) }
                    try await Task.sleep(for: ObjectStorage.delay(beforeWait: waits))
                } catch {
                    // An earlier attempt may still arrive.
                    await withdraw(names, generation, token)
                    throw error
                }
                waits += 1
                continue
            }
            // The response to an earlier attempt was lost: the object there is this call's.
            if found.claim.token == token { return mine(purchase, generation, token, lease) }
            if found.outcome?.outcome == .failed {
                generation += 1
                continue
            }
            if let claim = try await existing(purchase, found) { return claim }
            generation += 1
        }
        throw ImagesAPIError(
            .purchaseUnresolved,
            "The purchase \(purchase.key) has failed \(Self.mostGenerations) times; use another key.",
            facts: ["purchaseKey": purchase.key])
    }

    private func mine(
        _ purchase: Purchase, _ generation: Int, _ token: String, _ lease: LiveClaims.Lease
    ) -> Purchase.Claim {
        own[purchase.key] = OwnClaims.Claim(generation: generation, token: token)
        return .mine { lease.release() }
    }

    /// Writes a claim; false if there is one. If that fails and the claim may have been written all the same, it is ended.
    private func write(
        _ data: Data, _ names: ObjectNames, _ generation: Int, _ token: String
    ) async throws -> Bool {
        do {
            guard try await storage.put(data, to: names.claim(generation), onlyIfAbsent: true) == .stored else {
                own.hasConditions = true
                return false
            }
        } catch {
            if (error as? ImagesAPIError)?.facts["mayBeStored"] != nil { await withdraw(names, generation, token) }
            throw error
        }
        do {
            try await requireConditions(data, names.claim(generation))
        } catch {
            await withdraw(names, generation, token)
            throw error
        }
        return true
    }

    /// Writes the first claim of a journal again, to see that the storage refuses it: one that ignores the condition would
    /// give a claim to everyone who asks.
    private func requireConditions(_ data: Data, _ name: String) async throws {
        guard !own.hasConditions else { return }
        guard try await storage.put(data, to: name, onlyIfAbsent: true) != .stored else {
            throw ImagesAPIError(
                .invalidConfiguration,
                "The storage overwrites objects in spite of \u{201C}If-None-Match: *\u{201D}, so that a purchase could be made twice; use one with conditional writes, and let whatever is in between pass the field on."
            )
        }
        own.hasConditions = true
    }

    private func read(_ key: String, _ generation: Int, _ token: String) async throws -> Found? {
        do {
            return try await find(key, generation)
        } catch {
            await withdraw(names(key), generation, token)
            throw error
        }
    }

    /// Notes that nothing was sent for a claim, if the storage takes it within a few seconds; without the note the purchase is
    /// unknown. Harmless if the claim was never written, since the name has its token.
    private func withdraw(_ names: ObjectNames, _ generation: Int, _ token: String) async {
        let storage = storage
        // In a task of its own, since that of the claim may have been cancelled.
        await Task {
            let record = OutcomeRecord(outcome: .failed, reason: "notSent")
            guard let data = try? JournalCoding.encode(record) else { return }
            _ = try? await storage.put(
                data, to: names.outcome(generation, token), onlyIfAbsent: true, retryPolicy: .never,
                timeout: .seconds(3))
        }.value
    }

    /// What a claim by somebody else means for this one; nil if the purchase was discarded and can be claimed again.
    private func existing(_ purchase: Purchase, _ found: Found) async throws -> Purchase.Claim? {
        var entry = entry(found)
        guard entry.state != .done || entry.files.isEmpty else {
            // The response is on this machine.
            let claim = try purchase.claim(existing: entry)
            if case .done(let data) = claim, found.outcome == nil, !found.isHeld {
                // Others need it too; without it the purchase is unknown to them, and done here.
                try? await store(data, of: purchase.key, found.generation, found.claim.token)
            }
            return claim
        }
        // For the check that the key was used for the same request.
        entry.state = .unknown
        let claim = try purchase.claim(existing: entry)
        if let data = try await storedResponse(purchase.key, found) { return .done(data) }
        guard found.outcome?.outcome == .done else {
            guard case .unknown(var entry) = claim else { return claim }
            entry.state = found.isHeld ? .underWay : .unknown
            return .unknown(entry)
        }
        let marker = names(purchase.key).discarded(found.generation, found.claim.token)
        if try await storage.get(marker) != nil { return nil }
        entry.reason = "responseMissing"
        return .unknown(entry)
    }
}

extension Purchase.ObjectStorageJournal {
    /// A generation of a purchase; nil if it was never claimed.
    func find(_ key: String, _ generation: Int) async throws -> Found? {
        let names = names(key)
        guard let response = try await storage.get(names.claim(generation)) else { return nil }
        let claim = try JournalCoding.decode(ClaimRecord.self, response.body, named: names.claim(generation))
        let name = names.outcome(generation, claim.token)
        let outcome = try await storage.get(name).map {
            try JournalCoding.decode(OutcomeRecord.self, $0.body, named: name)
        }
        return Found(
            generation: generation, claim: claim, outcome: outcome,
            isHeld: outcome == nil && isHeld(claim, response.age))
    }

    /// Whether the owner of a claim may be at work.
    func isHeld(_ claim: ClaimRecord, _ age: Double?) -> Bool {
        if claim.owner == LiveClaims.process { return LiveClaims.isHeld(claim.token) }
        // The storage's own clock, if it tells the time.
        let age = age ?? Date().timeIntervalSince(claim.purchase.time)
        // As numbers, since a duration of any age that an object may state would not exist.
        return age < lease / Duration.seconds(1)
    }

    /// The last generation of a purchase; nil if the key was never claimed.
    func latest(_ key: String) async throws -> Found? {
        var last: Found?
        var generation = 1
        while let found = try await find(key, generation) {
            last = found
            // Only what has failed or was discarded is followed by another.
            guard found.outcome != nil else { break }
            generation += 1
        }
        return last
    }

    /// The entry of a generation, as far as this machine and the outcome tell.
    func entry(_ found: Found) -> Purchase.Entry {
        let files = spool.responseFiles(of: found.claim.purchase.key)
        var entry = spool.entry(
            found.claim.purchase, isFailed: found.outcome?.outcome == .failed, reason: found.outcome?.reason,
            files: files, isHeld: found.isHeld)
        if found.outcome?.outcome == .done, entry.state != .done {
            entry.state = .done
            entry.files = []
            entry.byteCount = found.outcome?.byteCount ?? 0
        }
        return entry
    }

    /// The whole response of a purchase, from this machine or from the storage.
    func wholeResponse(_ key: String, _ found: Found) async throws -> Data? {
        guard found.outcome?.outcome != .failed else { return nil }
        if let file = entry(found).files.last(where: { !$0.hasSuffix(".part") }) {
            return try Purchase.contents(of: file)
        }
        return try await storedResponse(key, found)
    }

    func storedResponse(_ key: String, _ found: Found) async throws -> Data? {
        let name = names(key).response(found.generation, found.claim.token)
        guard let data = try await storage.get(name)?.body else { return nil }
        guard let recorded = found.outcome?.byteCount, recorded != data.count else { return data }
        let shown = SanitizedText.sanitized(name, limit: 512)
        throw ImagesAPIError(
            .spoolNotWritable,
            "The object \(shown) has \(data.count) bytes and was stored with \(recorded); restore it, from the spool of the machine that bought it, or discard the purchase.",
            facts: ["reason": "corrupt", "object": shown, "found": "\(data.count)", "allowed": "\(recorded)"])
    }
}
