import Gesso

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What has happened to a shard, as the lines of its log say.
struct ShardState: Sendable {
    /// One thing that has happened.
    struct Event: Codable, Sendable {
        /// The shard's file was uploaded under this id.
        var input: String?
        /// Its batch was created, or found, under this id.
        var batch: String?
        /// All its results are collected.
        var isCollected: Bool?
        /// The batch as the server described it when its results were collected; it may be deleted there later.
        var ended: JSONValue?
        /// Its file was deleted at the server.
        var isInputDeleted: Bool?
    }

    private(set) var input: String?
    private(set) var batch: String?
    private(set) var isCollected = false
    private(set) var ended: JSONValue?

    mutating func apply(_ event: Event) {
        input = event.input ?? input
        batch = event.batch ?? batch
        isCollected = event.isCollected ?? isCollected
        ended = event.ended ?? ended
        if event.isInputDeleted == true { input = nil }
    }
}

extension RunFolder {
    func state(of shard: BatchRun.Shard) throws(GessoError) -> ShardState {
        var state = ShardState()
        let path = stateFile(shard.number)
        guard FileManager.default.fileExists(atPath: path) else { return state }
        let reader = try LineReader(path)
        while let (line, _) = try reader.next() {
            // The last line of a process that was killed may not be whole.
            if let event = try? JSONDecoder().decode(ShardState.Event.self, from: line) { state.apply(event) }
        }
        return state
    }

    /// Records what has happened to a shard, so that it survives a power failure.
    func record(_ event: ShardState.Event, of shard: BatchRun.Shard) async throws {
        let path = stateFile(shard.number)
        try await disk.run { _ = try AppendLog(path).append(event, synced: true) }
        try step("recorded")
    }

    /// Calls `body` with each job of a shard, and where its line lies.
    func jobs(
        of shard: BatchRun.Shard, _ body: (JobRecord, AppendLog.Place) async throws -> Void
    ) async throws {
        let reader = try LineReader(jobsFile(shard.number))
        while let (line, place) = try reader.next() { try await body(try JobRecord(line: line), place) }
    }
}

extension JobRecord {
    /// Throws `corrupt` for a line that is no record.
    init(line: Data) throws(GessoError) {
        do { self = try JSONDecoder().decode(JobRecord.self, from: line) } catch {
            throw GessoError(
                .corrupt, stage: "batch", "A line of the run's jobs cannot be read; plan the run again elsewhere.")
        }
    }
}
