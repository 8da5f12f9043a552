#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The purchase behind one call: claimed before the first byte of its first attempt, recorded when the call has ended.
///
/// Repeats within the call belong to the same purchase. When a session goes away without a record, as a stream that is left
/// early, its lease ends and what the folder holds says the rest: a whole response is done, anything else unknown.
final class PurchaseSession: Sendable {
    private enum State {
        case unclaimed
        case mine(Purchase.Lease)
        /// The response was in the journal, or is recorded.
        case settled
        /// Nothing can be kept, and the configuration allows that.
        case unspooled
    }

    let key: String
    private let label: String?
    private let directory: String
    private let journal: any PurchaseJournal
    private let allowsUnspooledRequests: Bool
    private let state = Locked(State.unclaimed)
    private let timeout: Duration
    /// So that the outcome can be noted once the request has been sent.
    private let thread = Locked<DiskWriter.Hold?>(nil)

    /// Nil without a spool: then nothing is kept.
    init?(_ configuration: ImagesClient.Configuration) {
        guard let directory = configuration.spoolDirectory else { return nil }
        self.directory = directory
        timeout = configuration.timeouts.total
        journal = configuration.journal ?? DirectoryJournal(directory, timeout: timeout)
        key = configuration.purchaseKey ?? Self.newKey()
        label = configuration.purchaseLabel.map { SanitizedText.sanitized($0, limit: 256) }
        allowsUnspooledRequests = configuration.allowsUnspooledRequests
    }

    /// Readable in lists, in the order of time, and never the same twice: 64 random bits.
    private static func newKey() -> String {
        var generator = SystemRandomNumberGenerator()
        return "\(Int(Date().timeIntervalSince1970))-\(String(generator.next(), radix: 16))"
    }

    /// Claims the purchase before its first attempt, and gives every attempt the file for its response.
    ///
    /// - Returns: the raw response if the key was bought before.
    /// - Throws: `spoolNotWritable`, `purchaseUnresolved`, `outOfMemory` without a thread for the disk, `cancelled`, or
    ///   `spoolNotWritable` for what a journal of somebody else's throws; nothing may be sent then.
    func prepare(_ request: inout TransferRequest, responseBytes: Int) async throws(ImagesAPIError) -> Data? {
        do {
            let writer = DiskWriter.shared(for: directory)
            if case .unclaimed = state.withLock({ $0 }) {
                let hold = try writer.holdThread()
                thread.withLock { $0 = hold }
                try await writer.run(timeout: timeout) { try self.requireRoom(responseBytes) }
                if let response = try await claim(request) { return response }
            }
            guard case .mine = state.withLock({ $0 }) else { return nil }
            let stem = DirectoryJournal.stem(of: key)
            request.spool = try await writer.run(timeout: timeout) {
                try SpoolFolder(self.directory).createResponse(stem: stem)
            } undo: { file in
                file.discard()
            }
            return nil
        } catch let error as ImagesAPIError {
            guard error.code == .spoolNotWritable, allowsUnspooledRequests else { throw Self.unsent(error) }
            state.withLock { $0 = .unspooled }
            return nil
        } catch {
            // The journal's words are somebody else's.
            throw ImagesAPIError(
                .spoolNotWritable, "The journal failed (\(type(of: error))); see what it logs. Nothing was sent.",
                facts: ["purchaseKey": key])
        }
    }

    /// The writer of a disk does not know what waits for it.
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
        case .mine(let lease):
            state.withLock { $0 = .mine(lease) }
            return nil
        case .done(let response):
            state.withLock { $0 = .settled }
            return response
        case .unknown(let entry):
            throw ImagesAPIError(
                .purchaseUnresolved,
                entry.state == .underWay
                    ? "The purchase \(key) is under way elsewhere. Nothing was sent this time."
                    : "The purchase \(key) was begun before and its outcome is not known; look at the spool \(directory) and "
                        + "resolve it. Nothing was sent this time.",
                mayHaveBeenBilled: true, facts: ["purchaseKey": key, "state": entry.state.rawValue])
        }
    }

    /// Notes that the whole response is there.
    func succeeded(file: String?) async {
        if let file { await record(.done(file: file)) } else { await record(.unknown(reason: "notSpooled")) }
    }

    /// Notes the failure that ended the call, and adds the purchase's key to it.
    func failed(_ error: ImagesAPIError) async -> ImagesAPIError {
        guard case .mine = state.withLock({ $0 }) else { return error }
        await record(error.mayHaveBeenBilled ? .unknown(reason: error.label) : .failed(reason: error.label))
        var error = error
        error.facts["purchaseKey"] = key
        return error
    }

    /// A record that cannot be written changes nothing: without it the purchase counts as unknown, or as done where its
    /// response is there.
    private func record(_ outcome: Purchase.Outcome) async {
        guard case .mine(let lease) = state.withLock({ $0 }) else { return }
        try? await journal.record(outcome, of: key)
        state.withLock { $0 = .settled }
        withExtendedLifetime(lease) {}
    }

    /// The key, where the purchase is in the journal.
    var journaledKey: String? {
        switch state.withLock({ $0 }) {
        case .mine, .settled: key
        case .unclaimed, .unspooled: nil
        }
    }

    private func requireRoom(_ responseBytes: Int) throws(ImagesAPIError) {
        let needed = responseBytes + Self.margin
        guard let free = SpoolFolder(directory).freeBytes(), free < needed else { return }
        throw DirectoryJournal.refused(
            directory, "the response may take \(needed) bytes and \(free) are free",
            facts: ["found": "\(free)", "allowed": "\(needed)"])
    }

    /// Room for the entry, directory blocks and others that write at the same time.
    private static let margin = 1 << 20
}

extension TransferRequest {
    /// The SHA-256 of operation, model, parameters and parts, whatever separates them on the wire.
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
                // A megabyte takes milliseconds; other tasks want the thread, too.
                await Task.yield()
            }
        }
        return hash.hexadecimal
    }
}
