#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Releases a claim when the last reference to it goes away.
private final class PurchaseLease: Sendable {
    private let release: @Sendable () -> Void

    init(_ release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}

/// The purchase behind one call: claimed before the first byte of its first attempt, recorded when the call has ended.
///
/// Retries within the call belong to the same purchase. When a session is released without a record, as with a stream
/// that is left early, its lease ends, and the directory shows the state: with a complete response it is done,
/// otherwise unknown.
final class PurchaseSession: Sendable {
    private enum State {
        case unclaimed
        case mine(PurchaseLease)
        /// The response was in the journal, or is recorded.
        case recorded
        /// The spool cannot be used, and the configuration allows that.
        case unspooled
    }

    let key: String
    private let label: String?
    private let directory: String
    private let journal: any Purchase.Journal
    private let allowsUnspooledRequests: Bool
    /// Whether nothing may be sent without a claim: with a key or a journal of the caller's own the same purchase may be made
    /// elsewhere, and only the claim shows that.
    private let requiresClaim: Bool
    private let state = Locked(State.unclaimed)
    private let timeout: Duration
    /// Held so that the outcome can be recorded after the request.
    private let thread = Locked<DiskWriter.Hold?>(nil)

    /// Nil without a spool.
    init?(_ configuration: ImagesClient.Configuration) {
        guard let directory = configuration.spoolDirectory else { return nil }
        self.directory = directory
        timeout = configuration.timeouts.total
        journal = configuration.journal ?? Purchase.DirectoryJournal(directory, timeout: timeout)
        key = configuration.purchaseKey ?? Self.newKey()
        label = configuration.purchaseLabel.map { SanitizedText.sanitized($0, limit: 256) }
        allowsUnspooledRequests = configuration.allowsUnspooledRequests
        requiresClaim = configuration.journal != nil || configuration.purchaseKey != nil
    }

    /// Unique by 64 random bits, and sorted by time in lists.
    private static func newKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return "\(Int(Date().timeIntervalSince1970))-\(String(generator.next(), radix: 16))"
    }

    /// Claims the purchase before its first attempt, and gives every attempt the file for its response.
    ///
    /// - Returns: the raw response if the key was bought before.
    /// - Throws: `spoolNotWritable`, `purchaseUnresolved`, `outOfMemory` without a thread for the disk, `cancelled`, or
    ///   `spoolNotWritable` if a custom journal throws; nothing may be sent then.
    func prepare(_ request: inout TransferRequest, responseBytes: Int) async throws(ImagesAPIError) -> Data? {
        do {
            let writer = DiskWriter.shared(for: directory)
            if case .unclaimed = state.withLock({ $0 }) {
                let hold = try writer.holdThread()
                thread.withLock { $0 = hold }
                do {
                    try await writer.run(timeout: timeout) { try self.requireRoom(responseBytes) }
                } catch let error as ImagesAPIError where requiresClaim && mayGoUnspooled(error) {
                    // Only the response may be lost; the claim is made all the same.
                }
                if let response = try await claim(request) { return response }
            }
            guard case .mine = state.withLock({ $0 }) else { return nil }
            let stem = Purchase.DirectoryJournal.stem(of: key)
            request.spool = try await writer.run(timeout: timeout) {
                try SpoolFolder(self.directory).createResponse(stem: stem)
            } undo: { file in
                file.discard()
            }
            return nil
        } catch let error as ImagesAPIError {
            guard mayGoUnspooled(error) else { throw Self.unsent(error) }
            if requiresClaim {
                // With the claim the outcome is recorded, even if there is no file for the response.
                guard case .mine = state.withLock({ $0 }) else { throw Self.unclaimed(error) }
            } else {
                state.withLock { $0 = .unspooled }
            }
            return nil
        } catch {
            // The message of a foreign error may contain secrets.
            throw ImagesAPIError(
                .spoolNotWritable, "The journal failed (\(type(of: error))); see its logs. Nothing was sent.",
                facts: ["purchaseKey": key])
        }
    }

    private func mayGoUnspooled(_ error: ImagesAPIError) -> Bool {
        allowsUnspooledRequests && error.code == .spoolNotWritable
    }

    private static func unclaimed(_ error: ImagesAPIError) -> ImagesAPIError {
        var error = unsent(error)
        error.message +=
            " A purchase with a key or a journal of its own is not sent without a claim, whatever allowsUnspooledRequests "
            + "says, since it could be paid for twice."
        return error
    }

    /// The disk writer does not know that a request waits for it.
    private static func unsent(_ error: ImagesAPIError) -> ImagesAPIError {
        guard error.code == .outOfMemory || error.facts["reason"] == DiskWriter.stuckReason else { return error }
        var error = error
        error.message += " Nothing was sent."
        return error
    }

    private func claim(_ request: TransferRequest) async throws -> Data? {
        let purchase = Purchase(
            key: key, operation: request.endpoint.label, host: TransportError.host(of: request.url),
            digest: await request.digest(), label: label)
        switch try await journal.claim(purchase) {
        case .mine(let release):
            let lease = PurchaseLease(release)
            state.withLock { $0 = .mine(lease) }
            return nil
        case .done(let response):
            state.withLock { $0 = .recorded }
            return response
        case .unknown(let entry):
            throw ImagesAPIError(
                .purchaseUnresolved,
                entry.state == .underWay
                    ? "The purchase \(key) is in progress elsewhere. Nothing was sent this time."
                    : "The purchase \(key) was begun before and its outcome is not known; list the spool \(directory) and "
                        + "resolve it. Nothing was sent this time.",
                mayHaveBeenBilled: true, facts: ["purchaseKey": key, "state": entry.state.rawValue])
        }
    }

    /// Records that the complete response is there.
    func succeeded(file: String?) async {
        if let file { await record(.done(file: file)) } else { await record(.unknown(reason: "notSpooled")) }
    }

    /// Records the failure that ended the call, and adds the purchase's key to it.
    func failed(_ error: ImagesAPIError) async -> ImagesAPIError {
        guard case .mine = state.withLock({ $0 }) else { return error }
        await record(error.mayHaveBeenBilled ? .unknown(reason: error.label) : .failed(reason: error.label))
        var error = error
        error.facts["purchaseKey"] = key
        return error
    }

    /// A record that cannot be written is ignored: without it the purchase is unknown, or done if its response is
    /// there.
    private func record(_ outcome: Purchase.Outcome) async {
        guard case .mine(let lease) = state.withLock({ $0 }) else { return }
        try? await journal.record(outcome, of: key)
        state.withLock { $0 = .recorded }
        withExtendedLifetime(lease) {}
    }

    /// The key, if the purchase is in the journal.
    var journaledKey: String? {
        switch state.withLock({ $0 }) {
        case .mine, .recorded: key
        case .unclaimed, .unspooled: nil
        }
    }

    private func requireRoom(_ responseBytes: Int) throws(ImagesAPIError) {
        let needed = responseBytes + Self.margin
        guard let free = SpoolFolder(directory).freeBytes(), free < needed else { return }
        throw Purchase.DirectoryJournal.refused(
            directory, "the response may take \(needed) bytes and \(free) are free",
            facts: ["found": "\(free)", "allowed": "\(needed)"])
    }

    /// Space for the entry, directory blocks and other writers.
    private static let margin = 1 << 20
}

extension TransferRequest {
    /// The SHA-256 of operation, model, parameters and parts, without multipart boundaries.
    func digest() async -> String {
        var hash = SHA256()
        hash.update("\(endpoint.label)\n\(model?.rawValue ?? "")\n")
        for (segment, isFraming) in zip(body.segments, body.isFraming) where !isFraming {
            hash.update("\(segment.count)\n")
            var rest = segment[...]
            while !rest.isEmpty {
                let piece = rest.prefix(1 << 20)
                piece.withUnsafeBytes { hash.update($0) }
                rest = rest.dropFirst(piece.count)
                // A megabyte takes milliseconds; lets other tasks use the thread.
                await Task.yield()
            }
        }
        return hash.hexadecimal
    }
}
