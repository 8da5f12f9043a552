import Gesso
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The outcomes of a run's jobs; of several of one job the last counts.
final class OutcomeLog: Sendable {
    /// What is kept in memory of an outcome.
    struct Entry: Sendable {
        let place: AppendLog.Place
        let attempt: Int
        let status: BatchRun.Outcome.State
        let isRetryable: Bool
    }

    /// How many jobs have each outcome; of the failed ones, how many can be tried again.
    struct Counts: Sendable {
        var done = 0
        var failed = 0
        var unfinished = 0
        var retryable = 0

        fileprivate mutating func add(_ entry: Entry, _ step: Int) {
            switch entry.status {
            case .done: done += step
            case .failed: failed += step
            case .unfinished: unfinished += step
            }
            if entry.isRetryable { retryable += step }
        }
    }

    private struct State {
        /// By the lines of the manifest.
        var entries: [Int: Entry] = [:]
        var counts = Counts()

        mutating func set(_ entry: Entry, _ line: Int) {
            if let earlier = entries.updateValue(entry, forKey: line) { counts.add(earlier, -1) }
            counts.add(entry, 1)
        }
    }

    private let log: AppendLog
    private let state: Mutex<State>

    init(_ folder: RunFolder) throws(GessoError) {
        log = try AppendLog(folder.outcomesFile)
        let reader = try LineReader(folder.outcomesFile)
        var state = State()
        while let (line, place) = try reader.next() {
            guard let outcome = try? JSONDecoder().decode(BatchRun.Outcome.self, from: line) else { continue }
            state.set(Entry(outcome, place), outcome.line)
        }
        self.state = Mutex(state)
    }

    var counts: Counts { state.withLock { $0.counts } }

    func entry(_ line: Int) -> Entry? { state.withLock { $0.entries[line] } }

    /// The last outcome of a job.
    func outcome(_ line: Int) -> BatchRun.Outcome? {
        guard let entry = entry(line), let text = try? log.line(at: entry.place) else { return nil }
        return try? JSONDecoder().decode(BatchRun.Outcome.self, from: text)
    }

    /// Whether a job needs no result of this attempt any more.
    func isSettled(_ record: JobRecord) -> Bool {
        guard let entry = entry(record.line) else { return false }
        return entry.status == .done || entry.attempt > record.attempt
            || (entry.attempt == record.attempt && entry.status == .failed)
    }

    /// Not synced: an outcome that is lost is collected again, with the same files, as long as its shard is not collected.
    ///
    /// Returns false for an outcome that does not count: the job is done, or its images are here and a failure would hide
    /// them.
    @discardableResult
    func append(_ outcome: BatchRun.Outcome) throws(GessoError) -> Bool {
        try state.withLock { state throws(GessoError) in
            let earlier = state.entries[outcome.line]?.status
            guard earlier != .done, earlier != .unfinished || outcome.status != .failed else { return false }
            state.set(Entry(outcome, try log.append(outcome, synced: false)), outcome.line)
            return true
        }
    }

    /// Makes the outcomes so far survive a power failure.
    func sync() throws(GessoError) { try log.sync() }

    /// Writes the last outcome of each job into one file, in the order of the manifest.
    func write(to path: String) throws(GessoError) {
        let places = state.withLock { $0.entries.sorted { $0.key < $1.key }.map(\.value.place) }
        let output = try LineWriter(path)
        for place in places { try output.append(try log.line(at: place)) }
        try output.commit()
    }

    /// The lines of the jobs that can be tried again, with the number of the attempt that failed.
    var retryable: [Int: Int] {
        state.withLock { state in
            state.entries.filter { $0.value.status == .failed && $0.value.isRetryable }.mapValues(\.attempt)
        }
    }
}

extension OutcomeLog.Entry {
    fileprivate init(_ outcome: BatchRun.Outcome, _ place: AppendLog.Place) {
        self.init(
            place: place, attempt: outcome.attempt, status: outcome.status,
            isRetryable: outcome.error?.isRetryable ?? false)
    }
}
