#if SQLite
import GRDB
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The jobs of a database.
///
/// What is known about money is in the purchases alone: the state of an open job is computed from them, so that claiming a
/// purchase is what makes a job `sent`, and recording it is what makes it `received` or `unknown`, in one transaction.
struct JobTable: Sendable {
    let database: JournalDatabase
    /// The folder of a job's files.
    let folder: @Sendable (_ id: String) -> JobFolder

    static var migrations: DatabaseMigrator {
        var migrations = Purchase.SQLiteJournal.migrations
        migrations.registerMigration("jobs") { db in
            try db.execute(
                sql: """
                    CREATE TABLE jobs (
                        number INTEGER PRIMARY KEY AUTOINCREMENT,
                        id TEXT NOT NULL UNIQUE,
                        owner TEXT NOT NULL,
                        label TEXT,
                        kind TEXT NOT NULL,
                        created REAL NOT NULL,
                        updated REAL NOT NULL,
                        status TEXT NOT NULL CHECK (status IN ('incoming', 'open', 'finished', 'failed', 'deleted')),
                        ending INTEGER,
                        failure TEXT,
                        result TEXT
                    ) STRICT;
                    CREATE INDEX jobs_by_owner ON jobs (owner, number);
                    CREATE INDEX jobs_by_status ON jobs (status, number);
                    CREATE TABLE queue (openings INTEGER NOT NULL) STRICT;
                    INSERT INTO queue VALUES (0);
                    CREATE VIEW job_states AS SELECT *, CASE WHEN status <> 'open' THEN status
                        WHEN EXISTS (SELECT 1 FROM purchases WHERE label = id AND state = 'unknown') THEN 'unknown'
                        WHEN EXISTS (SELECT 1 FROM purchases WHERE label = id AND state = 'claimed') THEN 'sent'
                        WHEN EXISTS (SELECT 1 FROM purchases WHERE label = id AND state = 'done') THEN 'received'
                        ELSE 'planned' END AS state
                        FROM jobs WHERE status NOT IN ('incoming', 'deleted');
                    """)
        }
        return migrations
    }

    /// Counts this opening of the database.
    func open() async throws -> Int {
        try await database.write(orThrow: Self.failure) { db in
            try db.execute(sql: "UPDATE queue SET openings = openings + 1")
            return try Int.fetchOne(db, sql: "SELECT openings FROM queue") ?? 1
        }
    }

    /// Reserves an id for a job whose inputs are about to be stored; false if it is in use.
    func reserve(_ id: String, owner: String, label: String?, kind: EditQueue.Job.Kind) async throws -> Bool {
        let now = Date().timeIntervalSince1970
        return try await database.write(orThrow: Self.failure) { db in
            try db.execute(
                sql: """
                    INSERT INTO jobs (id, owner, label, kind, created, updated, status)
                    VALUES (?, ?, ?, ?, ?, ?, 'incoming') ON CONFLICT (id) DO NOTHING
                    """, arguments: [id, owner, label, kind.rawValue, now, now])
            return db.changesCount == 1
        }
    }

    /// Accepts a job whose inputs are stored.
    func accept(_ id: String) async throws { try await update(id, "status = 'open'", if: "status = 'incoming'") }

    func job(_ id: String) async throws -> EditQueue.Job? {
        try await jobs(where: "id = ?", [id], limit: 1).first
    }

    /// Jobs in the order of ``EditQueue/jobs(owner:states:limit:before:)``.
    func jobs(owner: String?, states: Set<EditQueue.Job.State>?, limit: Int, before: String?) async throws -> [EditQueue
        .Job]
    {
        var (conditions, arguments) = ([String](), StatementArguments())
        if let owner {
            conditions.append("owner = ?")
            arguments += [owner]
        }
        if let states {
            conditions.append("state IN (\(states.map { _ in "?" }.joined(separator: ", ")))")
            arguments += StatementArguments(states.map(\.rawValue).sorted())
        }
        if let before {
            conditions.append("number < (SELECT number FROM jobs WHERE id = ?)")
            arguments += [before]
        }
        return try await jobs(
            where: conditions.isEmpty ? "true" : conditions.joined(separator: " AND "), arguments, limit: limit)
    }

    /// Jobs that are neither finished nor failed, the oldest first.
    func openJobs() async throws -> [EditQueue.Job] {
        try await jobs(where: "status = 'open'", [], order: "number", limit: -1)
    }

    func finish(_ id: String, _ result: EditQueue.Result, ending: Int) async throws {
        let json = try Self.json(result)
        try await update(
            id, "status = 'finished', failure = NULL, result = ?, ending = ?", [json, ending], if: "status = 'open'")
    }

    /// Ends a job with a failure; one that is unknown stays open, for the purchases decide about it.
    func fail(_ id: String, _ failure: EditQueue.Failure, isUnknown: Bool, ending: Int) async throws {
        let json = try Self.json(failure)
        try await update(
            id, "status = '\(isUnknown ? "open" : "failed")', failure = ?, ending = ?", [json, ending],
            if: "status = 'open'")
    }

    /// Lets an unknown job be failed; false if it is not unknown any longer.
    func giveUp(_ id: String, ending: Int) async throws -> Bool {
        try await update(id, "status = 'failed', ending = ?", [ending], if: "status = 'open' AND failure IS NOT NULL")
    }

    /// Opens a job again that failed or is unknown, in one transaction with `resolve`; false if it has been decided about
    /// since it was read.
    func reopen(
        _ job: EditQueue.Job, _ resolve: @escaping @Sendable (Database) throws -> Void
    ) async throws -> Bool {
        try await database.write(orThrow: Self.failure) { db in
            try db.execute(
                sql: """
                    UPDATE jobs SET status = 'open', failure = NULL, ending = NULL, updated = ?
                    WHERE id = ? AND ending = ? AND (status = 'failed' OR status = 'open' AND failure IS NOT NULL)
                    """, arguments: [Date().timeIntervalSince1970, job.id, job.ending])
            guard db.changesCount == 1 else { return false }
            try resolve(db)
            return true
        }
    }

    /// Marks a job as deleted, so that a crash cannot leave a part of it; false if there is none.
    func delete(_ id: String) async throws -> Bool {
        try await update(id, "status = 'deleted'", if: "status <> 'deleted'")
    }

    /// Removes a deleted job and its purchases.
    func remove(_ id: String) async throws {
        try await database.write(orThrow: Self.failure) { db in
            try db.execute(sql: "DELETE FROM purchases WHERE label = ?", arguments: [id])
            try db.execute(sql: "DELETE FROM jobs WHERE id = ?", arguments: [id])
        }
    }

    /// Whether a purchase belongs to a job that is finished, so that its response is not needed.
    func isFinished(purchase key: String) async throws -> Bool {
        try await database.read(orThrow: Self.failure) { db in
            try Bool.fetchOne(
                db,
                sql: """
                    SELECT EXISTS (SELECT 1 FROM purchases JOIN jobs ON jobs.id = purchases.label
                    WHERE purchases.key = ? AND jobs.status = 'finished')
                    """, arguments: [key]) ?? false
        }
    }

    /// Jobs whose files are to be removed: deleted ones, and ones whose submission was interrupted.
    func abandoned() async throws -> [String] {
        try await database.read(orThrow: Self.failure) { db in
            try String.fetchAll(db, sql: "SELECT id FROM jobs WHERE status IN ('incoming', 'deleted')")
        }
    }

    @discardableResult
    private func update(
        _ id: String, _ change: String, _ arguments: StatementArguments = [], if condition: String
    ) async throws -> Bool {
        try await database.write(orThrow: Self.failure) { db in
            try db.execute(
                sql: "UPDATE jobs SET \(change), updated = ? WHERE id = ? AND \(condition)",
                arguments: arguments + [Date().timeIntervalSince1970, id])
            return db.changesCount == 1
        }
    }

    private func jobs(
        where condition: String, _ arguments: StatementArguments, order: String = "number DESC", limit: Int
    ) async throws -> [EditQueue.Job] {
        try await database.read(orThrow: Self.failure) { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM job_states WHERE \(condition) ORDER BY \(order) LIMIT ?",
                arguments: arguments + [limit]
            ).map(job)
        }
    }

    private func job(_ row: Row) -> EditQueue.Job {
        let id: String = row["id"]
        var result: EditQueue.Result? = Self.value(row["result"])
        let outputs = folder(id).outputs
        // The folder may have been moved since.
        let moved = result?.outputs.map { output in
            var output = output
            output.url = outputs.appending(path: output.url.lastPathComponent)
            return output
        }
        if let moved { result?.outputs = moved }
        return EditQueue.Job(
            id: id, owner: row["owner"], label: row["label"],
            kind: EditQueue.Job.Kind(rawValue: row["kind"]) ?? .edit,
            created: Date(timeIntervalSince1970: row["created"]), updated: Date(timeIntervalSince1970: row["updated"]),
            state: EditQueue.Job.State(rawValue: row["state"]) ?? .unknown, failure: Self.value(row["failure"]),
            result: result, ending: row["ending"])
    }

    private static func json(_ value: some Encodable) throws -> String {
        String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
    }

    private static func value<Value: Decodable>(_ json: String?) -> Value? {
        json.flatMap { try? JSONDecoder().decode(Value.self, from: Data($0.utf8)) }
    }

    static func failure(_ error: DatabaseError, _ path: String) -> GessoError {
        let problem = JournalDatabase.problem(error)
        return GessoError(
            problem.isDamaged ? .corrupt : .fileNotWritable, stage: "jobs", "The database \(path) \(problem.text).",
            facts: ["path": path, "sqlite": "\(error.resultCode.rawValue)"])
    }
}
#endif
