#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

extension Purchase {
    /// Decides whether a request may be sent, and records its outcome, so that nothing is paid for twice.
    ///
    /// A request is claimed under its key before its first byte is sent. Of all claims of a key, in any number of
    /// processes, one is ``Purchase/Claim/mine(release:)``, and only that one sends the request. Its outcome is recorded; a claim
    /// without a record is *unknown*: it may have been billed, and is never sent again automatically.
    ///
    /// ``Purchase/DirectoryJournal`` keeps entries in a directory. Another backend must make claims exclusive and durable before it
    /// returns, and may throw anything: nothing is sent then.
    public protocol Journal: Sendable {
        /// Claims a purchase for the caller, durably; returns after the entry would survive a crash.
        ///
        /// A key whose purchase was recorded as ``Purchase/Outcome/failed(reason:)`` may be claimed again.
        func claim(_ purchase: Purchase) async throws -> Purchase.Claim

        /// Records the outcome of a purchase that the caller has claimed.
        func record(_ outcome: Purchase.Outcome, of key: String) async throws

        /// All recorded purchases, the oldest first.
        func list() async throws -> [Purchase.Entry]

        /// Sets the outcome of an unknown purchase: after `failed` the key can be claimed again.
        ///
        /// - Throws: if the purchase is still in progress, or the key is not in the journal.
        func resolve(_ key: String, as outcome: Purchase.Outcome) async throws
    }
}

/// The record of a request before it is sent; it contains no API key, prompt or image.
public struct Purchase: Sendable, Hashable, Codable {
    /// The name of the purchase; the same key is bought once.
    public var key: String
    /// When it was claimed.
    public var time: Date
    /// The operation: `images.generations`, `images.edits`, `images.variations` or `batches`.
    public var operation: String
    /// Host and port of the server.
    public var host: String
    /// The SHA-256 of the request's parameters and parts, 64 hexadecimal digits.
    public var digest: String
    /// The caller's own label.
    public var label: String?

    /// A purchase, for a journal of your own.
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

    /// The result of a claim.
    public enum Claim: Sendable {
        /// The caller has claimed it and sends the request. It calls `release` once, when the outcome is recorded or the
        /// request is given up, or drops it; until then the owner of the claim is at work.
        case mine(release: @Sendable () -> Void)
        /// It was bought before: the raw response, as the server sent it.
        case done(Data)
        /// It was claimed before, and whether it was bought is not known, or not yet: do not send the request.
        case unknown(Purchase.Entry)
    }

    /// The outcome of a purchase.
    public enum Outcome: Sendable, Hashable {
        /// The whole response has arrived and is in this file.
        case done(file: String)
        /// Nothing was bought; the reason is a short label, such as an error's code.
        case failed(reason: String)
        /// It may have been billed, and no whole response has arrived.
        case unknown(reason: String)
    }

    /// A purchase and its state.
    public struct Entry: Sendable, Hashable {
        /// How a purchase ended, or that it has not.
        public enum State: String, Sendable, Hashable, Codable {
            /// Its owner is still at work.
            case underWay
            /// The whole response is there.
            case done
            /// Nothing was bought.
            case failed
            /// It may have been billed. What has arrived of the response is in ``Purchase/Entry/files``.
            case unknown
        }

        /// The purchase.
        public var purchase: Purchase
        /// How it ended, or that it has not.
        public var state: State
        /// Why it failed or is unknown, if that was recorded.
        public var reason: String?
        /// The files of the response, complete or not, the most recent last.
        public var files: [String]
        /// The bytes in those files.
        public var byteCount: Int

        /// An entry, for a journal of your own.
        public init(purchase: Purchase, state: State, reason: String? = nil, files: [String] = [], byteCount: Int = 0) {
            self.purchase = purchase
            self.state = state
            self.reason = reason
            self.files = files
            self.byteCount = byteCount
        }

        /// Whether it may have been billed without a complete response.
        public var mayHaveBeenBilled: Bool { state == .unknown || state == .underWay }
    }
}

extension Purchase {
    /// The result of a claim whose key is in the journal already.
    ///
    /// - Throws: `invalidRequest` if the key was used for another request, `spoolNotWritable` if the response cannot be read.
    package func claim(existing entry: Entry) throws(ImagesAPIError) -> Claim {
        guard entry.purchase.digest == digest, entry.purchase.operation == operation else {
            throw ImagesAPIError(
                .invalidRequest,
                "The purchase key \(key) was used for another request; use one key for each request. Nothing was sent.",
                facts: ["purchaseKey": key])
        }
        guard entry.state == .done, let file = entry.files.last(where: { !$0.hasSuffix(".part") }) else {
            return .unknown(entry)
        }
        return .done(try Self.contents(of: file))
    }

    package static func contents(of file: String) throws(ImagesAPIError) -> Data {
        do {
            return try Data(contentsOf: URL(filePath: file))
        } catch {
            throw ImagesAPIError(
                .spoolNotWritable, "The response in \(file) cannot be read; check its permissions.",
                facts: ["path": file])
        }
    }
}
