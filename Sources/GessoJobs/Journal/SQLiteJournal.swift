#if SQLite
import GRDB
public import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Purchase {
    /// A purchase journal in a SQLite database.
    ///
    /// ```swift
    /// var configuration = ImagesClient.Configuration()
    /// configuration.spoolDirectory = spool
    /// configuration.journal = try Purchase.SQLiteJournal("/var/lib/app/purchases.sqlite", spoolDirectory: spool)
    /// ```
    /// Behaves as `Purchase.DirectoryJournal`: the responses are files in the spool, and one of several processes on a
    /// machine that claim a key gets it. Each claim and record is a transaction that has been synced when the call returns.
    /// The lock on a byte of the file `DATABASE-claims` distinguishes a live owner from one that crashed.
    public struct SQLiteJournal: Purchase.Journal {
        /// The directory where the client keeps the responses.
        public let spoolDirectory: String
        let database: JournalDatabase
        private var spool: SpoolFolder { SpoolFolder(spoolDirectory) }

        /// Opens the database, and makes it if it does not exist; its directory and the spool must exist.
        ///
        /// Reads the whole database to check it, on the calling thread.
        ///
        /// - Parameters:
        ///   - path: the database; SQLite keeps files with this name and an ending beside it.
        ///   - spoolDirectory: that of the client's configuration.
        /// - Throws: `spoolNotWritable`, with the fact `reason` = `corrupt` for a damaged database.
        public init(_ path: String, spoolDirectory: String) throws(ImagesAPIError) {
            do {
                self.init(try JournalDatabase(path, Self.migrations), spoolDirectory: spoolDirectory)
            } catch let error as DatabaseError {
                throw Self.failure(error, path)
            } catch {
                throw ImagesAPIError(
                    .spoolNotWritable, "The journal \(path) cannot be opened: \(error)", facts: ["path": path])
            }
        }

        init(_ database: JournalDatabase, spoolDirectory: String) {
            self.database = database
            self.spoolDirectory = spoolDirectory
        }

        /// The table of purchases. A number is never used again, since it names a lock.
        static var migrations: DatabaseMigrator {
            var migrations = DatabaseMigrator()
            migrations.registerMigration("purchases") { db in
                try db.execute(
                    sql: """
                        CREATE TABLE purchases (
                            number INTEGER PRIMARY KEY AUTOINCREMENT,
                            key TEXT NOT NULL UNIQUE,
                            time REAL NOT NULL,
                            operation TEXT NOT NULL,
                            host TEXT NOT NULL,
                            digest TEXT NOT NULL,
                            label TEXT,
                            state TEXT NOT NULL CHECK (state IN ('claimed', 'done', 'failed', 'unknown')),
                            reason TEXT
                        ) STRICT;
                        CREATE INDEX purchases_by_label ON purchases (label);
                        CREATE INDEX purchases_by_state ON purchases (state) WHERE state IN ('claimed', 'unknown');
                        """)
            }
            return migrations
        }

        /// Claims a purchase for the caller in a transaction that is synced when this returns.
        public func claim(_ purchase: Purchase) async throws -> Purchase.Claim {
            try await database.write(orThrow: Self.failure) { db in
                if let row = try fetch(purchase.key, db), let found = entries([row]).first {
                    guard found.state == .failed else { return try purchase.claim(existing: found) }
                    // With a new number, for the owner of the failed claim may not have released its lock yet.
                    try db.execute(sql: "DELETE FROM purchases WHERE key = ?", arguments: [purchase.key])
                }
                try db.execute(
                    sql: """
                        INSERT INTO purchases (key, time, operation, host, digest, label, state)
                        VALUES (?, ?, ?, ?, ?, ?, 'claimed')
                        """,
                    arguments: [
                        purchase.key, purchase.time.timeIntervalSince1970, purchase.operation, purchase.host,
                        purchase.digest, purchase.label,
                    ])
                guard let lock = database.claims.take(db.lastInsertedRowID) else {
                    throw ImagesAPIError(
                        .spoolNotWritable,
                        "The file system of \(database.path) has no locks; use a local one. Nothing was sent.",
                        facts: ["path": database.path])
                }
                return .mine { lock.release() }
            }
        }

        /// Records the outcome of a purchase that the caller has claimed, in a transaction.
        public func record(_ outcome: Purchase.Outcome, of key: String) async throws {
            try await database.write(orThrow: Self.failure) { db in try set(outcome, of: key, whileHeld: true, db) }
        }

        /// Sets the outcome of an unknown purchase, in a transaction: after `failed` the key can be claimed again.
        ///
        /// - Throws: `purchaseUnresolved` if the purchase is in progress, `notFound` if the key is not in the journal.
        public func resolve(_ key: String, as outcome: Purchase.Outcome) async throws {
            try await database.write(orThrow: Self.failure) { db in try resolve(key, as: outcome, db) }
        }

        /// The same as a part of a transaction.
        func resolve(_ key: String, as outcome: Purchase.Outcome, _ db: Database) throws {
            try set(outcome, of: key, whileHeld: false, db)
        }

        /// All recorded purchases, the oldest first.
        public func list() async throws -> [Purchase.Entry] { try await list(label: nil) }

        /// Purchases with this label, or all; the oldest first.
        func list(label: String?) async throws -> [Purchase.Entry] {
            try await database.read(orThrow: Self.failure) { db in
                let rows = try Row.fetchAll(
                    db, sql: "SELECT * FROM purchases WHERE \(label == nil ? "true" : "label = ?") ORDER BY time, key",
                    arguments: label.map { [$0] } ?? [])
                return entries(rows)
            }
        }

        /// Removes a purchase and its response, once its images are stored elsewhere; a purchase in progress is kept.
        public func discard(_ key: String) async throws {
            try await database.write(orThrow: Self.failure) { db in
                guard let row = try fetch(key, db), !database.claims.isHeld(row["number"]) else { return }
                // The response first: without it the entry says that something may have been billed.
                spool.removeResponse(of: key)
                try db.execute(sql: "DELETE FROM purchases WHERE key = ?", arguments: [key])
            }
        }

        /// Records what claims without an owner have come to: done if the whole response is there, else unknown.
        ///
        /// Also of a purchase that was recorded as unknown: the disk may have stored its response after the wait for it was
        /// given up.
        ///
        /// - Parameter label: those with this label, whose owner has given them up; nil is all without a live owner.
        func settle(label: String? = nil) async throws {
            try await database.write(orThrow: Self.failure) { db in
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM purchases WHERE state IN ('claimed', 'unknown')
                        AND \(label == nil ? "true" : "label = ?")
                        """, arguments: label.map { [$0] } ?? [])
                let givenUp = rows.filter { label != nil || !database.claims.isHeld($0["number"]) }
                for (row, entry) in zip(givenUp, entries(givenUp)) {
                    let state = entry.state == .done ? "done" : "unknown"
                    guard state != row["state"] as String else { continue }
                    try db.execute(
                        sql: "UPDATE purchases SET state = ? WHERE number = ?",
                        arguments: [state, row["number"] as Int64])
                }
            }
        }
    }
}

extension Purchase.SQLiteJournal {
    private func set(
        _ outcome: Purchase.Outcome, of key: String, whileHeld isOwner: Bool, _ db: Database
    ) throws {
        guard let row = try fetch(key, db) else {
            throw ImagesAPIError(
                .notFound, "The purchase \(key) is not in the journal; list it to see the keys.",
                facts: ["purchaseKey": key])
        }
        guard isOwner || !database.claims.isHeld(row["number"]) else {
            throw ImagesAPIError(
                .purchaseUnresolved, "The purchase \(key) is still under way; wait for it, or end its process.",
                facts: ["purchaseKey": key])
        }
        let (state, reason): (String, String?) =
            switch outcome {
            case .done: ("done", nil)
            case .failed(let reason): ("failed", reason)
            // A whole response that could not be used is there all the same.
            case .unknown(let reason): (hasWholeResponse(key) ? "done" : "unknown", reason)
            }
        try db.execute(
            sql: "UPDATE purchases SET state = ?, reason = ? WHERE key = ?",
            arguments: [state, reason.map { String($0.prefix(128)) }, key])
    }

    private func fetch(_ key: String, _ db: Database) throws -> Row? {
        try Row.fetchOne(db, sql: "SELECT * FROM purchases WHERE key = ?", arguments: [key])
    }

    private func hasWholeResponse(_ key: String) -> Bool {
        spool.responseFiles(of: key).contains { !$0.hasSuffix(".part") }
    }

    private func entries(_ rows: [Row]) -> [Purchase.Entry] {
        // The locks first: an owner that ends in between has left its response.
        let isHeld = rows.map { database.claims.isHeld($0["number"]) }
        let files = spool.responseFiles(of: rows.map { $0["key"] })
        return rows.indices.map { index in
            let row = rows[index]
            let purchase = Purchase(
                key: row["key"], time: Date(timeIntervalSince1970: row["time"]), operation: row["operation"],
                host: row["host"], digest: row["digest"], label: row["label"])
            return spool.entry(
                purchase, isFailed: row["state"] == "failed", reason: row["reason"], files: files[index],
                isHeld: isHeld[index])
        }
    }

    private static func failure(_ error: DatabaseError, _ path: String) -> ImagesAPIError {
        let problem = JournalDatabase.problem(error)
        return ImagesAPIError(
            .spoolNotWritable, "The journal \(path) \(problem.text).",
            facts: ["path": path, "reason": problem.isDamaged ? "corrupt" : "\(error.resultCode)"])
    }
}
#endif
