#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Decides whether something may be bought, and remembers what was: the one mechanism against paying twice.
///
/// A request is claimed under its key before its first byte is sent. Of all that claim the same key, in any number of
/// processes, one gets ``Purchase/Claim/mine(_:)``; a request is sent by nobody else. What became of it is recorded; a claim
/// without a record is *unknown*: it may have been billed, and is never sent again by itself.
///
/// ``DirectoryJournal`` keeps entries in a folder. Another backend must make claims exclusive and durable before it
/// returns, and may throw anything: nothing is sent then.
public protocol PurchaseJournal: Sendable {
    /// Claims a purchase for the caller, durably; returns after the entry would survive a crash.
    ///
    /// A key whose purchase was recorded as ``Purchase/Outcome/failed(reason:)`` may be claimed again.
    func claim(_ purchase: Purchase) async throws -> Purchase.Claim

    /// Notes what became of a purchase that the caller has claimed.
    func record(_ outcome: Purchase.Outcome, of key: String) async throws

    /// All purchases that are remembered, the oldest first.
    func list() async throws -> [Purchase.Entry]

    /// Decides about a purchase whose outcome is unknown: `failed` lets the key be claimed again.
    ///
    /// - Throws: where the purchase is still under way, or the key is not in the journal.
    func resolve(_ key: String, as outcome: Purchase.Outcome) async throws
}

/// What is noted of a request before it is sent: no API key, no prompt, no image.
public struct Purchase: Sendable, Hashable, Codable {
    /// Names the purchase. The same key is bought once.
    public var key: String
    /// When it was claimed.
    public var time: Date
    /// What is done: `images.generations`, `images.edits`, `images.variations` or `batches`.
    public var operation: String
    /// Host and port of the server.
    public var host: String
    /// The SHA-256 of the request's parameters and parts, 64 hexadecimal digits.
    public var digest: String
    /// The caller's own words for it.
    public var label: String?

    public init(
        key: String, time: Date = Date(), operation: String, host: String, digest: String, label: String? = nil
    ) {
        self.key = key
        self.time = time
        self.operation = operation
        self.host = host
        self.digest = digest
        self.label = label
    }

    /// What a claim came to.
    public enum Claim: Sendable {
        /// Nobody else has claimed it: send the request, and hold the lease until its outcome is recorded.
        case mine(Purchase.Lease)
        /// It was bought before: the raw response, as the server sent it.
        case done(Data)
        /// Somebody claimed it, and whether it was bought is not known, or not yet: do not send the request.
        case unknown(Purchase.Entry)
    }

    /// Shows that the owner of a claim still works on it; ends when it is released, or with the process.
    public final class Lease: Sendable {
        private let onRelease: @Sendable () -> Void

        /// - Parameter onRelease: called once, when the last reference goes away.
        public init(onRelease: @escaping @Sendable () -> Void = {}) { self.onRelease = onRelease }

        deinit { onRelease() }
    }

    /// What became of a purchase.
    public enum Outcome: Sendable, Hashable {
        /// The whole response has arrived and is in this file.
        case done(file: String)
        /// Nothing was bought; the reason is a short label, such as an error's code.
        case failed(reason: String)
        /// It may have been billed, and no whole response has arrived.
        case unknown(reason: String)
    }

    /// A purchase and what is known of it.
    public struct Entry: Sendable, Hashable {
        public enum State: String, Sendable, Hashable, Codable {
            /// Its owner is still at work.
            case underWay
            /// The whole response is there.
            case done
            /// Nothing was bought.
            case failed
            /// It may have been billed. What has arrived of the response, if anything has, is in ``Purchase/Entry/files``.
            case unknown
        }

        public var purchase: Purchase
        public var state: State
        /// Why it failed or is unknown, as far as that was recorded.
        public var reason: String?
        /// The files with what has arrived of the response, the most recent last.
        public var files: [String]
        /// The bytes in those files.
        public var byteCount: Int

        public init(purchase: Purchase, state: State, reason: String? = nil, files: [String] = [], byteCount: Int = 0) {
            self.purchase = purchase
            self.state = state
            self.reason = reason
            self.files = files
            self.byteCount = byteCount
        }

        /// Whether money may have been spent for which no whole response is there.
        public var mayHaveBeenBilled: Bool { state == .unknown || state == .underWay }
    }
}
