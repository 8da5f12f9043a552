public import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Purchase {
    /// A purchase journal in object storage, for many machines: each key is bought once, and its response read back by all.
    ///
    /// ```swift
    /// configuration.spoolDirectory = "/var/lib/app/spool"
    /// configuration.journal = Purchase.ObjectStorageJournal(storage, prefix: "purchases/", spoolDirectory: spool)
    /// ```
    /// A claim is a conditional write (`If-None-Match: *`) of an object: of any number of claimants one writes it, and only that
    /// one sends the request. Its response is stored before `done` is recorded. A purchase that was recorded as failed is
    /// claimed again under the next number, again by one.
    ///
    /// The storage must have conditional writes, which the first claim of a journal checks, and read what was written; there are
    /// no locks and no clock of this machine in a decision about money. If the storage fails or is slow, a claim throws and
    /// nothing is sent.
    public struct ObjectStorageJournal: Purchase.Journal {
        /// The directory where the client keeps responses while they arrive.
        public let spoolDirectory: String
        /// What the names of all objects begin with.
        public let prefix: String
        /// How long a claim of another process counts as in progress if no outcome is recorded.
        public let lease: Duration
        let storage: ObjectStorage
        let listKeys: (@Sendable (String) async throws -> [String])?
        let own = OwnClaims()

        /// A journal in a storage; nothing is read or written before the first claim.
        ///
        /// - Parameters:
        ///   - storage: signs `GET` and `PUT`, and `DELETE` if ``discard(_:)`` is used. Its signer needs the right to list the
        ///     bucket, since without it a missing object cannot be told from a forbidden one.
        ///   - prefix: what the names of all objects begin with, usually ending in `/`.
        ///   - spoolDirectory: that of the client's configuration.
        ///   - lease: longer than any request takes with its retries; by then its process must have recorded an outcome. Only
        ///     ``resolve(_:as:)`` and the state in lists depend on it, never a claim.
        ///   - list: the keys of all objects that begin with a prefix, by the storage's own SDK; nil if ``list()`` is not used.
        public init(
            _ storage: ObjectStorage, prefix: String = "purchases/", spoolDirectory: String,
            lease: Duration = .seconds(3_600),
            list: (@Sendable (_ prefix: String) async throws -> [String])? = nil
        ) {
            self.storage = storage
            self.prefix = prefix
            self.spoolDirectory = spoolDirectory
            self.lease = lease
            listKeys = list
        }

        /// Claims a purchase for the caller: one request for a new key.
        ///
        /// - Throws: `spoolNotWritable` if the storage cannot be used, `invalidRequest` if the key was used for another request,
        ///   `cancelled`; nothing may be sent then.
        public func claim(_ purchase: Purchase) async throws -> Purchase.Claim {
            do {
                return try await claim(purchase, token: LiveClaims.randomToken())
            } catch {
                throw Self.refusal(error, consequence: "Nothing was sent.", key: purchase.key)
            }
        }

        /// Records the outcome of a purchase that this journal has claimed. Its response is stored first.
        ///
        /// - Throws: `spoolNotWritable` if the storage cannot be used; the response then stays in ``spoolDirectory``.
        public func record(_ outcome: Purchase.Outcome, of key: String) async throws {
            do {
                guard let claim = own[key] else {
                    guard try await latest(key) != nil else { throw Self.notFound(key) }
                    throw ImagesAPIError(
                        .purchaseUnresolved,
                        "The purchase \(key) was claimed elsewhere; its owner records it, or resolve it.",
                        facts: ["purchaseKey": key])
                }
                // In a task of its own: the outcome has to be recorded even if the caller's task was cancelled.
                try await Task { try await write(outcome, of: key, claim.generation, claim.token) }.value
                own.remove(key, token: claim.token)
            } catch {
                throw Self.refusal(
                    error, consequence: "What has arrived of the response is in \(spoolDirectory).", key: key)
            }
        }

        /// Sets the outcome of an unknown purchase: after `failed` the key can be claimed again, by one of any number of
        /// claimants. An outcome that is recorded stays.
        ///
        /// - Throws: `purchaseUnresolved` if the purchase is in progress, `notFound` if the key is not in the journal,
        ///   `invalidRequest` if it has another outcome, if its whole response is stored and it is not to be done, or if it is to
        ///   be done and the file has none; `spoolNotWritable` if the storage cannot be used.
        public func resolve(_ key: String, as outcome: Purchase.Outcome) async throws {
            do {
                guard let found = try await latest(key) else { throw Self.notFound(key) }
                guard found.outcome != nil || !found.isHeld else {
                    throw ImagesAPIError(
                        .purchaseUnresolved,
                        "The purchase \(key) is still under way; wait for it, or end its process and wait for \(lease).",
                        facts: ["purchaseKey": key])
                }
                try await decide(outcome, of: key, found)
            } catch {
                throw Self.refusal(error, consequence: "Nothing was changed.", key: key)
            }
        }

        /// The response of a purchase that is done.
        ///
        /// - Throws: `notFound` when the key has no whole response, and what `ImagesResponse/init(saved:limits:)` does.
        public func response(
            for key: String, limits: ImagesClient.ResponseLimits = ImagesClient.ResponseLimits()
        ) async throws -> ImagesResponse {
            let data: Data?
            do {
                if let found = try await latest(key) { data = try await wholeResponse(key, found) } else { data = nil }
            } catch {
                throw Self.refusal(error, consequence: "Nothing was changed.", key: key)
            }
            guard let data else {
                throw ImagesAPIError(
                    .notFound, "No whole response has arrived for the purchase \(key).", facts: ["purchaseKey": key])
            }
            var response = try ImagesResponse(saved: data, limits: limits)
            response.purchaseKey = key
            return response
        }
    }
}

extension Purchase.ObjectStorageJournal {
    var spool: SpoolFolder { SpoolFolder(spoolDirectory) }
    func names(_ key: String) -> ObjectNames { ObjectNames(prefix: prefix, key: key) }

    static func notFound(_ key: String) -> ImagesAPIError {
        ImagesAPIError(
            .notFound, "The purchase \(key) is not in the journal; list it to see the keys.",
            facts: ["purchaseKey": key])
    }

    /// The error for a storage that cannot be used. It never has a code or status of the storage, which could be taken for
    /// the API's and retried or counted as such.
    static func refusal(_ error: any Error, consequence: String, key: String) -> ImagesAPIError {
        let own: Set<ImagesAPIError.Code> = [
            .invalidRequest, .purchaseUnresolved, .notFound, .cancelled, .unsupportedFeature,
        ]
        guard let error = error as? ImagesAPIError else {
            return ImagesAPIError(
                error is CancellationError ? .cancelled : .spoolNotWritable,
                "The journal in the storage failed (\(type(of: error))). \(consequence)", facts: ["purchaseKey": key])
        }
        if own.contains(error.code), error.status == nil { return error }
        var facts = error.facts
        facts["purchaseKey"] = key
        facts["reason"] = facts["reason"] ?? error.label
        if let status = error.status { facts["status"] = "\(status)" }
        facts["attempts"] = "\(error.attempts)"
        return ImagesAPIError(
            .spoolNotWritable, "The journal in the storage cannot be used: \(error.message) \(consequence)",
            requestID: error.requestID, facts: facts)
    }
}
