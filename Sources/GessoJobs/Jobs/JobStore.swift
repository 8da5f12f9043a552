#if SQLite
import GRDB
import Gesso
import GessoPixels
import ImagesAPI

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A queue's folder: the database of jobs and purchases, the spool, and a folder for each job.
struct JobStore: Sendable {
    let table: JobTable
    let journal: Purchase.SQLiteJournal
    /// Held while the folder is open.
    private let lock: ClaimLocks.Lock
    private let jobs: URL
    private var spool: SpoolFolder { SpoolFolder(journal.spoolDirectory) }

    init(_ folder: URL) async throws {
        let (jobs, spool) = (folder.appending(path: "jobs"), folder.appending(path: "spool"))
        let path = folder.appending(path: "journal.sqlite").path
        let database = try await DiskWriter.shared(for: folder.path).run(timeout: .seconds(600)) {
            do {
                for directory in [jobs, spool] {
                    try FileManager.default.createDirectory(
                        at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
                }
                return try JournalDatabase(path, JobTable.migrations)
            } catch let error as DatabaseError {
                throw JobTable.failure(error, path)
            } catch {
                throw GessoError(
                    .fileNotWritable, stage: "jobs",
                    "\(folder.path) cannot be made; check the path and its permissions.",
                    facts: ["path": folder.path])
            }
        }
        guard let lock = database.claims.take(ClaimLocks.queue) else {
            throw GessoError(
                .overloaded, stage: "jobs", "Another queue has \(folder.path) open; end it, or choose another folder.",
                facts: ["path": folder.path])
        }
        self.lock = lock
        self.jobs = jobs
        journal = Purchase.SQLiteJournal(database, spoolDirectory: spool.path)
        table = JobTable(database: database) { id in JobFolder(url: jobs.appending(path: id)) }
    }

    func folder(_ id: String) -> JobFolder { table.folder(id) }

    /// Removes a job and all its files; a crash in between is made good when the folder is opened the next time.
    func remove(_ id: String) async throws {
        _ = try await table.delete(id)
        try await folder(id).remove()
        try await removeResponses(of: id)
        try await table.remove(id)
    }

    /// Removes the responses of a job whose outputs are stored.
    func removeResponses(of id: String) async throws {
        let keys = try await journal.list(label: id).map(\.purchase.key)
        let (spool, writer) = (spool, DiskWriter.shared(for: journal.spoolDirectory))
        // A task of its own is not cancelled: a job that is removed in part would keep its id.
        try await Task {
            try await writer.run(timeout: .seconds(600)) { for key in keys { spool.removeResponse(of: key) } }
        }.value
    }

    /// Opens a job again that failed or is unknown, and lets its requests without a usable response be sent again, in one
    /// transaction; false if it has been decided about since it was read.
    ///
    /// Throws, and changes nothing, if a response cannot be read, for it may be usable.
    func reopen(_ job: EditQueue.Job, limits: ImagesClient.ResponseLimits) async throws -> Bool {
        let (journal, spool) = (journal, Purchase.DirectoryJournal(journal.spoolDirectory))
        var outcomes: [String: Purchase.Outcome] = [:]
        for entry in try await journal.list(label: job.id) where entry.state != .failed {
            let key = entry.purchase.key
            outcomes[key] = .failed(reason: "resolved")
            guard entry.state == .done else { continue }
            do {
                outcomes[key] = .done(file: try await spool.response(for: key, limits: limits).spooledFile ?? "")
            } catch let error as ImagesAPIError where error.mayHaveBeenBilled {
                // It was read, and is not usable.
            }
        }
        return try await table.reopen(job) { [outcomes] db in
            for (key, outcome) in outcomes { try journal.resolve(key, as: outcome, db) }
        }
    }

    /// Resolves what a crash left, and returns the jobs that can run, the oldest first.
    func settled(numbering log: JobLog) async throws -> [EditQueue.Job] {
        for id in try await table.abandoned() { try await remove(id) }
        try await journal.settle()
        for key in spool.keys() where try await table.isFinished(purchase: key) { spool.removeResponse(of: key) }
        var waiting: [EditQueue.Job] = []
        for job in try await table.openJobs() {
            guard job.state == .unknown else {
                // There is nothing to decide about it any longer.
                if job.failure != nil { _ = try await table.reopen(job) { _ in } }
                waiting.append(job)
                continue
            }
            guard job.failure == nil else { continue }
            try await table.fail(job.id, .interrupted, isUnknown: true, ending: log.number())
        }
        return waiting
    }

    /// Lets another queue open the folder.
    func close() { lock.release() }
}
#endif
