import GessoPixels
import Synchronization

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

extension Worker {
    /// One of several equal parts of a manifest: the lines whose number, from 0 on, leaves `index` when divided by `count`.
    package struct Shard: Sendable, Hashable {
        package let index: Int
        package let count: Int

        /// The whole manifest.
        package static let all = Shard(index: 0, count: 1)

        private init(index: Int, count: Int) { (self.index, self.count) = (index, count) }

        /// Reads `INDEX/COUNT` with an index from 0 on; nil for other text.
        package init?(_ text: String) {
            let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
            guard numbers.count == 2, let index = numbers[0], let count = numbers[1], index >= 0, index < count else {
                return nil
            }
            (self.index, self.count) = (index, count)
        }
    }

    /// What became of a shard's jobs.
    package struct ShardSummary: Sendable, Encodable {
        package fileprivate(set) var done = 0
        package fileprivate(set) var failed = 0
        /// Done by an earlier run.
        package fileprivate(set) var skipped = 0
        /// Whether the manifest was read to its end.
        package fileprivate(set) var isComplete = false
    }

    /// Runs the jobs of one shard of a manifest, and appends each result to a file.
    ///
    /// Jobs that an earlier run has done are skipped where their outputs still exist; failed ones run again.
    package func run(
        manifest path: String, shard: Shard, results file: String, stoppedBy input: (StoppableInput) -> Void
    ) async throws -> ShardSummary {
        let manifest = open(path, O_RDONLY | O_CLOEXEC)
        guard manifest >= 0 else {
            throw GessoError(
                errno == ENOENT ? .fileNotFound : .fileNotReadable, stage: "read",
                "The manifest \(path) cannot be read: \(String(cString: strerror(errno))).", facts: ["path": path])
        }
        defer { close(manifest) }
        let results = try await PixelPool.shared.run { try ShardResults(file, manifest: manifest) }
        let lines = try StoppableInput(manifest)
        input(lines)
        let summary = Mutex(ShardSummary())
        let reader = JobReader(lines, lineLimit: lineBytes) { number, line in
            guard number % shard.count == shard.index else { return false }
            guard let line, results.isDone(line) else { return true }
            summary.withLock { $0.skipped += 1 }
            return false
        }
        try await run(reader, lines, FrameWriter(results.descriptor), digesting: { ShardResults.digest(of: $0) }) {
            done in
            summary.withLock { if done { $0.done += 1 } else { $0.failed += 1 } }
        }
        return summary.withLock { summary in
            summary.isComplete = !lines.isStopped
            return summary
        }
    }
}
