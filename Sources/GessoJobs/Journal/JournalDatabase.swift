#if SQLite
import GRDB
import GessoPixels
import ImagesAPI

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A database of purchases, and of jobs if a queue uses it.
///
/// Write-ahead logging with full synchronization: a transaction that has been committed survives a crash of the system.
final class JournalDatabase: Sendable {
    let path: String
    /// Which claims have a live owner.
    let claims: ClaimLocks
    private let pool: DatabasePool

    /// Opens the database, makes it if it does not exist, and checks its structure.
    ///
    /// Throws a `DatabaseError`; nothing is changed in a database that is damaged.
    init(_ path: String, _ migrations: DatabaseMigrator) throws {
        self.path = path
        guard let claims = ClaimLocks("\(path)-claims") else {
            throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: String(cString: strerror(errno)))
        }
        self.claims = claims
        // Two processes that make a database at the same time would meet each other's locks. Nothing waits for long here.
        let opening = claims.take(ClaimLocks.opening, waits: true)
        defer { opening?.release() }
        try Self.check(path)
        var configuration = Configuration()
        configuration.label = "gesso-journal"
        configuration.busyMode = .timeout(60)
        pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // GRDB sets NORMAL, which can lose the last commits when the system crashes.
            try db.execute(sql: "PRAGMA synchronous = FULL")
        }
        try migrations.migrate(pool)
    }

    /// Throws for a database whose structure is damaged, before anything is written to it.
    private static func check(_ path: String) throws {
        guard access(path, F_OK) == 0 else { return }
        var configuration = Configuration()
        configuration.readonly = true
        // The last of the former connections may be writing the log back.
        configuration.busyMode = .timeout(60)
        try DatabaseQueue(path: path, configuration: configuration).read { db in
            let found = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no result"
            guard found == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: found) }
        }
    }

    /// Runs a transaction to its end, also when the task is cancelled: its outcome is always known.
    ///
    /// - Parameter failure: the error to throw for one of the database at this path.
    func write<Value: Sendable>(
        orThrow failure: (DatabaseError, _ path: String) -> any Error,
        _ updates: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncWrite(updates) { _, result in continuation.resume(with: result) }
            }
        } catch let error as DatabaseError {
            throw failure(error, path)
        }
    }

    /// Reads a snapshot, also when the task is cancelled.
    ///
    /// - Parameter failure: the error to throw for one of the database at this path.
    func read<Value: Sendable>(
        orThrow failure: (DatabaseError, _ path: String) -> any Error,
        _ value: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        do {
            return try await withCheckedThrowingContinuation { continuation in
                pool.asyncRead { database in continuation.resume(with: Swift.Result { try value(database.get()) }) }
            }
        } catch let error as DatabaseError {
            throw failure(error, path)
        }
    }

    /// What is wrong with a database, in words, and whether its content is damaged.
    static func problem(_ error: DatabaseError) -> (isDamaged: Bool, text: String) {
        let message = error.message ?? "\(error.resultCode)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return (
                true,
                "is damaged (\(message)) and was left as it is; restore it from a backup, or move it away: inputs and "
                    + "responses are in the files beside it"
            )
        case .SQLITE_FULL: return (false, "cannot be written: the disk is full; make room")
        case .SQLITE_BUSY: return (false, "is locked by another process for more than 60 seconds; end that process")
        default: return (false, "cannot be used (\(message)); check its path, its permissions and the disk")
        }
    }
}
#endif
