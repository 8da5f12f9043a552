#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Purchase {
    /// A purchase journal in a directory: a small file for each purchase beside the files of its response.
    ///
    /// ```swift
    /// let journal = DirectoryJournal("/var/lib/app/spool")
    /// for entry in try await journal.list() where entry.mayHaveBeenBilled { print(entry.purchase.label ?? "", entry.state) }
    /// ```
    /// Several processes can use one directory, on several machines too if the file system has exclusive creation. An entry
    /// is `gesso-KEY.entry`, created exclusively and synced, with a line for the claim and one for its outcome; a response
    /// is `gesso-KEY.json`, `.sse` or `.bin` when it is whole and `.part` until then. Each purchase in progress holds a file
    /// descriptor, whose lock distinguishes a live owner from one that crashed.
    public struct DirectoryJournal: Purchase.Journal {
        /// The folder; it must exist and be writable.
        public let directory: String
        /// How long to wait for the disk, which matters where it has stopped responding, as a network file system may.
        public let timeout: Duration

        /// - Parameters:
        ///   - directory: the folder.
        ///   - timeout: how long each call waits for the disk before it throws `spoolNotWritable`.
        public init(_ directory: String, timeout: Duration = .seconds(600)) {
            self.directory = directory
            self.timeout = timeout
        }

        public func claim(_ purchase: Purchase) async throws -> Purchase.Claim {
            try await DiskWriter.shared(for: directory).run(timeout: timeout) {
                try claimNow(purchase)
            } undo: { claim in
                // Nothing was sent for it.
                guard case .mine = claim else { return }
                try? EntryFile(opening: path(of: purchase.key), key: purchase.key).append(.failed(reason: "notSent"))
            }
        }

        public func record(_ outcome: Purchase.Outcome, of key: String) async throws {
            try await onDisk {
                let file = try EntryFile(opening: path(of: key), key: key)
                try file.append(outcome)
            }
        }

        public func resolve(_ key: String, as outcome: Purchase.Outcome) async throws {
            try await onDisk {
                let file = try EntryFile(opening: path(of: key), key: key)
                guard file.lock() != .held else {
                    throw ImagesAPIError(
                        .purchaseUnresolved, "The purchase \(key) is still under way; wait for it, or end its process.",
                        facts: ["purchaseKey": key])
                }
                try file.append(outcome)
                try file.sync()
            }
        }

        public func list() async throws -> [Purchase.Entry] {
            try await onDisk { try SpoolFolder(directory).entries() }
        }

        /// The response of a purchase, as far as it has arrived; ``ImagesResponse/isComplete`` says whether that is all of
        /// it.
        ///
        /// - Throws: `notFound` when the key has no response here, and what ``ImagesResponse/init(saved:limits:)`` does.
        public func response(
            for key: String, limits: ImagesClient.ResponseLimits = ImagesClient.ResponseLimits()
        ) async throws -> ImagesResponse {
            try await onDisk {
                let files = SpoolFolder(directory).responseFiles(stem: Self.stem(of: key))
                var thrown: (any Error)?
                // A later attempt may have received less than an earlier one.
                for file in files.reversed() {
                    do {
                        var response = try ImagesResponse(saved: try Purchase.contents(of: file), limits: limits)
                        if file.hasSuffix(".part") { response.isComplete = false }
                        response.spooledFile = file
                        response.purchaseKey = key
                        return response
                    } catch {
                        thrown = thrown ?? error
                    }
                }
                throw thrown
                    ?? ImagesAPIError(
                        .notFound, "Nothing has arrived for the purchase \(key) in \(directory).",
                        facts: ["purchaseKey": key])
            }
        }

        private func claimNow(_ purchase: Purchase) throws(ImagesAPIError) -> Purchase.Claim {
            let path = path(of: purchase.key)
            // Each round ends unless the entry appears or goes away in between.
            for _ in 0..<100 {
                if let file = try EntryFile(creating: path) {
                    // Another process may have opened and locked the new file first, to claim or to remove it.
                    if file.lock() == .held { return .unknown(Purchase.Entry(purchase: purchase, state: .underWay)) }
                    guard file.isCurrent else { continue }
                    return try take(file, purchase, isNew: true)
                }
                let file: EntryFile
                do throws(ImagesAPIError) { file = try EntryFile(opening: path, key: purchase.key) } catch {
                    // Removed in between.
                    guard error.code == .notFound else { throw error }
                    continue
                }
                let lock = file.lock()
                guard file.isCurrent else { continue }
                let entry = file.read()
                // A failed purchase can be claimed again, and so can one whose owner crashed before its claim was
                // complete: claims are synced before the first byte is sent.
                if lock == .taken, entry?.outcome?.isFailed ?? (entry == nil) {
                    return try take(file, purchase, isNew: false)
                }
                return try existing(entry, purchase, isHeld: lock == .held)
            }
            throw Self.refused(directory, "its entry for \(purchase.key) keeps changing")
        }

        /// Writes the claim, so that it survives a crash.
        private func take(
            _ file: EntryFile, _ purchase: Purchase, isNew: Bool
        ) throws(ImagesAPIError) -> Purchase.Claim {
            do throws(ImagesAPIError) {
                try file.append(purchase)
                try file.sync()
                try SpoolFolder(directory).sync()
            } catch {
                if isNew { file.remove() }
                throw error
            }
            return .mine { file.close() }
        }

        /// The claim of a purchase that has an entry already.
        private func existing(
            _ entry: EntryFile.Contents?, _ purchase: Purchase, isHeld: Bool
        ) throws(ImagesAPIError) -> Purchase.Claim {
            guard let entry else {
                return .unknown(Purchase.Entry(purchase: purchase, state: isHeld ? .underWay : .unknown))
            }
            let found = SpoolFolder(directory).entry(entry, stem: Self.stem(of: purchase.key), isHeld: isHeld)
            return try purchase.claim(existing: found)
        }
    }
}

extension Purchase.DirectoryJournal {
    /// The part of file names for a key: the key itself if it is a safe name, else its hash.
    package static func stem(of key: String) -> String {
        let isSafe =
            (1...100).contains(key.utf8.count)
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
        guard !isSafe else { return "gesso-\(key)" }
        var hash = SHA256()
        hash.update(key)
        return "gesso-key-\(hash.hexadecimal)"
    }

    /// Runs work that waits for a disk.
    func onDisk<Success: Sendable>(_ work: @escaping @Sendable () throws -> Success) async throws -> Success {
        try await DiskWriter.shared(for: directory).run(timeout: timeout, work)
    }

    /// The path of the entry for a key.
    func path(of key: String) -> String { "\(directory)/\(Self.stem(of: key)).entry" }

    /// The error for a directory that cannot be used, so that nothing is sent.
    static func refused(_ directory: String, _ reason: String, facts: [String: String] = [:]) -> ImagesAPIError {
        ImagesAPIError(
            .spoolNotWritable,
            "The spool \(directory) cannot be used: \(reason). Make room or choose another spoolDirectory, or set "
                + "allowsUnspooledRequests. Nothing was sent.",
            facts: ["path": directory].merging(facts) { first, _ in first })
    }
}
